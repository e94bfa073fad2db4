/**
 * Mocha's spec reporter, which besides writes what the lanes' summary needs to the file that ARBITER_TEST_COUNTS names:
 * a line of JSON `{passes, failures, pending, failed}` per run, where `failed` holds a text for every failure.
 */
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on('fail', (test, error) => failed.push(`${test.fullTitle()}\n${error?.stack ?? String(error)}`));
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.ARBITER_TEST_COUNTS;
      if (file) appendFileSync(file, `${JSON.stringify({ passes, failures, pending, failed })}\n`);
    });
  }
};

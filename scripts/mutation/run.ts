/**
 * Mutation tests of the rules of CAWS and of the saga's table, part by part: `npm run mutation`, or `npm run mutation -- evidence table`
 * for these parts alone. The report has a part as soon as it is measured. Exit 1: a part is under 80 %.
 */
import { Stryker } from '@stryker-mutator/core';
import { PARTS } from './parts.js';
import { commit, report, reportFile } from './report.js';

const LEAST = 80;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined)
  throw new Error(`part ${unknown}: expected one of ${Object.keys(PARTS).join(', ')}`);

for (const [name, { mutate, tests, ignoreStatic = false }] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`\n${name}: ${mutate.join(' ')}\n`);
  const measured = { commit: commit(), tests };
  const began = performance.now();
  await new Stryker({
    mutate: [...mutate],
    mocha: { spec: tests },
    ignoreStatic,
    tempDirName: `.stryker-tmp/${name}`,
    jsonReporter: { fileName: reportFile(name) },
  }).runMutationTest();
  const { score, noticed, survived, uncovered } = report(name, {
    ...measured,
    seconds: Math.round((performance.now() - began) / 1000),
  });
  process.stdout.write(`${name}: ${score ?? 0} % of ${noticed + survived + uncovered} mutants\n`);
  if ((score ?? 100) < LEAST) process.exitCode = 1;
}

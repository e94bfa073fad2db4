/**
 * Properties run with a fixed seed, so that a run says the same of the same code. `FC_SEED=random npm run test:lane unit`
 * looks further; `FC_SEED=N` repeats what a failure has printed.
 */
const fc = require('fast-check');

const asked = process.env.FC_SEED;
if (asked !== 'random') {
  const seed = Number(asked ?? 1);
  if (!Number.isSafeInteger(seed))
    throw new Error(`FC_SEED: expected "random" or an integer, found ${asked}`);
  fc.configureGlobal({ seed });
}

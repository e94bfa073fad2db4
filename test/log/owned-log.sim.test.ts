import { runSeeds, seedCount } from './support/seeds.js';
import { simulate } from './support/simulation.js';

describe('owned logs under bad luck (laws 2 to 5, 7)', function () {
  this.timeout(600_000);

  it('laws 2-5: three owners that all believe in themselves leave one sequential run of the inbox', async () => {
    await runSeeds('owners', seedCount(1500), async (seed) => {
      await simulate({ seed, inputs: 14, steps: 500, seats: [3, 0], alwaysReplay: seed % 4 === 0 });
    });
  });

  it('laws 3, 5, 7: a chain of two logs, timers, intake, checkpoints and readers agree to the byte', async () => {
    await runSeeds('chain', seedCount(400), async (seed) => {
      await simulate({ seed, inputs: 24, steps: 800, seats: [3, 2], alwaysReplay: seed % 4 === 0 });
    });
  });

  it('law 5: before every turn the state of an owner is the fold of the log, always replay', async () => {
    await runSeeds('always-replay', seedCount(60), async (seed) => {
      await simulate({
        seed: 1_000_000 + seed,
        inputs: 30,
        steps: 800,
        seats: [3, 2],
        alwaysReplay: true,
      });
    });
  });
});

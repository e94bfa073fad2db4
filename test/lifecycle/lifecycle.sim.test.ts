import { runSeeds, seedCount } from '../log/support/seeds.js';
import { simulate } from './support/simulation.js';

describe('the whole chain under bad luck (laws 1 to 7, 10, 13)', function () {
  this.timeout(600_000);

  it('laws 2-7, 10: every request ends once, with one signed verdict, whatever crashes, stops or repeats itself', async () => {
    await runSeeds('lifecycle', seedCount(150), async (seed) => {
      await simulate({ seed, tasks: 3 + (seed % 4), stormMs: 3000, alwaysReplay: seed % 5 === 0 });
    });
  });
});

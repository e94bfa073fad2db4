import { expect } from 'chai';
import { MUTANTS } from './support/mutants.js';
import { simulate } from './support/simulation.js';

const AT_MOST = 60;

describe('mutants of the whole chain: the simulation sees each of them', function () {
  this.timeout(600_000);

  for (const mutant of MUTANTS) {
    it(`${mutant.breaks}: one that ${mutant.name} fails`, async function () {
      let seen: unknown;
      let seed = 0;
      while (seed < AT_MOST && seen === undefined) {
        const schedule = { seed: ++seed, tasks: 3 + (seed % 4), stormMs: 3000, alwaysReplay: false };
        const outages = mutant.outages === true;
        await simulate({ ...schedule, outages, doubles: mutant }).catch((error: unknown) => (seen = error));
      }
      expect(seen, `survived ${AT_MOST} seeds`).to.be.instanceOf(Error).and.not.instanceOf(TypeError);
      if (this.test !== undefined) this.test.title += ` (seed ${seed}: ${String(seen).slice(0, 120)})`;
    });
  }
});

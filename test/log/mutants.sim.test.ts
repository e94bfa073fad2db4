import { expect } from 'chai';
import { MUTANTS } from './support/mutants.js';
import { simulate } from './support/simulation.js';

const AT_MOST = 400;

describe('mutants of owned logs: the simulation sees each of them', function () {
  this.timeout(600_000);

  for (const mutant of MUTANTS) {
    it(`${mutant.breaks}: an owner that ${mutant.name} fails`, async () => {
      let seen: unknown;
      const first = mutant.firstSeed ?? 1;
      for (let seed = first; seed < first + AT_MOST && seen === undefined; seed++) {
        const schedule = { seed, inputs: 24, steps: 800, seats: [3, 2], alwaysReplay: false } as const;
        await simulate({ ...schedule, doubles: mutant }).catch((error: unknown) => (seen = error));
      }
      expect(seen, `survived ${AT_MOST} seeds`).to.be.instanceOf(Error);
    });
  }
});

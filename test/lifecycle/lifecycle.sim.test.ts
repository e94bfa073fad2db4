import { expect } from 'chai';
import { TOPICS } from '../../src/events/topics.js';
import { runSeeds, seedCount } from '../log/support/seeds.js';
import { checkOneUse } from './support/real-desk.js';
import { simulate, type Schedule } from './support/simulation.js';

const schedule = (seed: number, alwaysReplay: boolean): Schedule => ({
  seed,
  tasks: 3 + (seed % 4),
  stormMs: 3000,
  alwaysReplay,
});

describe('the whole chain under bad luck (laws 1 to 7, 10, 13)', function () {
  this.timeout(600_000);

  it('laws 2-7, 10, 13: every request ends once, with one signed verdict, whatever crashes, stops or repeats itself', async () => {
    await runSeeds('lifecycle', seedCount(90), async (seed) => {
      await simulate(schedule(seed, seed % 5 === 0));
    });
  });

  it('law 5: before every turn of every owner its state is the fold of the log, always replay', async () => {
    await runSeeds('lifecycle-always-replay', seedCount(20), async (seed) => {
      await simulate(schedule(1_000_000 + seed, true));
    });
  });

  it('law 5: before every decision of every owner its state is the fold of the log, always replay', async () => {
    await runSeeds('lifecycle-each-decision', seedCount(10), async (seed) => {
      await simulate({ ...schedule(5_000_000 + seed, true), maxInputs: 1 });
    });
  });

  it('laws 5, 10, 13: many tasks at once for longer', async () => {
    await runSeeds('lifecycle-many', seedCount(6), async (seed) => {
      await simulate({ seed: 2_000_000 + seed, tasks: 12, stormMs: 6000, alwaysReplay: false });
    });
  });

  it('D-21: of all tasks that race for the last use of a waiver one gets it, whatever crashes, stops or repeats itself', async () => {
    const races: number[] = [];
    let used = 0;
    await runSeeds('lifecycle-desk', seedCount(12), async (seed) => {
      const simulation = await simulate({
        ...schedule(3_000_000 + seed, seed % 2 === 0),
        tasks: 8,
        oneUseFor: 'FEAT-1',
      });
      const found = checkOneUse(simulation);
      races.push(found.wanted);
      used += found.used;
    });
    if (races.length < 12) return; // Few schedules may have no race in them.
    expect(Math.max(...races), 'tasks that wanted it').to.be.greaterThan(1);
    expect(used, 'uses').to.be.greaterThan(0);
  });

  it('law 7: no lease of a worker that speaks in time expires because the broker was away', async () => {
    let renewed = 0;
    await runSeeds('lifecycle-outages', seedCount(20), async (seed) => {
      const simulation = await simulate({ ...schedule(6_000_000 + seed, false), outages: true });
      renewed += simulation.accepted(TOPICS.tasks).filter(({ type }) => type === 'LeaseRenewed').length;
    });
    expect(renewed, 'renewals').to.be.greaterThan(0);
  });

  it('R-225: races: one winner, one seal, everybody else called back, one outcome each, whatever crashes', async () => {
    const raced = { rivals: 0, promoted: 0, kept: 0, outrun: 0 };
    await runSeeds('lifecycle-races', seedCount(6), async (seed) => {
      const simulation = await simulate({ ...schedule(4_000_000 + seed, seed % 5 === 0), races: true });
      for (const { type, body } of simulation.accepted(TOPICS.tasks)) {
        if (type === 'RivalRouted') raced.rivals += 1;
        if (type === 'RivalPromoted') raced.promoted += 1;
        if (type === 'RivalFinished') raced.kept += 1;
        if (type === 'RivalEnded' && body['failureClass'] === 'OUTRUN') raced.outrun += 1;
      }
    });
    if (process.env['SEED'] === undefined)
      for (const [what, count] of Object.entries(raced)) expect(count, what).to.be.greaterThan(0);
  });

  it('a seed is a schedule: the same twice gives the same tasks log', async () => {
    const story = async (): Promise<string[]> => {
      const simulation = await simulate(schedule(7, false));
      return simulation.accepted(TOPICS.tasks).map(({ type, offset }) => `${offset} ${type}`);
    };
    expect(await story()).to.deep.equal(await story());
  });
});

import { expect } from 'chai';
import {
  anytimeInterval,
  bootstrapInterval,
  checkRounds,
  criticalValue,
  crossFitted,
  estimate,
  normalInterval,
  report,
  supportOf,
  type Round,
} from '../../../src/routing/evaluation/index.js';
import { random } from '../../../src/routing/random.js';

const RATES = [0.8, 0.5, 0.3];
const BEHAVIOUR = [0.2, 0.5, 0.3];
const TARGET = [0.6, 0.3, 0.1];
const VALUE = RATES.reduce((sum, rate, at) => sum + rate * (TARGET[at] ?? 0), 0);

const drawn = (shares: readonly number[], u: number): number => {
  let sum = 0;
  return Math.max(
    0,
    shares.findIndex((share) => (sum += share) > u),
  );
};

/** A log with known truth. `perTask`: attempts that share the luck of their task. */
const log = (seed: string, tasks: number, perTask = 1): Round[] => {
  const rng = random(seed);
  return Array.from({ length: tasks }, (_, task) => {
    const luck = rng.next();
    return Array.from({ length: perTask }, () => {
      const action = drawn(BEHAVIOUR, rng.next());
      const reward = (perTask > 1 ? luck : rng.next()) < (RATES[action] ?? 0) ? 1 : 0;
      const propensity = BEHAVIOUR[action] ?? 0;
      return {
        task: `${task}`,
        action,
        reward,
        propensity,
        target: TARGET,
        behaviour: BEHAVIOUR,
        values: RATES,
      };
    });
  }).flat();
};
const holds = ({ low, high }: { low: number; high: number }): boolean => low <= VALUE && VALUE <= high;
const share = (n: number, one: (turn: number) => boolean): number =>
  Array.from({ length: n }, (_, turn) => one(turn)).filter(Boolean).length / n;

describe('intervals of off-policy estimates', () => {
  it('critical values of the normal distribution', () => {
    expect(criticalValue(0.95)).to.be.closeTo(1.959963984540054, 1e-12);
    expect(criticalValue(0.99)).to.be.closeTo(2.5758293035489004, 1e-12);
    expect(criticalValue(0.6826894921370859)).to.be.closeTo(1, 1e-12);
    expect(() => criticalValue(1))
      .to.throw()
      .with.property('code', 'PARAMETER_INVALID');
  });

  for (const name of ['ips', 'snips', 'dr'] as const) {
    it(`normal: ${name} covers the truth in about 95 of 100 logs`, () => {
      const covered = share(400, (turn) =>
        holds(normalInterval(estimate(log(`n${turn}`, 300), { name }).linearised)),
      );
      expect(covered).to.be.within(0.92, 0.98);
    });
  }

  it('bootstrap by task: attempts that share their task widen it, and it covers', () => {
    const wide = (rounds: readonly Round[]): number => {
      const { low, high } = bootstrapInterval(rounds, { name: 'snips' }, { seed: 'b', resamples: 200 });
      return high - low;
    };
    const together = log('cluster', 60, 5);
    const apart = together.map((round, at) => ({ ...round, task: `${at}` }));
    expect(wide(together)).to.be.greaterThan(wide(apart) * 1.2);
    const covered = share(100, (turn) =>
      holds(
        bootstrapInterval(log(`c${turn}`, 60, 5), { name: 'snips' }, { seed: `${turn}`, resamples: 150 }),
      ),
    );
    expect(covered).to.be.within(0.88, 1);
  });

  it('bootstrap: the same seed, the same interval', () => {
    const rounds = log('again', 50);
    const interval = (seed: string): unknown =>
      bootstrapInterval(rounds, { name: 'dr' }, { seed, resamples: 100 });
    expect(interval('s')).to.deep.equal(interval('s'));
    expect(interval('s')).to.not.deep.equal(interval('t'));
  });

  it('anytime-valid: in at most 5 of 100 logs does it ever miss, looked at again and again', () => {
    const missed = share(150, (turn) => {
      const rounds = log(`a${turn}`, 400);
      return [10, 25, 50, 100, 150, 200, 300, 400].some((n) => !holds(anytimeInterval(rounds.slice(0, n))));
    });
    expect(missed).to.be.at.most(0.05);
  });

  it('anytime-valid: narrows with the log, and stays inside [0, 1]', () => {
    const rounds = log('long', 4000);
    const widths = [50, 500, 4000].map((n) => {
      const { low, high } = anytimeInterval(rounds.slice(0, n));
      expect(low).to.be.at.least(0);
      expect(high).to.be.at.most(1);
      return high - low;
    });
    expect(widths[1]).to.be.lessThan(widths[0] ?? 0);
    expect(widths[2]).to.be.lessThan(0.15);
  });
});

describe('what a log says about a policy', () => {
  it('effective sample: all of it on its own policy, one over the mean square weight otherwise', () => {
    const rounds = log('ess', 500);
    const own = rounds.map((round) => ({ ...round, target: BEHAVIOUR }));
    expect(supportOf(own).ess).to.be.closeTo(500, 1e-9);
    expect(supportOf(own).meanWeight).to.be.closeTo(1, 1e-12);
    expect(supportOf(rounds).ess).to.be.within(150, 350);
  });

  it('a target without support in the log is named', () => {
    const rounds = log('support', 200).map((round) => ({ ...round, behaviour: [0.4, 0.6, 0] }));
    expect(supportOf(rounds).unsupported).to.be.closeTo(0.1, 1e-12);
    expect(report(rounds).warnings.join()).to.contain('10.0 % of its choices were never possible');
  });

  it("an effective sample under 30 is refused; the bound is the caller's to raise", () => {
    expect(report(log('few', 20)).verdict).to.equal('REFUSED');
    expect(report(log('more', 200)).verdict).to.equal('STATED');
    expect(report(log('more', 200), { leastEss: 1000 }).verdict).to.equal('REFUSED');
  });

  it('propensities that were not the ones drawn from show in the mean weight', () => {
    const wrong = log('wrong', 500).map((round) => ({ ...round, propensity: round.propensity / 2 }));
    expect(report(wrong).warnings.join()).to.contain('mean weight');
  });

  it('a log that cannot be right is refused with the place', () => {
    const [round] = log('one', 1);
    if (round === undefined) throw new Error('no round');
    for (const [wrong, place] of [
      [{ propensity: 0 }, 'propensity'],
      [{ action: 3 }, 'action'],
      [{ reward: 2 }, 'reward'],
      [{ target: [0.5, 0.1, 0.1] }, 'target'],
      [{ behaviour: [1, 0] }, 'behaviour'],
      [{ values: [1] }, 'values'],
    ] as const)
      expect(() => checkRounds([{ ...round, ...wrong }]))
        .to.throw(`round 0, ${place}`)
        .with.property('code', 'LOG_INVALID');
    expect(() => checkRounds([]))
      .to.throw()
      .with.property('code', 'LOG_INVALID');
  });
});

describe('the reward model', () => {
  it('cross-fitted: the values for a task do not depend on its own rewards', () => {
    const examples = Array.from({ length: 40 }, (_, at) => ({
      task: `t${at % 20}`,
      cell: 'c',
      agentId: `a${at % 3}`,
      reward: at % 2,
    }));
    const questions = [{ task: 't7', cell: 'c', agentIds: ['a0', 'a1', 'a2'] }];
    const flipped = examples.map((one) => (one.task === 't7' ? { ...one, reward: 1 - one.reward } : one));
    expect(crossFitted(examples, questions)).to.deep.equal(crossFitted(flipped, questions));
    const other = examples.map((one) => (one.task === 't8' ? { ...one, reward: 1 - one.reward } : one));
    expect(crossFitted(examples, questions, { folds: 20 })).to.not.deep.equal(
      crossFitted(other, questions, { folds: 20 }),
    );
  });

  it('leans on the agent where a cell is empty, and on all where an agent is', () => {
    const examples = Array.from({ length: 400 }, (_, at) => ({
      task: `t${at}`,
      cell: 'seen',
      agentId: at % 2 === 0 ? 'good' : 'bad',
      reward: at % 2 === 0 ? 1 : 0,
    }));
    const [values] = crossFitted(examples, [
      { task: 'new', cell: 'unseen', agentIds: ['good', 'bad', 'nobody'] },
    ]);
    expect(values?.[0]).to.be.greaterThan(0.95);
    expect(values?.[1]).to.be.lessThan(0.05);
    expect(values?.[2]).to.be.closeTo(0.5, 0.02);
  });

  it('two folds or more', () => {
    expect(() => crossFitted([], [], { folds: 1 }))
      .to.throw()
      .with.property('code', 'PARAMETER_INVALID');
  });
});

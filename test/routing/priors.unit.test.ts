import { expect } from 'chai';
import {
  createPolicy,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type Contender,
  type Decision,
  type PolicyOutcome,
} from '../../src/routing/index.js';
import { contender, context, outcome, outcomes } from './support.js';

const LEARNING = ['randomised-ucb', 'thompson', 'gaussian-thompson', 'hierarchical-thompson', 'cost-aware'];

const decided = (
  policy: string,
  contenders: readonly Contender[],
  learned: readonly PolicyOutcome[] = [],
  over: Parameters<typeof context>[0] = {},
): Decision =>
  createPolicy(policy).choose(context(over), contenders, rememberAll(NO_EXPERIENCE, learned), random('1'));
const shareOf = ({ propensities }: Decision, id: string): number =>
  propensities.find(({ agentId }) => agentId === id)?.propensity ?? NaN;
const scoreOf = ({ scores }: Decision, id: string): Decision['scores'][number] => {
  const found = scores.find(({ agentId }) => agentId === id);
  if (found === undefined) throw new Error(`no score of ${id}`);
  return found;
};
const at = (taskType: string, of: readonly PolicyOutcome[], tenant = 'default'): PolicyOutcome[] =>
  of.map((one) => ({ ...one, taskType, tenant }));
const good = { successes: 9, failures: 1 };
const poor = { successes: 1, failures: 9 };

describe('hierarchical priors', () => {
  for (const policy of LEARNING) {
    it(`R-116, ${policy}: a newcomer starts from the baseline of its model family; without one both are alike`, () => {
      const [a, b] = [contender('a', { prior: good }), contender('b', { prior: poor })];
      expect(shareOf(decided(policy, [a, b]), 'a')).to.be.greaterThan(0.6);
      const none = decided(policy, [contender('a'), contender('b')]);
      expect(shareOf(none, 'a')).to.be.closeTo(0.5, 1e-12);
      expect(scoreOf(none, 'a').expected).to.equal(0.5);
    });

    it(`${policy}: at a type of task that is new to it, an agent is what it was at the others`, () => {
      const learned = at('other', [...outcomes('a', 18, 2), ...outcomes('b', 4, 16)]);
      const decision = decided(policy, [contender('a'), contender('b'), contender('c')], learned);
      expect(shareOf(decision, 'a')).to.be.greaterThan(shareOf(decision, 'b') * 2);
      expect(scoreOf(decision, 'a').expected).to.equal(19 / 22);
    });

    it(`D-07, ${policy}: a belief is outweighed by outcomes, and erased by none`, () => {
      const contenders = [contender('a', { prior: poor }), contender('b', { prior: good })];
      const learned = [...outcomes('a', 45, 5), ...outcomes('b', 5, 45)];
      expect(shareOf(decided(policy, contenders, learned), 'a')).to.be.greaterThan(0.9);
      const one = decided(policy, contenders, outcomes('a', 1, 0));
      expect(scoreOf(one, 'a').mean).to.be.lessThan(scoreOf(one, 'b').mean);
    });
  }

  it('family, agent and type are levels: each is the prior of the next, and nothing counts twice', () => {
    const learned = [...at('other', outcomes('a', 6, 4)), ...outcomes('a', 3, 0)];
    const decision = decided('randomised-ucb', [contender('a', { prior: good })], learned);
    expect(scoreOf(decision, 'a').expected).to.equal((9 + 6) / (10 + 10));
  });

  it("another tenant's outcomes, void ones and later attempts say nothing", () => {
    const learned = [
      ...at('fix', outcomes('a', 0, 20), 'theirs'),
      ...outcomes('a', 0, 9).map((one) => ({ ...one, taskType: 'other', attempt: 2 })),
      outcome('a', false, { taskType: 'other', result: 'VOID', failureClass: 'INFRASTRUCTURE' }),
    ];
    expect(scoreOf(decided('thompson', [contender('a')], learned), 'a').expected).to.equal(0.5);
  });

  it('tier 1: of those never tried at this type, the one most is expected of; below all that were', () => {
    const three = [contender('a'), contender('b', { prior: good }), contender('c', { prior: poor })];
    const tierOne = { riskTier: 1 } as const;
    expect(decided('randomised-ucb', three, [], tierOne).choice).to.equal('b');
    expect(decided('randomised-ucb', three, outcomes('c', 1, 5), tierOne).choice).to.equal('c');
  });

  it('a belief that is none is refused with its place', () => {
    for (const prior of [
      { successes: 0, failures: 0 },
      { successes: -1, failures: 2 },
      { successes: NaN, failures: 1 },
    ])
      expect(() => decided('thompson', [contender('a', { prior })]))
        .to.throw('contenders["a"].prior')
        .with.property('code', 'CONTENDER_INVALID');
  });
});

describe('outcomes that say nothing', () => {
  const picksOf = (policy: string): number => {
    const rng = random('voids');
    let experience = rememberAll(NO_EXPERIENCE, [...outcomes('good', 14, 6), ...outcomes('fair', 10, 10)]);
    let picks = 0;
    for (let step = 0; step < 400; step += 1) {
      const contenders = ['good', 'fair', 'void'].map((id) => contender(id));
      const { choice } = createPolicy(policy).choose(context(), contenders, experience, rng);
      if (choice === 'void') picks += 1;
      const ended =
        choice === 'void'
          ? outcome(choice, false, { result: 'VOID', failureClass: 'REFUSED' })
          : outcome(choice, rng.next() < (choice === 'good' ? 0.7 : 0.5));
      experience = rememberAll(experience, [ended]);
    }
    return picks;
  };

  for (const policy of ['ucb1', 'ucb1-tuned', 'kl-ucb', 'ucb1-page-hinkley', ...LEARNING]) {
    it(`${policy}: who ends every task void is tried again ever more rarely, not as if it had never been tried`, () => {
      expect(picksOf(policy)).to.be.within(1, 160);
    });
  }

  it('with the first outcome that counts, the void ones mean nothing', () => {
    const voids = Array.from({ length: 50 }, () =>
      outcome('a', false, { result: 'VOID', failureClass: 'QUOTA' }),
    );
    const scores = (learned: readonly PolicyOutcome[]): unknown =>
      decided('ucb1', [contender('a'), contender('b')], learned).scores;
    const counted = [...outcomes('a', 1, 0), ...outcomes('b', 1, 1)];
    expect(scores([...voids, ...counted])).to.deep.equal(scores(counted));
  });
});

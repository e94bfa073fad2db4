import { expect } from 'chai';
import {
  createPolicy,
  DEFAULT_POLICY,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type Decision,
  type PolicyOutcome,
} from '../../src/routing/index.js';
import { contender, context, outcomes } from './support.js';

const decided = (
  learned: readonly PolicyOutcome[],
  ids: readonly string[],
  attempt = 1,
  policy = DEFAULT_POLICY,
): Decision =>
  createPolicy(policy).choose(
    context({ riskTier: 1, attempt }),
    ids.map((id) => contender(id)),
    rememberAll(NO_EXPERIENCE, learned),
    random('1'),
  );

describe('tier 1: the best known', () => {
  it('after a bad release the alarm counts, not the successes before it', () => {
    const learned = [
      ...outcomes('fallen', 900, 100),
      ...outcomes('steady', 70, 30),
      ...outcomes('fallen', 0, 60),
    ];
    expect(decided(learned, ['fallen', 'steady']).choice).to.equal('steady');
    expect(decided(learned, ['fallen', 'steady'], 1, 'thompson').choice, 'a memory of all').to.equal(
      'fallen',
    );
  });

  it('who was never tried is below who was, however poor; alone with its like it is taken', () => {
    expect(decided(outcomes('poor', 1, 9), ['poor', 'new']).choice).to.equal('poor');
    expect(decided([], ['new', 'newer']).propensities.map(({ propensity }) => propensity)).to.deep.equal([
      0.5, 0.5,
    ]);
  });

  it('at a later attempt the rates of first attempts are carried over', () => {
    const learned = [...outcomes('good', 90, 10), ...outcomes('poor', 20, 80)];
    expect(decided(learned, ['good', 'poor', 'new'], 2)).to.include({ choice: 'good', propensity: 1 });
  });

  it('R-226: round-robin takes turns here as well, whatever was learned', () => {
    const turns = [0, 1, 2].map(
      (ordinal) =>
        createPolicy('round-robin').choose(
          context({ riskTier: 1, ordinal }),
          ['a', 'b', 'c'].map((id) => contender(id)),
          rememberAll(NO_EXPERIENCE, outcomes('b', 50, 0)),
          random('1'),
        ).choice,
    );
    expect(turns).to.deep.equal(['a', 'b', 'c']);
  });
});

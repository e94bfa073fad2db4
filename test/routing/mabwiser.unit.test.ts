import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { nearest, within } from '../../src/routing/neighbours.js';
import {
  createPolicy,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type PolicyOutcome,
} from '../../src/routing/index.js';
import { proportional, softmax } from '../../src/routing/shares.js';
import { contender } from './support.js';
import { dirichletDraws } from './numpy-dirichlet.js';

type Row = Readonly<Record<string, number>>;
interface Vectors {
  readonly arms: readonly number[];
  readonly decisions: readonly number[];
  readonly rewards: readonly number[];
  readonly contexts: readonly (readonly number[])[];
  readonly test_contexts: readonly (readonly number[])[];
  readonly cases: Readonly<Record<string, Readonly<Record<string, readonly Row[]>>>>;
}
const vectors = JSON.parse(
  readFileSync(new URL('./vectors/mabwiser.json', import.meta.url), 'utf8'),
) as Vectors;
const { arms, decisions, rewards, contexts, test_contexts: asked, cases } = vectors;

const AFTER_FIT = 'after_fit';
const AFTER_MORE = 'after_partial_fit_0_0_1__1_1_0';
const MORE = { decisions: [0, 0, 1], rewards: [1, 1, 0] };
const expected = (name: string, when: string, row = 0): number[] =>
  arms.map((arm) => cases[name]?.[when]?.[row]?.[`${arm}`] ?? NaN);
const close = (found: readonly number[], wanted: readonly number[], within = 1e-12): void => {
  expect(found).to.have.length(wanted.length);
  found.forEach((value, at) => expect(value).to.be.closeTo(wanted[at] ?? NaN, within));
};

interface History {
  readonly decisions: readonly number[];
  readonly rewards: readonly number[];
}
const history: History = { decisions, rewards };
const more: History = {
  decisions: [...decisions, ...MORE.decisions],
  rewards: [...rewards, ...MORE.rewards],
};
const of = (all: History, indices: readonly number[]): History => ({
  decisions: indices.map((at) => all.decisions[at] ?? 0),
  rewards: indices.map((at) => all.rewards[at] ?? 0),
});
const counts = ({ decisions: chosen, rewards: won }: History): { n: number; successes: number }[] =>
  arms.map((arm) => {
    const mine = won.filter((_, at) => chosen[at] === arm);
    return { n: mine.length, successes: mine.reduce((sum, one) => sum + one, 0) };
  });
const means = (all: History): number[] => counts(all).map(({ n, successes }) => successes / n);

const outcomes = (all: History, seen?: readonly (readonly number[])[]): PolicyOutcome[] =>
  all.decisions.map((arm, at) => ({
    tenant: 't',
    taskType: 'code',
    agentId: `${arm}`,
    decisionId: null,
    attempt: 1,
    result: all.rewards[at] === 1 ? 'SUCCESS' : 'FAILURE',
    failureClass: null,
    kind: null,
    features: seen?.[at]?.map((value) => value * STEP) ?? null,
    propensity: null,
    costMicros: null,
    occurredAt: at,
    partition: 0,
    offset: at,
  }));

/**
 * Features are kept in steps of 1/1024, theirs have three decimals: in units of 1000/1024 they are whole steps, and ridge regression does
 * not change when features and the root of its penalty are scaled alike.
 */
const STEP = 1000 / 1024;

const indices = (
  policy: string,
  parameters: Readonly<Record<string, unknown>>,
  learned: readonly PolicyOutcome[],
  x?: readonly number[],
): number[] => {
  const context = {
    tenant: 't',
    taskType: 'code',
    riskTier: null,
    attempt: 1,
    kind: null,
    features: x?.map((value) => value * STEP) ?? null,
    ordinal: 0,
    floor: 0,
  };
  const contenders = arms.map((arm) => contender(`${arm}`));
  const experience = rememberAll(NO_EXPERIENCE, learned);
  return createPolicy(policy, parameters)
    .choose(context, contenders, experience, random('s'))
    .scores.map(({ score }) => score);
};

describe('what MABWiser computes', () => {
  it('means (ε-greedy without ε), before and after a partial fit', () => {
    close(means(history), expected('eps_greedy_0', AFTER_FIT));
    close(means(more), expected('eps_greedy_0', AFTER_MORE));
  });

  it('softmax: the shares of which it draws by Dirichlet, before and after a partial fit', () => {
    const draw = dirichletDraws(1);
    close(draw(softmax(means(history), 1)), expected('softmax_tau_1', AFTER_FIT), 1e-11);
    close(draw(softmax(means(more), 1)), expected('softmax_tau_1', AFTER_MORE), 1e-11);
  });

  it('popularity: the same; a partial fit there leaves the arms without news at their former share', () => {
    const draw = dirichletDraws(1);
    const first = proportional(means(history));
    close(draw(first), expected('popularity', AFTER_FIT), 1e-11);
    const mixed = means(more).map((mean, arm) => (MORE.decisions.includes(arm) ? mean : (first[arm] ?? 0)));
    close(draw(proportional(mixed)), expected('popularity', AFTER_MORE), 1e-11);
  });

  for (const alpha of [1, 0.25]) {
    it(`UCB1, alpha ${alpha} (our c is 2·alpha²), before and after a partial fit`, () => {
      const c = 2 * alpha ** 2;
      close(indices('ucb1', { c }, outcomes(history)), expected(`ucb1_alpha_${alpha}`, AFTER_FIT));
      close(indices('ucb1', { c }, outcomes(more)), expected(`ucb1_alpha_${alpha}`, AFTER_MORE));
    });
  }

  for (const [name, alpha, l2] of [
    ['linucb_alpha_1_l2_1', 1, 1],
    ['linucb_alpha_0.5_l2_2', 0.5, 2],
    ['lingreedy_eps_0', 0, 1],
  ] as const) {
    it(`${name}: four contexts, before and after a partial fit`, () => {
      const parameters = { alpha, l2: l2 * STEP ** 2 };
      const later: History = { decisions: [...decisions, 3], rewards: [...rewards, 0] };
      asked.forEach((x, row) => {
        close(
          indices('linucb', parameters, outcomes(history, contexts), x),
          expected(name, AFTER_FIT, row),
          1e-11,
        );
        const [first] = contexts;
        close(
          indices('linucb', parameters, outcomes(later, [...contexts, first ?? []]), x),
          expected(name, 'after_partial_fit_arm3_reward0_context0', row),
          1e-11,
        );
      });
    });
  }

  it('neighbourhoods: UCB1 on the five nearest, and on those within 2', () => {
    asked.forEach((x, row) => {
      for (const [name, near] of [
        ['ucb1_knearest_5', nearest(contexts, x, 5)],
        ['ucb1_radius_2', within(contexts, x, 2)],
      ] as const) {
        const found = indices('ucb1', { c: 2 }, outcomes(of(history, near)));
        const wanted = expected(name, AFTER_FIT, row);
        const tried = new Set(of(history, near).decisions);
        // An arm without a neighbour keeps what it had in their earlier fit; ours is put first.
        close(
          found.filter((_, arm) => tried.has(arm)),
          wanted.filter((_, arm) => tried.has(arm)),
        );
      }
    });
  });
});

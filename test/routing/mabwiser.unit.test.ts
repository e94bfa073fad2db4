import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { nearest, within } from '../../src/routing/neighbours.js';
import { proportional, softmax } from '../../src/routing/shares.js';
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
});

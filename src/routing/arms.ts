import { cellOf, type Cell, type Scope } from './experience.js';
import type { Contender, Context, Prior } from './policy.js';

/** An agent with the evidence about it, as a rule sees it. */
export interface Arm {
  readonly agentId: string;
  /** outcomes that count; not whole where old ones are discounted */
  readonly successes: number;
  readonly failures: number;
  readonly pending: number;
  readonly priceMicros: number | null;
  readonly cell: Cell;
  /** success rate expected before its own outcomes at this type of task; 1/2 where nothing is known */
  readonly expected: number;
  /** outcomes that the expectation rests on: declared ones, and those at other types */
  readonly lent: number;
}

/** What a rule ranks: the arms in the order of ids. */
export interface Question {
  readonly context: Context;
  readonly arms: readonly Arm[];
  readonly scope: Scope;
  /** at a later attempt: what is known of first attempts; null at the first */
  readonly first: Scope | null;
  /** what is known of later attempts, whichever this one is */
  readonly later: Scope;
}

export interface Ranking {
  /** probability of each arm before ramp and floor; sums to 1 */
  readonly shares: readonly number[];
  readonly scores: readonly number[];
  /** the arms with what counted, where not all of the past does */
  readonly evidence?: readonly Arm[];
  readonly details?: Readonly<Record<string, number | string>>;
}

/** The mathematics of a policy: a pure function of what it is asked. */
export type Rule = (question: Question) => Ranking;

/** What is known besides an agent's own outcomes in the scope. */
export interface Beside {
  /** first attempts at this type of task, and at all types of the tenant */
  readonly first: Scope;
  readonly overall: Scope;
}

export function armsOf(contenders: readonly Contender[], scope: Scope, beside: Beside): Arm[] {
  return contenders.map(({ agentId, pending, priceMicros, prior }) => {
    const cell = cellOf(scope, agentId);
    const { successes, failures } = cell;
    const belief = believed(prior, elsewhere(agentId, beside));
    return { agentId, successes, failures, pending, priceMicros, cell, ...belief };
  });
}

/** Its first attempts at other types: nothing counts twice. */
function elsewhere(agentId: string, { first, overall }: Beside): Prior {
  const [all, here] = [cellOf(overall, agentId), cellOf(first, agentId)];
  return { successes: all.successes - here.successes, failures: all.failures - here.failures };
}

/**
 * Three levels, each the prior of the next: the model family's declared baseline (one of each where there is none), the agent at other types
 * of task of the tenant, the agent at this type.
 */
function believed(prior: Prior | null, other: Prior): Pick<Arm, 'expected' | 'lent'> {
  const lent = (prior === null ? 0 : prior.successes + prior.failures) + other.successes + other.failures;
  if (lent === 0) return { expected: 0.5, lent };
  const [successes, failures] = prior === null ? [1, 1] : [prior.successes, prior.failures];
  const expected = (successes + other.successes) / (successes + failures + other.successes + other.failures);
  return { expected, lent };
}

/** An index for who was never tried and is not under way: before everybody else. */
export const UNTRIED = 1e9;

/**
 * Outcomes known and under way. Who has none that counts is explored as if each void one were one: it has been tried, and is tried again,
 * ever more rarely. With its first outcome that counts they mean nothing any more.
 */
export const pulls = (arm: Arm): number => arm.successes + arm.failures + arm.pending + blanks(arm);

/** Void outcomes of who has no other. Who was outrun was not tried to the end: what it would have done is not known. */
export function blanks({ cell }: Arm): number {
  if (cell.voids.size === 0 || cell.successes + cell.failures > 0) return 0;
  let count = 0;
  for (const [why, voids] of cell.voids) if (why !== 'OUTRUN') count += voids;
  return count;
}

export const totalPulls = (arms: readonly Arm[]): number => arms.reduce((sum, arm) => sum + pulls(arm), 0);

/** At most so many pseudo-outcomes stand for what is known of an agent besides, unless a policy says otherwise. */
export const LOAN = 5;

/** Pseudo-outcomes at the expected rate. */
export const loanOf = ({ lent }: Arm, most: number): number => Math.min(lent, most);

/**
 * Success rate with pseudo-outcomes that stay for ever (D-07): `prior` of them, half of them successes, and at most `loan` at the rate that is
 * expected of the agent.
 */
export function shrunk(arm: Arm, prior: number, loan = LOAN): number {
  const { successes, failures, expected } = arm;
  const lent = loanOf(arm, loan);
  return (successes + prior / 2 + lent * expected) / (successes + failures + prior + lent);
}

/** All on the highest score; equal scores share evenly. */
export function greedy(scores: readonly number[]): number[] {
  const best = Math.max(...scores);
  const ties = scores.filter((score) => score === best).length;
  return scores.map((score) => (score === best ? 1 / ties : 0));
}

export const even = (count: number): number[] => new Array<number>(count).fill(1 / count);

/** Made to sum to 1; even where there is nothing to share by. */
export function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? weights.map((weight) => weight / total) : even(weights.length);
}

/** Who is the same to the last bit has the same share to the last bit: rounding depends on the place in the list (D-06). */
export function alike(shares: number[], same: (a: number, b: number) => boolean): number[] {
  for (let a = 0; a < shares.length; a += 1) {
    let [sum, count] = [shares[a] as number, 1];
    for (let b = a + 1; b < shares.length; b += 1) {
      if (!same(a, b)) continue;
      sum += shares[b] as number;
      count += 1;
    }
    if (count === 1) continue;
    for (let b = a; b < shares.length; b += 1) if (b === a || same(a, b)) shares[b] = sum / count;
  }
  return shares;
}

import { cellOf, type Cell, type Scope } from './experience.js';
import type { Contender, Context } from './policy.js';

/** An agent with the evidence about it, as a rule sees it. */
export interface Arm {
  readonly agentId: string;
  /** outcomes that count; not whole where old ones are discounted */
  readonly successes: number;
  readonly failures: number;
  readonly pending: number;
  readonly priceMicros: number | null;
  readonly cell: Cell;
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

export function armsOf(contenders: readonly Contender[], scope: Scope): Arm[] {
  return contenders.map(({ agentId, pending, priceMicros }) => {
    const cell = cellOf(scope, agentId);
    const { successes, failures } = cell;
    return { agentId, successes, failures, pending, priceMicros, cell };
  });
}

/** An index for who was never tried and is not under way: before everybody else. */
export const UNTRIED = 1e9;

/** Outcomes known and under way. */
export const pulls = ({ successes, failures, pending }: Arm): number => successes + failures + pending;

export const totalPulls = (arms: readonly Arm[]): number => arms.reduce((sum, arm) => sum + pulls(arm), 0);

/** Success rate with pseudo-outcomes that stay for ever (D-07): `prior` of them, half of them successes. */
export function shrunk({ successes, failures }: Arm, prior: number): number {
  return (successes + prior / 2) / (successes + failures + prior);
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

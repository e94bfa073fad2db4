import { RoutingError } from '../errors.js';
import type { Interval } from './normal.js';
import { weightOf, type Round } from './round.js';

/** A share of the tuning at every step; under 1, so that ψ stays finite. */
const LARGEST_BET = 0.5;

/**
 * Interval for the value of the target that holds at all times at once: it may be looked at after every round, and one may stop when one
 * likes. A predictable plug-in empirical-Bernstein confidence sequence on w·r for the lower end, and on w·(1 − r) for the upper one
 * (Waudby-Smith, Wu, Ramdas, Karampatziakis, Mineiro 2024, "Anytime-valid off-policy inference for contextual bandits"; the
 * supermartingale is Fan, Grama, Liu 2015). It needs no largest weight, and holds for loggers that learn as they go: only the
 * propensities must be the true ones. Rounds in the order in which they were decided. Always inside [0, 1].
 */
export const anytimeInterval = (rounds: readonly Round[], confidence = 0.95): Interval => {
  if (!(confidence > 0 && confidence < 1))
    throw new RoutingError(
      'PARAMETER_INVALID',
      `confidence: expected over 0 and under 1, found ${confidence}`,
    );
  // Half of the error for each end.
  const each = Math.log(2 / (1 - confidence));
  const low = lowerEnd(
    rounds.map((round) => weightOf(round) * round.reward),
    each,
  );
  const high =
    1 -
    lowerEnd(
      rounds.map((round) => weightOf(round) * (1 - round.reward)),
      each,
    );
  // Both ends at once can miss only where the log's propensities are not the true ones: then nothing is known.
  return low <= high ? { low, high } : { low: 0, high: 1 };
};

/**
 * The best lower bound so far on the common conditional mean of non-negative terms:
 * (Σ λᵢ ξᵢ − log(1/α) − Σ ψ(λᵢ)(ξᵢ − ξ̂ᵢ₋₁)²) ÷ Σ λᵢ with ψ(λ) = −log(1 − λ) − λ; needs ξ̂ ≤ 1 and ξ ≥ 0 alone.
 */
const lowerEnd = (terms: readonly number[], logInverse: number): number => {
  let [bets, won, paid] = [0, 0, logInverse];
  let [sum, squares, best] = [0.5, 0.25, 0];
  terms.forEach((term, at) => {
    const n = at + 1;
    // What is known before the term: its centre and its spread (with one imagined term), and so the bet.
    const centre = Math.min(1, sum / n);
    const variance = squares / n;
    const bet = Math.min(LARGEST_BET, Math.sqrt((2 * logInverse) / (variance * n * Math.log(1 + n))));
    bets += bet;
    won += bet * term;
    paid += (-Math.log1p(-bet) - bet) * (term - centre) ** 2;
    sum += term;
    squares += (term - Math.min(1, sum / (n + 1))) ** 2;
    best = Math.max(best, (won - paid) / bets);
  });
  return Math.min(1, best);
};

import { z } from 'zod';
import { loanOf, type Arm } from '../arms.js';
import { probabilityBest } from '../best.js';
import { kind, loanParameter } from './kind.js';

/**
 * Thompson by kind of task, where a kind starts from what is known of the agent over all kinds: the prior of a kind is `mass` pseudo-
 * outcomes at a rate drawn from the agent's overall posterior. That mixture has no closed form; the Beta with its mean and variance
 * takes its place, and the choice is drawn from the distribution computed with it, so the propensity is exact all the same.
 */
export const hierarchicalThompsonKind = kind({
  id: 'hierarchical-thompson',
  version: '2',
  summary: 'Thompson by kind of task, each kind starting from the agent over all kinds',
  schema: z.strictObject({
    mass: z.number().min(1).max(1e5).default(40),
    sharpness: z.number().min(0.1).max(100).default(4),
    ...loanParameter,
  }),
  rule:
    (p) =>
    ({ arms, context }) => {
      const shares = probabilityBest(arms.map((arm) => matched(arm, context.kind, p)));
      return { shares, scores: shares, details: { kind: context.kind ?? '(none)' } };
    },
});

function matched(
  arm: Arm,
  word: string | null,
  { mass, sharpness, loan }: { readonly mass: number; readonly sharpness: number; readonly loan: number },
): { alpha: number; beta: number } {
  const own = (word === null ? undefined : arm.cell.kinds.get(word)) ?? { successes: 0, failures: 0 };
  // Overall without this kind: nothing may count twice.
  const [s, f] = [arm.successes - own.successes, arm.failures - own.failures];
  const lent = loanOf(arm, loan);
  const [a, b] = [1 + lent * arm.expected + sharpness * s, 1 + lent * (1 - arm.expected) + sharpness * f];
  const whole = a / (a + b);
  const spread = (whole * (1 - whole)) / (a + b + 1);
  const [n, k] = [sharpness * (own.successes + own.failures), sharpness * own.successes];
  const mean = (mass * whole + k) / (mass + n);
  // Var E[θ|g] + E Var[θ|g], θ | g ~ Beta(mass·g + k, mass·(1 − g) + n − k)
  const carried = (mass / (mass + n)) ** 2 * spread;
  const within = (mean * (1 - mean) - carried) / (mass + n + 1);
  const evidence = Math.max(2, (mean * (1 - mean)) / (carried + within) - 1);
  return { alpha: Math.max(1, mean * evidence), beta: Math.max(1, (1 - mean) * evidence) };
}

import { z } from 'zod';
import { even, pulls, shrunk, totalPulls, UNTRIED, type Arm, type Ranking, type Rule } from '../arms.js';
import { carriedRates } from '../carried.js';
import { ln } from '../portable.js';
import { bestUniform } from '../uniforms.js';
import { kind, memoryOf, memoryParameters, withMemory } from './kind.js';

const schema = z.strictObject({
  /** width of the interval */
  c: z.number().min(0.001).max(10).default(0.06),
  /** pseudo-outcomes that stay in the mean, half of them successes (D-07) */
  prior: z.number().min(0).max(1000).default(2),
  ...memoryParameters,
  memory: memoryParameters.memory.unwrap().default('alarm'),
});

/**
 * Upper confidence bounds with a random part of the width: mean + U·√(c ln(1 + t/n) / n), U even in [0, 1), one for each agent
 * (after Vaswani, Mehrabian, Durand, Kveton 2020). It explores by the bound, which finds new agents quickly, and is random, so
 * that tasks in flight spread over the agents in doubt; what is under way counts as pulls. The probability of being highest is an
 * integral of products of straight lines, and is drawn from. Untried agents come first; at a later attempt they begin at what
 * their first attempts let expect, for there are few to learn from.
 */
const rule = (p: z.output<typeof schema>): Rule =>
  withMemory(memoryOf(p), (question) => {
    const { arms, first } = question;
    if (first !== null) return bands(arms, carriedRates(question), p, 1);
    const untried = arms.filter((arm) => pulls(arm) === 0).length;
    if (untried === 0) return bands(arms, even(arms.length).fill(0.5), p, 0);
    const scores = arms.map((arm) => (pulls(arm) === 0 ? UNTRIED : shrunk(arm, p.prior)));
    const shares = arms.map((arm) => (pulls(arm) === 0 ? 1 / untried : 0));
    return { shares, scores, details: { untried } };
  });

/** @param extra pulls that a carried expectation stands for */
function bands(
  arms: readonly Arm[],
  expected: readonly number[],
  { c, prior }: z.output<typeof schema>,
  extra: number,
): Ranking {
  const mass = Math.max(prior, 1e-9);
  const t = totalPulls(arms) + extra * arms.length;
  const made = arms.map((arm, i) => {
    const n = pulls(arm) + extra;
    const from = (arm.successes + mass * (expected[i] ?? 0)) / (arm.successes + arm.failures + mass);
    return { from, width: Math.sqrt((c * ln(1 + t / n)) / n) };
  });
  return { shares: bestUniform(made), scores: made.map(({ from, width }) => from + width) };
}

export const randomisedUcbKind = kind({
  id: 'randomised-ucb',
  version: '1',
  summary: 'mean + a random part of √(c ln(1 + t/n) / n), with a Page-Hinkley alarm; the default',
  schema,
  rule,
});

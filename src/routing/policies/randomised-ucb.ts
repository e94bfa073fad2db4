import { z } from 'zod';
import { pulls, shrunk, totalPulls, type Question, type Ranking, type Rule } from '../arms.js';
import { carriedRates } from '../carried.js';
import { ln } from '../portable.js';
import { bestUniform } from '../uniforms.js';
import { kind, loanParameter, memoryOf, memoryParameters, withMemory } from './kind.js';

const schema = z.strictObject({
  /** width of the interval */
  c: z.number().min(0.001).max(10).default(0.1),
  /** pseudo-outcomes that stay in the mean (D-07) */
  prior: z.number().min(0.1).max(1000).default(2),
  ...loanParameter,
  ...memoryParameters,
  memory: memoryParameters.memory.unwrap().default('alarm'),
});

/**
 * Upper confidence bounds with a random part of the width: mean + U·√(c ln(1 + t/Kn) / n), U even in [0, 1), one for each of the K
 * agents (after Vaswani, Mehrabian, Durand, Kveton 2020; the logarithm after Audibert, Bubeck 2009). It explores by the bound, which
 * finds new agents quickly, and is random, so that tasks in flight spread over the agents in doubt; what is under way counts as pulls.
 * The probability of being highest is an integral of products of straight lines, and is drawn from. Nobody is tried by force: with
 * many agents that would cost more than it finds.
 */
const rule = (p: z.output<typeof schema>): Rule => withMemory(memoryOf(p), (question) => ranked(question, p));

function ranked(question: Question, { c, prior, loan }: z.output<typeof schema>): Ranking {
  const { arms, first, later } = question;
  const carried = first === null ? null : carriedRates(arms, first, later, loan);
  // What is carried over from first attempts stands for one attempt more.
  const extra = first === null ? 0 : 1;
  const each = totalPulls(arms) / arms.length + extra;
  const bands = arms.map((arm, i) => {
    const n = Math.max(1, pulls(arm) + extra);
    const from =
      carried === null
        ? shrunk(arm, prior, loan)
        : (arm.successes + prior * (carried[i] ?? 0)) / (arm.successes + arm.failures + prior);
    return { from, width: Math.sqrt((c * ln(1 + each / n)) / n) };
  });
  return { shares: bestUniform(bands), scores: bands.map(({ from, width }) => from + width) };
}

export const randomisedUcbKind = kind({
  id: 'randomised-ucb',
  version: '2',
  summary: 'mean + a random part of √(c ln(1 + t/Kn) / n), with a Page-Hinkley alarm; the default',
  schema,
  rule,
});

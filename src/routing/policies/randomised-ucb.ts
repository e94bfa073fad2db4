import { z } from 'zod';
import { even, pulls, shrunk, totalPulls, UNTRIED, type Rule } from '../arms.js';
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
 * integral of products of straight lines, and is drawn from. Untried agents come first.
 */
const rule = (p: z.output<typeof schema>): Rule =>
  withMemory(memoryOf(p), ({ arms }) => {
    const untried = arms.filter((arm) => pulls(arm) === 0).length;
    if (untried > 0) {
      const scores = arms.map((arm) => (pulls(arm) === 0 ? UNTRIED : shrunk(arm, p.prior)));
      return {
        shares: arms.map((arm) => (pulls(arm) === 0 ? 1 / untried : 0)),
        scores,
        details: { untried },
      };
    }
    const t = totalPulls(arms);
    const bands = arms.map((arm) => {
      const n = pulls(arm);
      const known = arm.successes + arm.failures + p.prior;
      return {
        from: known === 0 ? 0.5 : shrunk(arm, p.prior),
        width: Math.sqrt((p.c * ln(1 + t / n)) / n),
      };
    });
    return {
      shares: arms.length === 1 ? even(1) : bestUniform(bands),
      scores: bands.map(({ from, width }) => from + width),
    };
  });

export const randomisedUcbKind = kind({
  id: 'randomised-ucb',
  version: '1',
  summary: 'mean + a random part of √(c ln(1 + t/n) / n), with a Page-Hinkley alarm; the default',
  schema,
  rule,
});

import { z } from 'zod';
import { greedy, totalPulls } from '../arms.js';
import { exp, ln } from '../portable.js';
import { kind, memoryOf, memoryParameters, withMemory } from './kind.js';

/**
 * The share ε tries somebody out, the rest goes to the best rate. ε falls with the outcomes in the log, so it does not rise again
 * after a restart: `geometric` e0·d^t, not under `least`; `harmonic` min(1, cK/t) (Auer, Cesa-Bianchi, Fischer 2002).
 */
export const epsilonGreedyKind = kind({
  id: 'epsilon-greedy',
  version: '2',
  summary: 'the best rate, and with a falling probability anybody',
  schema: z.strictObject({
    decay: z.enum(['geometric', 'harmonic', 'none']).default('geometric'),
    e0: z.number().min(0).max(1).default(0.2),
    d: z.number().min(0.5).max(1).default(0.995),
    least: z.number().min(0).max(1).default(0.01),
    c: z.number().min(0).max(1000).default(1),
    /** pseudo-successes that stay: optimism until there is evidence (R-204, D-07) */
    optimism: z.number().min(0).max(100).default(1),
    ...memoryParameters,
  }),
  rule: (p) =>
    withMemory(memoryOf(p), ({ arms }) => {
      const t = totalPulls(arms);
      const scores = arms.map(({ successes, failures }) => {
        const evidence = successes + failures + p.optimism;
        return evidence === 0 ? 1 : (successes + p.optimism) / evidence;
      });
      const falling = {
        geometric: Math.max(p.least, p.e0 * exp(t * ln(p.d))),
        harmonic: t === 0 ? 1 : Math.min(1, (p.c * arms.length) / t),
        none: p.e0,
      };
      const epsilon = falling[p.decay];
      return {
        shares: greedy(scores).map((share) => epsilon / arms.length + (1 - epsilon) * share),
        scores,
        details: { epsilon },
      };
    }),
});

import { z } from 'zod';
import { normalised } from '../arms.js';
import { exp } from '../portable.js';
import { kind } from './kind.js';

/** Exponential weights on rewards divided by their propensities (Auer, Cesa-Bianchi, Freund, Schapire 2002). */
export const exp3Kind = kind({
  id: 'exp3',
  version: '2',
  summary: 'exponential weights, for rewards that anybody may have set',
  schema: z.strictObject({ gamma: z.number().min(0.001).max(1).default(0.1) }),
  rule:
    ({ gamma }) =>
    ({ arms }) => {
      const count = arms.length;
      const sums = arms.map(({ cell }) => cell.weighted / 1048576);
      const most = Math.max(...sums);
      const weights = normalised(sums.map((sum) => exp((gamma * (sum - most)) / count)));
      return { shares: weights.map((weight) => gamma / count + (1 - gamma) * weight), scores: weights };
    },
});

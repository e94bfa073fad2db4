import { z } from 'zod';
import { greedy, type Question, type Rule } from '../arms.js';
import { RoutingError } from '../errors.js';
import { bestGaussian } from '../gaussians.js';
import { predict, type Prediction } from '../ridge.js';
import { kind } from './kind.js';

const ridge = { /** ridge on the coefficients */ l2: z.number().min(0.001).max(1000).default(1) };

export const linUcbKind = kind({
  id: 'linucb',
  version: '2',
  summary: 'θ·x + α√(xᵀA⁻¹x), one regression for each agent (Li, Chu, Langford, Schapire 2010)',
  schema: z.strictObject({ alpha: z.number().min(0).max(10).default(0.5), ...ridge }),
  rule:
    ({ alpha, l2 }): Rule =>
    (question) => {
      const scores = predictions(question, l2).map(
        ({ mean, variance }) => mean + alpha * Math.sqrt(variance),
      );
      return { shares: greedy(scores), scores };
    },
});

/** θ ~ N(A⁻¹b, v²A⁻¹) makes θ·x a normal number for each agent: the exact distribution, and nothing to sample. */
export const linTsKind = kind({
  id: 'lints',
  version: '2',
  summary: 'probability of being best under θ ~ N(A⁻¹b, v²A⁻¹) (Agrawal, Goyal 2013)',
  schema: z.strictObject({ v: z.number().min(0.001).max(10).default(0.25), ...ridge }),
  rule:
    ({ v, l2 }): Rule =>
    (question) => {
      const shares = bestGaussian(
        predictions(question, l2).map(({ mean, variance }) => ({ mean, deviation: v * Math.sqrt(variance) })),
      );
      return { shares, scores: shares };
    },
});

function predictions({ arms, context }: Question, l2: number): Prediction[] {
  const { features } = context;
  if (features === null) {
    throw new RoutingError(
      'FEATURES_MISSING',
      'features: a linear policy needs numbers about the task, found none',
    );
  }
  return arms.map(({ cell }) => predict(cell.moments.get(features.length), features, l2));
}

import { z } from 'zod';
import { blanks, loanOf, shrunk, type Arm } from '../arms.js';
import { probabilityBest } from '../best.js';
import { bestGaussian } from '../gaussians.js';
import {
  kind,
  loanParameter,
  memoryOf,
  memoryParameters,
  withMemory,
  type MemoryParameters,
} from './kind.js';

const betaParameters = {
  /** pseudo-counts that stay (D-07); under 1 the density would have a pole */
  priorSuccesses: z.number().min(1).max(1e6).default(1),
  priorFailures: z.number().min(1).max(1e6).default(1),
  /** every outcome counts so many times: over 1 explores less than the posterior would */
  sharpness: z.number().min(0.1).max(100).default(1),
  /** part of an outcome that work under way counts for, at the agent's own mean */
  pendingWeight: z.number().min(0).max(1).default(0),
  ...loanParameter,
};
const betaSchema = z.strictObject({ ...betaParameters, ...memoryParameters });

type BetaParameters = z.output<typeof betaSchema>;

function posteriorOf(arm: Arm, p: BetaParameters): { alpha: number; beta: number } {
  const mean = shrunk(arm, 2, p.loan);
  const under = p.pendingWeight * arm.pending + blanks(arm);
  const lent = loanOf(arm, p.loan);
  return {
    alpha: p.priorSuccesses + lent * arm.expected + p.sharpness * (arm.successes + under * mean),
    beta: p.priorFailures + lent * (1 - arm.expected) + p.sharpness * (arm.failures + under * (1 - mean)),
  };
}

/** The exact distribution of Thompson's choice: nobody's posterior is sampled, the probability of being best is drawn from. */
const betaRule = (p: BetaParameters): ReturnType<typeof withMemory> =>
  withMemory(memoryOf(p), ({ arms }) => {
    const shares = probabilityBest(arms.map((arm) => posteriorOf(arm, p)));
    return { shares, scores: shares };
  });

export const thompsonKind = kind({
  id: 'thompson',
  version: '2',
  summary: 'probability of being best under Beta posteriors (Thompson 1933; Chapelle, Li 2011)',
  schema: betaSchema,
  rule: betaRule,
});

const preset = (
  id: string,
  summary: string,
  defaults: { sharpness?: number; memory?: MemoryParameters['memory'] },
) =>
  kind({
    id,
    version: '2',
    summary,
    schema: z.strictObject({
      ...betaParameters,
      ...memoryParameters,
      sharpness: betaParameters.sharpness.unwrap().default(defaults.sharpness ?? 1),
      memory: memoryParameters.memory.unwrap().default(defaults.memory ?? 'all'),
    }),
    rule: betaRule,
  });

export const sharpenedThompsonKind = preset(
  'sharpened-thompson',
  'Thompson with every outcome counted four times',
  {
    sharpness: 4,
  },
);
export const discountedThompsonKind = preset(
  'discounted-thompson',
  'Thompson with fading outcomes (Raj, Kalyani 2017)',
  {
    memory: 'discounted',
  },
);
export const windowThompsonKind = preset('sliding-window-thompson', 'Thompson on the newest outcomes', {
  memory: 'window',
});
export const alarmedThompsonKind = preset(
  'thompson-page-hinkley',
  'sharpened Thompson that forgets an agent when a Page-Hinkley alarm says its rate fell',
  { sharpness: 4, memory: 'alarm' },
);

export const gaussianThompsonKind = kind({
  id: 'gaussian-thompson',
  version: '2',
  summary: 'probability of being best under N(mean, σ²/(n + 1)) (Agrawal, Goyal 2013)',
  schema: z.strictObject({
    sigma: z.number().min(0.001).max(10).default(0.5),
    ...loanParameter,
    ...memoryParameters,
  }),
  rule: (p) =>
    withMemory(memoryOf(p), ({ arms }) => {
      const shares = bestGaussian(
        arms.map((arm) => ({
          mean: shrunk(arm, 1, p.loan),
          deviation:
            p.sigma / Math.sqrt(arm.successes + arm.failures + blanks(arm) + loanOf(arm, p.loan) + 1),
        })),
      );
      return { shares, scores: shares };
    }),
});

import type { RoutingStarted } from '../../events/generated/events.js';
import {
  assessComplexity,
  POOLS,
  type Complexity,
  type Pool,
  type TaskFeatures,
} from '../../routing/index.js';

/** How large a task is taken to be. */
export interface Assessed {
  readonly complexity: Complexity;
  /** Numbers for linear policies: one, size, budget, abilities, tier, later attempt; each about 0 to 1. */
  readonly features: readonly number[];
}

type Asked = Pick<RoutingStarted, 'size' | 'riskTier' | 'requiredCapabilities' | 'attempt'>;

/** From what the ask carries, so every router says the same of it, whenever it came; undefined: an older build asked. */
export const assessmentOf = (ask: Asked): Assessed | undefined => {
  const { size, requiredCapabilities, attempt } = ask;
  if (size === null) return undefined;
  const task: TaskFeatures = {
    ...size,
    declared: POOLS.find((pool): pool is Pool => pool === size.declared) ?? null,
    requiredCapabilities: requiredCapabilities.length,
    riskTier: tierOf(ask.riskTier),
    failedAttempts: attempt - 1,
  };
  return { complexity: assessComplexity(task), features: featuresOf(task) };
};

export const tierOf = (riskTier: number | null): 1 | 2 | 3 | null =>
  riskTier === 1 || riskTier === 2 || riskTier === 3 ? riskTier : null;

/** Logarithms of sizes in parts of what is already large, so that one long text is not everything. */
const featuresOf = (task: TaskFeatures): number[] => {
  const size = (value: number, large: number): number => Math.min(2, Math.log1p(value) / Math.log1p(large));
  return [
    1,
    size(task.descriptionLength, 20_000),
    size(task.maxLines ?? 0, 2000),
    Math.min(2, task.requiredCapabilities / 4),
    task.riskTier === 1 ? 1 : 0,
    task.riskTier === 2 ? 1 : 0,
    task.failedAttempts > 0 ? 1 : 0,
  ];
};

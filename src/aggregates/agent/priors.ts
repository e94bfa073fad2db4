import type { ModelPrior } from '../../events/generated/events.js';

/**
 * What is declared of an agent that nobody knows yet: its family's own baseline, else that of every family; null: nothing is, and
 * policies start from their own optimism (R-115, docs/routing.md says what that was measured against).
 * @param families baselines by family, as the registry holds them; key '': of every family without one
 */
export const baselineOf = (
  families: Readonly<Record<string, ModelPrior>>,
  modelFamily: string,
): ModelPrior | null => {
  if (Object.hasOwn(families, modelFamily)) return families[modelFamily] ?? null;
  return Object.hasOwn(families, '') ? (families[''] ?? null) : null;
};

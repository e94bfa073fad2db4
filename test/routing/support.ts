import type { Contender, Context, PolicyOutcome } from '../../src/routing/index.js';

export const context = (changes: Partial<Context> = {}): Context => ({
  tenant: 'default',
  taskType: 'fix',
  riskTier: null,
  attempt: 1,
  kind: null,
  features: null,
  ordinal: 0,
  floor: 0,
  ...changes,
});

export const contender = (agentId: string, changes: Partial<Contender> = {}): Contender => ({
  agentId,
  pending: 0,
  priceMicros: null,
  ramp: 1,
  prior: null,
  ...changes,
});

let offset = 0;
export const outcome = (
  agentId: string,
  success: boolean,
  changes: Partial<PolicyOutcome> = {},
): PolicyOutcome => ({
  tenant: 'default',
  taskType: 'fix',
  agentId,
  decisionId: null,
  result: success ? 'SUCCESS' : 'FAILURE',
  failureClass: success ? null : 'AGENT',
  attempt: 1,
  kind: null,
  features: null,
  propensity: null,
  costMicros: null,
  occurredAt: (offset += 1),
  partition: 0,
  offset,
  ...changes,
});

/** So many successes and failures of one agent, evenly mixed. */
export const outcomes = (agentId: string, successes: number, failures: number): PolicyOutcome[] => {
  const count = successes + failures;
  return Array.from({ length: count }, (_, at) => {
    const success = Math.floor(((at + 1) * successes) / count) > Math.floor((at * successes) / count);
    return outcome(agentId, success);
  });
};

export const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

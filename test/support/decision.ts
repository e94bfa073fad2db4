import type { RoutingDecision } from '../../src/events/generated/events.js';

/** A decision by a policy, for who does not care which. */
export const routingDecision = (over: Partial<RoutingDecision> = {}): RoutingDecision => ({
  policyId: 'thompson',
  policyVersion: '1',
  taskType: 'code-editing',
  candidates: [],
  masked: [],
  propensity: 1,
  floor: 0.05,
  seed: '7',
  statisticsOffsets: [],
  tenant: 'default',
  pool: '',
  poolReason: '',
  kind: null,
  features: [],
  riskTier: null,
  ordinal: 0,
  parameters: '{}',
  draw: 0,
  panic: false,
  alternatives: [],
  details: {},
  text: '',
  registryPosition: -1,
  ...over,
});

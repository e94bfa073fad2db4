/** The registry of agents: rules, decider and fold, for the registrar's owned log and for whoever reads it. */
export { evolveAgent } from './evolve.js';
export { baselineOf } from './priors.js';
export { REGISTRY_TENANT, registryDomain, type AgentCommand } from './registry-domain.js';
export type { RegistryIndex } from './registry-index.js';
export { AGENT_ID, DEFAULT_AGENT_LIMITS, isAgentId, type AgentLimits } from './rules.js';
export {
  abilitiesOf,
  agentStream,
  BASELINES_STREAM,
  ROUTING_STREAM,
  UNDECLARED,
  type AgentState,
  type Baselines,
  type Presence,
  type RegistryValue,
  type RoutingPolicyState,
  type Vocabulary,
} from './state.js';
export { quotaWindow, termsProblem } from './terms.js';
export { BASE_WORDS, nearestWord, VOCABULARIES, wordsOf } from './vocabulary.js';

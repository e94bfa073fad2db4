/** The registry of agents: rules, decider and fold, for the registrar's owned log and for whoever reads it. */
export { evolveAgent } from './evolve.js';
export { registryDomain, type AgentCommand, type RegistryIndex } from './registry-domain.js';
export { DEFAULT_AGENT_LIMITS, isAgentId, type AgentLimits } from './rules.js';
export { agentStream, type AgentState, type RegistryValue } from './state.js';

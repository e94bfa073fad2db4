import type { AgentCommandsEvents } from '../../events/generated/events.js';
import { invalid, same, sorted, unchanged, type Outcome } from './outcome.js';
import { modelProblem, tagsProblem, type AgentLimits } from './rules.js';
import type { AgentState } from './state.js';
import { termsProblem } from './terms.js';

/** How it is reached, what it costs, what it may use: all of it anew, as a version of its own. */
export const changeTerms = (
  agent: AgentState,
  command: AgentCommandsEvents['ChangeTerms'],
  limits: AgentLimits,
): Outcome => {
  const { reach, price, quotas, tags } = command;
  const problem = termsProblem({ reach, price, quotas }, limits) ?? tagsProblem(tags, limits);
  if (problem !== undefined) return invalid(problem);
  const is = [agent.reach, agent.price, agent.quotas, sorted(agent.tags)];
  if (same(is, [reach, price, quotas, sorted(tags)])) return unchanged('its terms are exactly these');
  return ['TermsChanged', { termsVersion: agent.termsVersion + 1, reach, price, quotas, tags }];
};

/** Another model behind the same agent. What is known of the one before stays in the log. */
export const swapModel = (
  agent: AgentState,
  command: AgentCommandsEvents['SwapModel'],
  limits: AgentLimits,
): Outcome => {
  const problem = modelProblem(command, limits);
  if (problem !== undefined) return invalid(problem);
  const { modelFamily, version, reason } = command;
  if (agent.modelFamily === modelFamily && agent.agentVersion === version)
    return unchanged('this model is behind it');
  return ['ModelSwapped', { modelVersion: agent.modelVersion + 1, modelFamily, version, reason }];
};

/** Presence is measured: a word of the watch, or of an adapter that knows. It changes no declared status. */
export const reportPresence = (
  agent: AgentState,
  { present, lastSeenAt, instances }: AgentCommandsEvents['ReportPresence'],
): Outcome => {
  if (instances < 0) return invalid(`instances: 0 or more, found ${instances}`);
  if (present && agent.presence === 'PRESENT') return unchanged('it is heard of');
  if (!present && agent.presence !== 'PRESENT') return unchanged('it is not heard of');
  const known = agent.lastSeenAt ?? 0;
  if (!present && lastSeenAt !== null && lastSeenAt < known) return unchanged('it was heard of since then');
  return ['PresenceChanged', { present, lastSeenAt, instances }];
};

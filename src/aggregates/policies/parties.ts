import type { DemandState, PrincipalState } from './state.js';

/** How an actor is named where it is not proved: `cli:ann` and `agent:ann` are ann. */
const bare = (name: string): string => name.replace(/^(?:cli|agent|human|service):/u, '').toLowerCase();

/** Whether the principal is the one of that name: by id, or by another name that was registered for it. */
export const isNamed = ({ principalId, actors }: PrincipalState, name: string): boolean => {
  const wanted = bare(name);
  return wanted !== '' && [principalId, ...actors].some((own) => bare(own) === wanted);
};

/** Who has a part in the task: whoever asked for it, and the agent that did the work, never approve for it. */
export const hasPart = (
  principal: PrincipalState,
  { requestedBy, agentId }: Pick<DemandState, 'requestedBy' | 'agentId'>,
): boolean => isNamed(principal, requestedBy) || (agentId !== null && isNamed(principal, agentId));

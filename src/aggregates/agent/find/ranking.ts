import { byPlace, type FleetAgent, type Place, type TrackRecord } from './fleet-agent.js';

/** An agent in its place: with the record that a question is about. */
export interface Ranked extends Place {
  readonly agent: FleetAgent;
}

const rankedAs = (agent: FleetAgent, { successes, failures }: TrackRecord): Ranked => ({
  agent,
  agentId: agent.agentId,
  successes,
  failures,
});

/** Agents in their order. */
export const ranked = (agents: Iterable<FleetAgent>, recordOf: (agentId: string) => TrackRecord): Ranked[] =>
  Array.from(agents, (agent) => rankedAs(agent, recordOf(agent.agentId))).sort(byPlace);

/** The first index whose place is behind `place`, in a list in order. */
export const behind = (list: readonly Place[], place: Place): number => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = list[middle];
    if (one !== undefined && byPlace(one, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Puts an agent into its place, and out of the one it had: a search and two moves, where sorting anew with every outcome would
 * make questions wait.
 * @param before the record it stood there with; undefined: it stood nowhere
 */
export const replaceRanked = (
  list: Ranked[],
  agent: FleetAgent,
  before: TrackRecord | undefined,
  after: TrackRecord,
): void => {
  const { agentId } = agent;
  if (before !== undefined) {
    const at = behind(list, { ...before, agentId }) - 1;
    if (list[at]?.agentId === agentId) list.splice(at, 1);
  }
  const now = rankedAs(agent, after);
  list.splice(behind(list, now), 0, now);
};

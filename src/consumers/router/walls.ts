import type { OutcomeObserved } from '../../events/generated/events.js';

/** A quota wall that an agent has reported, at its place in the canonical order. */
interface Wall {
  /** when the quota is there again, µs */
  readonly until: number;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/** The newest reported wall of each agent: a function of the set of outcomes, like everything that is learned. */
export type Walls = ReadonlyMap<string, Wall>;

export const NO_WALLS: Walls = new Map();

const isNewer = (a: Wall, b: Wall): boolean =>
  (a.at - b.at || a.partition - b.partition || a.offset - b.offset) > 0;

/** The walls with these outcomes of one partition; the same map where none reports one. */
export const walled = (
  walls: Walls,
  outcomes: readonly { readonly body: OutcomeObserved; readonly offset: number }[],
  partition: number,
): Walls => {
  let next: Map<string, Wall> | undefined;
  for (const { body, offset } of outcomes) {
    const { agentId, failureClass, quotaResetsAt: until, finishedAt: at } = body;
    if (failureClass !== 'QUOTA' || until === null) continue;
    const wall = { until, at, partition, offset };
    next ??= new Map(walls);
    const known = next.get(agentId);
    if (known === undefined || isNewer(wall, known)) next.set(agentId, wall);
  }
  return next ?? walls;
};

/** Until when the agent's own report keeps it from work; null: there is none, or somebody has declared it available since. */
export const standing = (walls: Walls, agentId: string, availableSince: number | null): number | null => {
  const wall = walls.get(agentId);
  return wall === undefined || (availableSince !== null && availableSince >= wall.at) ? null : wall.until;
};

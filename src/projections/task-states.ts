import { edgeOf, STATES, TABLE, TASK_EVENTS, type StateName } from '../saga/table.js';

/** The states that an event leads to, from wherever the table allows it. */
const TARGETS: ReadonlyMap<string, ReadonlySet<StateName>> = new Map(
  [...TASK_EVENTS].map((event) => {
    const targets = STATES.flatMap((from) => edgeOf(from, event)?.to ?? []);
    return [event, new Set(targets)];
  }),
);

/**
 * The state that an event leads to, from the saga's table. A view shows what it can: an event that the table does not know in
 * this state leads where it always leads, or leaves the state as it is.
 */
export const stateAfter = (state: string | null, event: string): string | null => {
  const known = edgeOf((state ?? 'unseen') as StateName, event)?.to;
  if (known !== undefined) return known;
  const targets = TARGETS.get(event);
  return targets?.size === 1 ? ([...targets][0] ?? state) : state;
};

/** Nothing follows these. */
export const FINAL_STATES: ReadonlySet<string> = new Set(
  STATES.filter((state) => TABLE[state].final === true),
);

import { STATES, TABLE, TASK_EVENTS, type StateName, type TaskEventName } from '../saga/table.js';

/**
 * The state that an event leads to, from the saga's table. Every event leads to one state whatever came before, or leaves the
 * state as it is (`undefined`); a table where that does not hold is refused at start.
 */
export const stateAfter = (): ReadonlyMap<string, StateName | undefined> => {
  const after = new Map<string, StateName | undefined>();
  for (const event of TASK_EVENTS) after.set(event, targetOf(event as TaskEventName));
  return after;
};

const targetOf = (event: TaskEventName): StateName | undefined => {
  const edges = STATES.flatMap((from) => {
    const to = TABLE[from].on[event]?.to;
    return to === undefined ? [] : [{ from, to }];
  });
  if (edges.every(({ from, to }) => from === to)) return undefined;
  const targets = [...new Set(edges.map(({ to }) => to))];
  if (targets.length === 1) return targets[0];
  throw new Error(`AMBIGUOUS_EVENT: expected ${event} to lead to one state, found ${targets.join(', ')}`);
};

/** Nothing follows these. */
export const FINAL_STATES: ReadonlySet<string> = new Set(
  STATES.filter((state) => TABLE[state].final === true),
);

import { decodeCursor, encodeCursor } from './cursor.js';
import { standingOf, successRate, type FleetAgent, type TrackRecord } from './fleet-agent.js';
import { checkQuery, type AgentQuery } from './query.js';
import { behind, type Ranked } from './ranking.js';
import { wilson } from './wilson.js';

export interface Found extends TrackRecord {
  readonly agent: FleetAgent;
  readonly standing: string;
  readonly successRate: number;
  /** Wilson, 95 %. */
  readonly interval: readonly [low: number, high: number];
  readonly activeTasks: number;
  /** active / max × 100 */
  readonly utilisation: number;
}

export interface FoundPage {
  readonly agents: readonly Found[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

const hasAll = (has: readonly string[], wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || wanted.every((word) => has.includes(word));

/** In whole numbers where they are whole: a rounded percentage would let an agent at the threshold slip through. */
const isBelow = (active: number, max: number, percent: number | undefined): boolean =>
  percent === undefined || active * 100 < percent * max;

const isGoodEnough = (one: TrackRecord, { minSuccess, bound }: AgentQuery): boolean =>
  minSuccess === undefined ||
  (bound === 'interval' ? wilson(one.successes, one.failures)[0] : successRate(one)) >= minSuccess;

const fits = ({ agent }: Ranked, query: AgentQuery): boolean => {
  const { tenant, taskType, standing = 'AVAILABLE' } = query;
  return (
    (tenant === undefined || agent.tenant === tenant) &&
    (standing === 'any' || standingOf(agent) === standing) &&
    (taskType === undefined || agent.taskTypes.length === 0 || agent.taskTypes.includes(taskType)) &&
    hasAll(agent.capabilities, query.capabilities) &&
    hasAll(agent.languages, query.languages) &&
    hasAll(agent.specialisations, query.specialisations)
  );
};

/**
 * One page of an answer. Pure: the same list and question give the same page.
 * @param list every agent, in the order of `byPlace`, with the record that the question is about
 * @throws BadQuery BAD_QUERY
 */
export const findIn = (
  list: readonly Ranked[],
  query: AgentQuery,
  activeTasks: (agentId: string) => number,
): FoundPage => {
  checkQuery(query);
  const limit = query.limit ?? 100;
  const agents: Found[] = [];
  let last: Ranked | undefined;
  const begin = query.page === undefined ? 0 : behind(list, decodeCursor(query, query.page));
  for (let at = begin; at < list.length; at++) {
    const one = list[at];
    if (one === undefined || !fits(one, query) || !isGoodEnough(one, query)) continue;
    const active = activeTasks(one.agentId);
    if (!isBelow(active, one.agent.maxConcurrency, query.belowUtilisation)) continue;
    if (agents.length === limit && last !== undefined) return { agents, next: encodeCursor(query, last) };
    agents.push(shown(one, active));
    last = one;
  }
  return { agents, next: null };
};

const shown = (one: Ranked, activeTasks: number): Found => ({
  agent: one.agent,
  standing: standingOf(one.agent),
  successes: one.successes,
  failures: one.failures,
  successRate: successRate(one),
  interval: wilson(one.successes, one.failures),
  activeTasks,
  utilisation: (activeTasks * 100) / one.agent.maxConcurrency,
});

import type { OutcomeObserved } from '../../../events/generated/events.js';
import type { LoggedEvent } from '../../../log/domain.js';
import { evolveAgent } from '../evolve.js';
import { agentStream, type RegistryValue } from '../state.js';
import { findIn, type FoundPage } from './find.js';
import { NO_RECORD, type FleetAgent, type TrackRecord } from './fleet-agent.js';
import type { AgentQuery } from './query.js';
import { ranked, replaceRanked, type Ranked } from './ranking.js';

/** Events of the tasks log that take a task away from its agent. */
const LEAVES: ReadonlySet<string> = new Set([
  'OfferEnded',
  'ExecutionCompleted',
  'ExecutionFailed',
  'TaskSuspended',
  'VerdictRequested',
]);

export interface KnownAgent {
  readonly agent: FleetAgent;
  readonly activeTasks: number;
  readonly records: ReadonlyMap<string, TrackRecord>;
}

/** Longest list of rankings kept: one for a task type asked for lately. */
const MAX_RANKINGS = 200;

/**
 * The registry in memory, folded from the logs: who there is, how they have done, what they have to do. Answers are read from
 * rankings that every event keeps in order, so a question neither sorts nor waits.
 */
export class Directory {
  readonly #registry = new Map<string, RegistryValue | undefined>();
  readonly #agents = new Map<string, FleetAgent>();
  /** By agent, then by task type; the empty type: all of them. */
  readonly #records = new Map<string, Map<string, TrackRecord>>();
  readonly #agentOf = new Map<string, string>();
  readonly #active = new Map<string, number>();
  /** By task type, in order; the empty type: all work. */
  readonly #rankings = new Map<string, Ranked[]>();

  get size(): number {
    return this.#agents.size;
  }

  /** How many rankings are kept in order. */
  get rankings(): number {
    return this.#rankings.size;
  }

  /** Events of arbiter.agents, accepted, in order. */
  registered(events: Iterable<LoggedEvent>): void {
    for (const event of events) {
      const { streamId } = event.body.meta;
      const value = evolveAgent(this.#registry.get(streamId), event);
      this.#registry.set(streamId, value);
      if (value?.kind !== 'agent' || !streamId.startsWith(agentStream(''))) continue;
      const isNew = !this.#agents.has(value.agentId);
      this.#agents.set(value.agentId, value);
      for (const [kind, list] of this.#rankings) {
        const record = this.#recordOf(value.agentId, kind);
        replaceRanked(list, value, isNew ? undefined : record, record);
      }
    }
  }

  /** Events of arbiter.outcomes. Sums of whole numbers: their order does not matter. */
  observed(events: Iterable<LoggedEvent>): void {
    for (const { type, body } of events) {
      if (type !== 'OutcomeObserved') continue;
      const { agentId, taskType, result } = body as unknown as OutcomeObserved;
      if (result !== 'SUCCESS' && result !== 'FAILURE') continue;
      const records = this.#records.get(agentId) ?? new Map<string, TrackRecord>();
      this.#records.set(agentId, records);
      for (const kind of [taskType, '']) {
        const before = records.get(kind) ?? NO_RECORD;
        const isSuccess = Number(result === 'SUCCESS');
        const after = {
          successes: before.successes + isSuccess,
          failures: before.failures + 1 - isSuccess,
        };
        records.set(kind, after);
        const [agent, list] = [this.#agents.get(agentId), this.#rankings.get(kind)];
        if (agent !== undefined && list !== undefined) replaceRanked(list, agent, before, after);
      }
    }
  }

  /** Events of arbiter.tasks: who has what to do is measured, never declared (D-03). */
  worked(events: Iterable<LoggedEvent>): void {
    for (const { type, body } of events) {
      const taskId = body['taskId'] as string;
      if (type === 'TaskRouted') this.#begin(taskId, body['agentId'] as string);
      else if (LEAVES.has(type)) this.#end(taskId);
    }
  }

  activeTasks = (agentId: string): number => this.#active.get(agentId) ?? 0;

  /** One agent with its records: by type of task, the empty type for all work. */
  agent(agentId: string): KnownAgent | undefined {
    const agent = this.#agents.get(agentId);
    const records = this.#records.get(agentId) ?? new Map<string, TrackRecord>();
    return agent && { agent, activeTasks: this.activeTasks(agentId), records };
  }

  /** @throws BadQuery BAD_QUERY */
  find(query: AgentQuery): FoundPage {
    return findIn(this.#ranking(query.taskType ?? ''), query, this.activeTasks);
  }

  #ranking(taskType: string): readonly Ranked[] {
    const known = this.#rankings.get(taskType);
    if (known !== undefined) return known;
    const made = ranked(this.#agents.values(), (agentId) => this.#recordOf(agentId, taskType));
    // A type nobody has worked at would fill the memory of others.
    const [oldest] = this.#rankings.keys();
    if (this.#rankings.size >= MAX_RANKINGS && oldest !== undefined) this.#rankings.delete(oldest);
    this.#rankings.set(taskType, made);
    return made;
  }

  #recordOf(agentId: string, taskType: string): TrackRecord {
    return this.#records.get(agentId)?.get(taskType) ?? NO_RECORD;
  }

  #begin(taskId: string, agentId: string): void {
    this.#end(taskId);
    this.#agentOf.set(taskId, agentId);
    this.#active.set(agentId, this.activeTasks(agentId) + 1);
  }

  #end(taskId: string): void {
    const agentId = this.#agentOf.get(taskId);
    if (agentId === undefined) return;
    this.#agentOf.delete(taskId);
    const left = this.activeTasks(agentId) - 1;
    if (left === 0) this.#active.delete(agentId);
    else this.#active.set(agentId, left);
  }
}

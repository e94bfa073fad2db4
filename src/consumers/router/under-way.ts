import type { LogMeta, RivalRouted, TaskRouted } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/index.js';

interface Assignment {
  readonly partition: number;
  readonly agentId: string;
  /** what it counts for */
  readonly keys: readonly string[];
}

/** Events after which nothing of the assignment is open: its outcome follows, or there is none. */
const ENDS: ReadonlySet<string> = new Set([
  'OfferEnded',
  'ExecutionFailed',
  'VerificationPassed',
  'VerificationFailed',
  'TaskSuspended',
  'VerdictRequested',
]);

/**
 * Assignments whose outcome is not known yet, counted by what limits and policies ask for: a rule that ranks would otherwise send every
 * task that arrives before the first outcome to one agent. Of the partitions this process holds.
 */
export class UnderWay {
  readonly #byTask = new Map<string, Assignment>();
  readonly #counts = new Map<string, number>();

  /** At the agent, in this tenant's tasks of this type. */
  ofType(tenant: string, taskType: string, agentId: string): number {
    return this.#counts.get(keyOf('type', tenant, taskType, agentId)) ?? 0;
  }

  ofAgent(agentId: string): number {
    return this.#counts.get(keyOf('agent', agentId)) ?? 0;
  }

  ofTenant(tenant: string): number {
    return this.#counts.get(keyOf('tenant', tenant)) ?? 0;
  }

  ofTenantAt(tenant: string, agentId: string): number {
    return this.#counts.get(keyOf('tenant', tenant, agentId)) ?? 0;
  }

  /** An answer of ours, before the log has it; or the log has it. */
  begun(taskId: string, agentId: string, tenant: string, taskType: string, partition: number): void {
    this.#drop(taskId);
    this.#count(taskId, agentId, tenant, taskType, partition);
  }

  /** The same of an agent that works on the task beside another. */
  begunBeside(taskId: string, agentId: string, tenant: string, taskType: string, partition: number): void {
    this.#drop(besideOf(taskId, agentId));
    this.#count(besideOf(taskId, agentId), agentId, tenant, taskType, partition);
  }

  #count(name: string, agentId: string, tenant: string, taskType: string, partition: number): void {
    const keys = [
      keyOf('type', tenant, taskType, agentId),
      keyOf('agent', agentId),
      keyOf('tenant', tenant),
      keyOf('tenant', tenant, agentId),
    ];
    this.#byTask.set(name, { partition, agentId, keys });
    this.#add(keys, 1);
  }

  see({ type, body }: LoggedEvent, partition: number): void {
    const { taskId, meta } = body as unknown as { taskId: string; meta: LogMeta };
    if (type === 'TaskRouted') {
      const { agentId, decision } = body as unknown as TaskRouted;
      this.begun(taskId, agentId, meta.tenant, decision.taskType, partition);
    } else if (ENDS.has(type)) this.#drop(taskId);
    else if (type === 'RivalRouted') {
      const { agentId, decision } = body as unknown as RivalRouted;
      this.begunBeside(taskId, agentId, meta.tenant, decision.taskType, partition);
    } else if (type === 'RivalEnded') this.#drop(besideOf(taskId, String(body['agentId'])));
    else if (type === 'RivalPromoted') this.#promote(taskId, String(body['agentId']));
  }

  /** The one that the task stood on goes on beside it, unless its end was seen. */
  #promote(taskId: string, agentId: string): void {
    const before = this.#byTask.get(taskId);
    const rival = this.#byTask.get(besideOf(taskId, agentId));
    this.#byTask.delete(taskId);
    this.#byTask.delete(besideOf(taskId, agentId));
    if (before !== undefined) this.#byTask.set(besideOf(taskId, before.agentId), before);
    if (rival !== undefined) this.#byTask.set(taskId, rival);
  }

  /** The partition is another process's now. */
  forget(partition: number): void {
    for (const [taskId, one] of this.#byTask) if (one.partition === partition) this.#drop(taskId);
  }

  get size(): number {
    return this.#byTask.size;
  }

  #drop(taskId: string): void {
    const known = this.#byTask.get(taskId);
    if (known === undefined) return;
    this.#byTask.delete(taskId);
    this.#add(known.keys, -1);
  }

  #add(keys: readonly string[], by: number): void {
    for (const key of keys) {
      const count = (this.#counts.get(key) ?? 0) + by;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }
}

// A separator that no id holds: four keys are made for every agent of every decision.
const besideOf = (taskId: string, agentId: string): string => keyOf(taskId, agentId);
const keyOf = (...parts: readonly string[]): string => parts.join('\u0000');

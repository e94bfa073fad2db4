import type { LogMeta, TaskRouted } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/index.js';

interface Assignment {
  readonly agentId: string;
  readonly scope: string;
  readonly partition: number;
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
 * Assignments whose outcome is not known yet, by agent and type of task: a rule that ranks would otherwise send every task that arrives
 * before the first outcome to one agent. Of the partitions this process holds.
 */
export class UnderWay {
  readonly #byTask = new Map<string, Assignment>();
  readonly #counts = new Map<string, Map<string, number>>();

  /** By agent, in this tenant's tasks of this type. */
  of(tenant: string, taskType: string): (agentId: string) => number {
    const counts = this.#counts.get(scopeOf(tenant, taskType));
    return (agentId) => counts?.get(agentId) ?? 0;
  }

  /** An answer of ours, before the log has it. */
  begun(taskId: string, agentId: string, tenant: string, taskType: string, partition: number): void {
    this.#drop(taskId);
    const scope = scopeOf(tenant, taskType);
    this.#byTask.set(taskId, { agentId, scope, partition });
    this.#add(scope, agentId, 1);
  }

  see({ type, body }: LoggedEvent, partition: number): void {
    const { taskId, meta } = body as unknown as { taskId: string; meta: LogMeta };
    if (type === 'TaskRouted') {
      const { agentId, decision } = body as unknown as TaskRouted;
      this.begun(taskId, agentId, meta.tenant, decision.taskType, partition);
    } else if (ENDS.has(type)) this.#drop(taskId);
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
    this.#add(known.scope, known.agentId, -1);
  }

  #add(scope: string, agentId: string, by: number): void {
    const counts = this.#counts.get(scope) ?? new Map<string, number>();
    const count = (counts.get(agentId) ?? 0) + by;
    if (count > 0) counts.set(agentId, count);
    else counts.delete(agentId);
    if (counts.size > 0) this.#counts.set(scope, counts);
    else this.#counts.delete(scope);
  }
}

const scopeOf = (tenant: string, taskType: string): string => JSON.stringify([tenant, taskType]);

import type { SpecApproved, TaskReceived } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/index.js';
import {
  assessComplexity,
  POOLS,
  type Complexity,
  type Pool,
  type TaskFeatures,
} from '../../routing/index.js';

type Known = Omit<TaskFeatures, 'failedAttempts' | 'riskTier'> & {
  readonly partition: number;
  readonly costBudgetMicros: number | null;
};

/** What the assessment of a task and its price cap rest on. */
export interface Assessed {
  readonly complexity: Complexity;
  /** Numbers for linear policies: one, size, budget, abilities, tier, later attempt; each about 0 to 1. */
  readonly features: readonly number[];
  readonly costBudgetMicros: number | null;
}

/** Tasks of which so much is remembered; of others nothing is known, and their decisions say so. */
const MOST_TASKS = 100_000;
const ENDS: ReadonlySet<string> = new Set(['TaskCompleted', 'TaskFailed', 'TaskRejected', 'TaskCancelled']);

/** The declared and measured facts about tasks that are not finished, from the tasks log. */
export class TaskFacts {
  readonly #tasks = new Map<string, Known>();

  see({ type, body }: LoggedEvent, partition: number): void {
    const { taskId } = body as unknown as { taskId: string };
    if (type === 'TaskReceived') this.#received(taskId, body as unknown as TaskReceived, partition);
    else if (type === 'SpecApproved') this.#approved(taskId, body as unknown as SpecApproved);
    else if (ENDS.has(type)) this.#tasks.delete(taskId);
  }

  /** undefined: the task began before this process read the log; its price cap is not applied then. */
  of(taskId: string, riskTier: 1 | 2 | 3 | null, attempt: number): Assessed | undefined {
    const known = this.#tasks.get(taskId);
    if (known === undefined) return undefined;
    const task: TaskFeatures = { ...known, riskTier, failedAttempts: attempt - 1 };
    return {
      complexity: assessComplexity(task),
      features: featuresOf(task),
      costBudgetMicros: known.costBudgetMicros,
    };
  }

  /** The price cap of the task; null: none, or the task is not known here. The decision uses the same. */
  capOf(taskId: string): number | null {
    return this.#tasks.get(taskId)?.costBudgetMicros ?? null;
  }

  /** The partition is another process's now. */
  forget(partition: number): void {
    for (const [taskId, one] of this.#tasks) if (one.partition === partition) this.#tasks.delete(taskId);
  }

  #received(taskId: string, { request }: TaskReceived, partition: number): void {
    const { description, spec, requiredCapabilities, metadata, costBudgetMicros } = request;
    const declared = metadata['complexity'];
    this.#tasks.set(taskId, {
      partition,
      descriptionLength: description.length + (spec?.length ?? 0),
      scopePaths: 0,
      acceptanceCriteria: 0,
      requiredCapabilities: requiredCapabilities.length,
      maxFiles: null,
      maxLines: null,
      declared: POOLS.find((pool): pool is Pool => pool === declared) ?? null,
      costBudgetMicros,
    });
    if (this.#tasks.size <= MOST_TASKS) return;
    const oldest = this.#tasks.keys().next();
    if (oldest.done !== true) this.#tasks.delete(oldest.value);
  }

  #approved(taskId: string, { budget }: SpecApproved): void {
    const known = this.#tasks.get(taskId);
    if (known === undefined || budget === null) return;
    this.#tasks.set(taskId, { ...known, maxFiles: budget.maxFiles, maxLines: budget.maxLines });
  }
}

/** Logarithms of sizes in parts of what is already large, so that one long text is not everything. */
const featuresOf = (task: TaskFeatures): number[] => {
  const size = (value: number, large: number): number => Math.min(2, Math.log1p(value) / Math.log1p(large));
  return [
    1,
    size(task.descriptionLength, 20_000),
    size(task.maxLines ?? 0, 2000),
    Math.min(2, task.requiredCapabilities / 4),
    task.riskTier === 1 ? 1 : 0,
    task.riskTier === 2 ? 1 : 0,
    task.failedAttempts > 0 ? 1 : 0,
  ];
};

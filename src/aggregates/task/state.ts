import type {
  AskKind,
  AskRef,
  Budget,
  CommandKind,
  Ending,
  Outcome,
  QueueReason,
  Race,
  SpecSize,
  Timer,
  Usage,
} from '../../events/generated/events.js';
import type { StateName } from '../../saga/table.js';

/** A command that waits for its task, or is about to be applied to it. */
export interface RememberedCommand {
  readonly commandId: string;
  readonly command: CommandKind;
  readonly reason: string;
  readonly ifToken: number | null;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** Stream `task/<id>` before its request: bounded number of commands, gone when their time is over. */
export interface UnseenTask {
  readonly kind: 'unseen';
  readonly version: number;
  readonly dueAt: number | null;
  readonly timer: Timer | null;
  readonly remembered: readonly RememberedCommand[];
}

/** The ask that is pending; answers name offset and eventId (law 6). */
export interface PendingAsk extends AskRef {
  readonly kind: AskKind;
  /** µs since the epoch. */
  readonly askedAt: number;
  readonly repeats: number;
  /** Of these, the ones after an error of the infrastructure. */
  readonly errors: number;
  /** Offset of the last of these; -1: none. */
  readonly errorRepeatAt: number;
  /** How long the work itself may take, ms; null: as the limit of the state says. */
  readonly workMs: number | null;
}

/** Who holds the task. The token is the offset of the accepted TaskRouted. */
export interface Assignment {
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly leaseMs: number;
  /** µs; null before acceptance. */
  readonly startedAt: number | null;
  readonly renewedAt: number | null;
  /** Running number of the report that renewed it last; -1: none. */
  readonly reportNumber: number;
  /** The last mark of the budget that the run passed: 0, 50, 80, 95 or 100 per cent. */
  readonly budgetMark: number;
  /** As the result says; null before it. */
  readonly usage: Usage | null;
}

/** A run beside the one that the task stands on. */
export interface Rival extends Assignment {
  /** Offset of its RivalFinished; null: still at work. */
  readonly result: number | null;
}

/** What the spec's approval pinned. */
export interface Approval extends AskRef {
  readonly specSha256: string | null;
  readonly specId: string | null;
  readonly baseCommit: string | null;
  readonly riskTier: number | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
  /** The event carries the spec's text, because the request gave a reference. */
  readonly hasSpec: boolean;
  /** Waivers stand in its clauses. */
  readonly waived: boolean;
  readonly budget: Budget | null;
  /** null: an older build approved it. */
  readonly specSize: SpecSize | null;
}

/** The gates of one result. */
export interface Gates {
  /** Offset of FactsChecked. */
  readonly facts: number;
  readonly index: number;
  readonly of: number;
  /** Offsets of the GateFinished so far. */
  readonly finished: readonly number[];
}

/** Small parts of the request that many decisions need; the body stays in the log at `offset`. */
export interface RequestKey {
  readonly offset: number;
  readonly requestId: string;
  readonly sha256: string;
  readonly taskType: string;
  readonly capabilities: readonly string[];
  readonly priority: number;
  /** µs since the epoch. */
  readonly deadline: number | null;
  readonly maxAttempts: number;
  /** How long a rejection may wait for waivers; null: as the policy says. */
  readonly waiverWaitMs: number | null;
  /** Whose waivers it carries. */
  readonly retryOf: string | null;
  readonly repository: string | null;
  readonly hasSpec: boolean;
  /** Characters of the description and the spec in it. */
  readonly textLength: number;
  /** The complexity that it declares; empty: none. */
  readonly complexity: string;
  readonly costBudgetMicros: number | null;
  /** Where the spec lies in the workspace's own repository. */
  readonly specPath: string | null;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** What a seal decided. */
export interface Seal {
  readonly outcome: Outcome;
  readonly ending: Ending;
}

/** One task, folded: digests, ids, counters and places in the log, never bodies. */
export interface TaskState {
  readonly kind: 'task';
  readonly state: Exclude<StateName, 'unseen'>;
  /** Number of the last event in the stream. */
  readonly version: number;
  readonly dueAt: number | null;
  readonly timer: Timer | null;
  /** When the request was accepted, and when this state was entered; µs. */
  readonly receivedAt: number;
  readonly since: number;
  /** µs spent so far in states whose time is not Arbiter's own. */
  readonly elsewhere: number;
  readonly request: RequestKey;
  readonly approval: Approval | null;
  readonly ask: PendingAsk | null;
  readonly assignment: Assignment | null;
  /** The race that is still wanted; a task has one at most. */
  readonly race: Race | null;
  readonly rivals: readonly Rival[];
  /** The attempt to be made, as the last RoutingStarted says; 0 before. */
  readonly attempt: number;
  /** The last attempt that was offered to an agent; 0 before. */
  readonly tried: number;
  readonly excludedAgents: readonly string[];
  readonly excludedInstances: readonly string[];
  /** Budgets spent (law 13). */
  readonly offers: number;
  readonly outages: number;
  readonly rounds: number;
  readonly suspensions: number;
  /** Since when the task waits without having been offered; µs. */
  readonly queuedSince: number | null;
  /** Since when no agent with the capability is there; µs. */
  readonly incapableSince: number | null;
  readonly queueReason: QueueReason | null;
  /** Ids of the commands decided, so that each takes effect once (law 5). */
  readonly commands: readonly string[];
  readonly remembered: readonly RememberedCommand[];
  /** The last answer taken, for knowing which components are alive (law 6). */
  readonly answered: { readonly kind: AskKind; readonly at: number } | null;
  readonly gates: Gates | null;
  /** Place of the SpecRejected or VerificationFailed that came last. */
  readonly rejection: AskRef | null;
  /** When the wait for a waiver ends; µs. */
  readonly waiverUntil: number | null;
  readonly seal: Seal | null;
}

/** Stream `partition/<p>`: what was refused lately, so that a redelivery adds nothing to the log. */
export interface PartitionState {
  readonly kind: 'partition';
  readonly version: number;
  readonly refused: readonly string[];
}

/** What a stream of arbiter.tasks folds to. */
export type SagaValue = TaskState | UnseenTask | PartitionState;

/** How many refusals a partition remembers. Part of the fold, so not configurable. */
export const REFUSALS_REMEMBERED = 256;

export const taskStream = (taskId: string): string => `task/${taskId}`;
export const partitionStream = (partition: number): string => `partition/${partition}`;
export const taskIdOf = (streamId: string): string => streamId.slice('task/'.length);

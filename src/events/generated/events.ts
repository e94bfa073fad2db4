// Generated from events/schemas by scripts/generate-types.ts. Do not edit.

/** What an agent charges, in millionths of the currency; null: not stated. */
export interface AgentPrice {
  /** ISO 4217. */
  readonly currency: string;
  readonly perTaskMicros: number | null;
  /** One million input tokens. */
  readonly inputPerMillionMicros: number | null;
  /** One million output tokens. */
  readonly outputPerMillionMicros: number | null;
}

/** How much may be used in a window of time. */
export interface AgentQuota {
  readonly unit: QuotaUnit;
  /** Tasks, tokens, or millionths of the price's currency. */
  readonly amount: number;
  readonly windowMs: number;
  /** A moment at which a window ends and the next begins; null: the window slides. */
  readonly resetAt: number | null;
}

/** How an agent is reached. What starts it or speaks to it is an adapter outside of the registry. */
export interface AgentReach {
  readonly kind: ReachKind;
  /** HTTP, A2A: where; else empty. */
  readonly url: string;
  /** COMMAND, ACP: program and arguments; else empty. */
  readonly argv: readonly string[];
  /** A2A: protocol binding, such as JSONRPC, GRPC or HTTP+JSON; else empty. */
  readonly binding: string;
  readonly protocolVersion: string;
}

/** Declared status; load is measured, never declared. */
export type AgentStatus = 'UNKNOWN' | 'AVAILABLE' | 'DRAINING' | 'MAINTENANCE' | 'SUSPENDED' | 'OFFLINE';

/** An agent that was not chosen, in the order in which it would have been. */
export interface Alternative {
  readonly agentId: string;
  readonly score: number;
  readonly propensity: number;
  readonly reason: string;
}

/** A granted waiver, used once by one task for one clause. What it allows is what was granted, never the whole clause. */
export interface AppliedWaiver {
  readonly waiverId: string;
  /** The clause it cures, and no other. */
  readonly clause: string;
  readonly requestedBy: string;
  /** Distinct principals; their signatures are in arbiter.policies. */
  readonly approvedBy: readonly string[];
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  /** Of the WaiverUsed in arbiter.policies. */
  readonly offset: number;
  /** What is allowed beyond the limit: files, lines, points. */
  readonly amount: Readonly<Record<string, number>>;
  /** Where it holds, as globs; empty: where the amount alone bounds it. */
  readonly paths: readonly string[];
  /** An override: granted by one person who may, for this once. */
  readonly override: boolean;
}

/** Which work an ask is for. */
export type AskKind = 'UNKNOWN' | 'VALIDATE_SPEC' | 'ROUTE' | 'EXECUTE' | 'VERIFY' | 'SIGN' | 'WAIVE' | 'RUN_GATE';

/** Names an ask by the place of its accepted event. */
export interface AskRef {
  readonly offset: number;
  readonly eventId: string;
}

/** How large the change may be: the limits of the tier, by the policy of the base commit. */
export interface Budget {
  readonly maxFiles: number;
  /** Insertions plus deletions. */
  readonly maxLines: number;
  /** Whether the lease of a run that reports more is revoked. */
  readonly revokeOver: boolean;
}

/** An agent the router could have chosen. */
export interface Candidate {
  readonly agentId: string;
  readonly propensity: number;
  /** What the policy ranked it by. */
  readonly score: number;
  readonly successes: number;
  readonly failures: number;
  /** Expected success rate, after the prior. */
  readonly mean: number;
  /** Assignments under way when it was decided. */
  readonly pending: number;
  /** Declared price of a task, millionths of a US dollar. */
  readonly priceMicros: number | null;
  /** 1, or the part of its share that it is given while it takes up work again. */
  readonly ramp: number;
  /** The baseline that the registry has for its model family; null: none is declared. */
  readonly prior: Prior | null;
  /** Success rate expected of it before its own outcomes at this type of task: from the prior and its other types. */
  readonly expected: number;
}

/** The agent card that a registration was made from. */
export interface CardOrigin {
  /** Of the card as it was read. */
  readonly sha256: Sha256;
  /** The key that its signature was checked with; null: not checked. */
  readonly keyId: string | null;
  readonly algorithm: string | null;
}

/** Outcome of a check; anything but PASS is a failure (law 10). */
export type CheckOutcome = 'UNKNOWN' | 'PASS' | 'FAIL' | 'ERROR';

/** Claims a partition of an owned log (law 2). Accepted iff previousClaim is the offset of the latest accepted claim. */
export interface Claimed {
  /** Offset of the latest accepted claim as the claimer knows it; -1 for none. */
  readonly previousClaim: number;
  /** Position up to which the claimer had folded the log. */
  readonly foldedTo: number;
  /** Hash of the last accepted record below foldedTo; zeros where there is none. */
  readonly prevHash: Sha256;
  /** Partition count of log and inbox. */
  readonly partitions: number;
  /** Component. */
  readonly owner: string;
  /** Nonce of the process. */
  readonly instance: string;
  readonly build: string;
  readonly foldVersion: number;
  /** End of the inbox partition when claiming. */
  readonly inboxEnd: number;
  readonly logTopicId: string | null;
  readonly inboxTopicId: string | null;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
}

/** Result of one clause. */
export type ClauseOutcome = 'UNKNOWN' | 'PASS' | 'FAIL' | 'ERROR' | 'NOT_APPLICABLE' | 'WAIVED' | 'NOT_EVALUATED';

/** Result of one clause of the constitution. */
export interface ClauseResult {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly result: ClauseOutcome;
  readonly message: string;
  readonly observed: Readonly<Record<string, string>>;
  /** Why a WAIVED clause is no failure. */
  readonly waivers: readonly AppliedWaiver[];
  /** What the result rests on, by digest. */
  readonly evidence: readonly Evidence[];
}

/** What an operator asks for. */
export type CommandKind = 'UNKNOWN' | 'CANCEL' | 'SUSPEND' | 'RESUME';

/** How a demand for waivers ended. */
export type DemandEnd = 'UNKNOWN' | 'CURED' | 'DENIED' | 'WITHDRAWN' | 'LAPSED';

/** Numbers of the policy desk that a person may make stricter than what is built in. */
export interface DeskSettings {
  /** Distinct approvers of a waiver. */
  readonly approvers: number;
  /** The same for critical clauses, for tier 1, and once escalated. */
  readonly criticalApprovers: number;
  readonly maxDurationMs: number;
  readonly maxCriticalDurationMs: number;
  readonly maxUses: number;
  /** How long before its end a waiver is announced to expire. */
  readonly noticeMs: number;
  /** Of one principal. */
  readonly overridesPerHour: number;
  readonly maxOverrideMs: number;
  /** Denials of the same clause for the same task or spec. */
  readonly escalateAfter: number;
  /** Besides those that are built in. */
  readonly criticalClauses: readonly string[];
  /** Besides those that are built in. */
  readonly nonWaivableClauses: readonly string[];
}

/** Size of a change. */
export interface DiffStat {
  readonly files: number;
  readonly insertions: number;
  readonly deletions: number;
}

/** How a task ends. */
export type Ending = 'UNKNOWN' | 'COMPLETED' | 'FAILED' | 'REJECTED' | 'CANCELLED';

/** A piece of evidence that belongs to a result, by digest. */
export interface Evidence {
  readonly name: string;
  readonly sha256: string;
}

/** Head of every fact (laws 5, 6). */
export interface FactMeta {
  readonly factId: string;
  /** requestId, commandId or reportId of the edge record. */
  readonly edgeId: string | null;
  readonly taskId: string;
  readonly component: string;
  readonly instance: string;
  readonly build: string;
  readonly inReplyTo: AskRef | null;
  /** Position in the tasks log up to which the component had read. */
  readonly readUpTo: number | null;
  /** Always set by intake. */
  readonly source: SourceRef | null;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** Whose doing a failure was. */
export type FailureClass = 'UNKNOWN' | 'AGENT' | 'INFRASTRUCTURE' | 'LEASE_EXPIRED' | 'TIME_LIMIT' | 'CONSTITUTION' | 'CANCELLED' | 'SUSPENDED' | 'DEADLINE' | 'OVER_BUDGET' | 'REFUSED' | 'QUOTA' | 'OUTRUN';

/** One changed file, as Arbiter computed it. */
export interface FileChange {
  /** A, M, D, R, C or T. */
  readonly status: string;
  readonly path: string;
  readonly previousPath: string | null;
  readonly insertions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/** One gate to run, complete, as the policy of the base commit says. */
export interface GateOrder {
  /** Its name in the policy, e.g. coverage. */
  readonly gate: string;
  /** The clause it decides, e.g. gate.coverage. */
  readonly clause: string;
  readonly title: string;
  /** MUST: anything but a pass fails the result. */
  readonly severity: Severity;
  /** Risk tier that the thresholds are for. */
  readonly tier: number | null;
  /** E.g. lines: 0.9, branches: 0.85. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** The command, without a shell. Empty: evidence is an attestation. */
  readonly argv: readonly string[];
  /** Where the command leaves its evidence, below the working folder. */
  readonly evidencePath: string | null;
  /** E.g. lcov, cobertura, istanbul, junit, tap, stryker, sarif. */
  readonly evidenceFormat: string | null;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Anything else the gate needs. */
  readonly options: Readonly<Record<string, string>>;
}

/** Head of every event in an owned log (laws 3, 5, 8). */
export interface LogMeta {
  /** Offset of the claim under which this was appended. */
  readonly claim: number;
  /** Number within the claim: 0, 1, 2, … */
  readonly seq: number;
  /** Highest inbox offset decided when this was made; -1 before the first. */
  readonly cause: number;
  readonly trigger: Trigger;
  /** factId or commandId of the input, where there is one. */
  readonly inputId: string | null;
  /** topic/partition/claim/seq. */
  readonly eventId: string;
  /** The stream this event belongs to, e.g. task/<taskId> or partition/<p>. */
  readonly streamId: string;
  /** Number of the event in its stream, from 1. */
  readonly streamVersion: number;
  /** SHA-256 of (schema fingerprint ‖ Avro body) of the partition's previous accepted record; zeros before the first. */
  readonly prevHash: Sha256;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  /** When the timer of the new state fires. */
  readonly dueAt: number | null;
  readonly timer: Timer | null;
  /** Place within the decision. */
  readonly decisionIndex: number;
  /** Events in the decision; they are contiguous in seq and share cause and inputId. */
  readonly decisionSize: number;
  readonly correlationId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** An agent left out, and why. */
export interface Masked {
  readonly agentId: string;
  readonly reason: string;
}

/** What is believed of an agent before its outcomes, as outcomes on loan: never erased, only outweighed. */
export interface ModelPrior {
  /** Thousandths of an outcome. */
  readonly successesMilli: number;
  /** Thousandths of an outcome. */
  readonly failuresMilli: number;
  readonly durationMs: number | null;
  /** Of one task, millionths of a US dollar. */
  readonly costMicros: number | null;
}

/** What an assignment says about its agent; VOID says nothing. */
export type ObservedResult = 'UNKNOWN' | 'SUCCESS' | 'FAILURE' | 'VOID';

/** The work itself, complete. */
export interface Offer {
  readonly taskType: string;
  readonly title: string;
  readonly description: string;
  readonly spec: string | null;
  readonly repository: string | null;
  readonly baseCommit: string | null;
  readonly deadline: number | null;
  readonly tokenBudget: number | null;
  readonly costBudgetMicros: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly budget: Budget | null;
}

/** Why an offer ended without work; no attempt is spent. */
export type OfferEnd = 'UNKNOWN' | 'DECLINED' | 'BUSY' | 'NOT_ACCEPTED';

/** Outcome of a verdict; anything but PASSED is not approved. */
export type Outcome = 'UNKNOWN' | 'PASSED' | 'FAILED';

/** A position in one partition. */
export interface PartitionPosition {
  readonly partition: number;
  readonly position: number;
}

/** Phase of a verdict. */
export type Phase = 'UNKNOWN' | 'PRE' | 'FINAL';

/** What a principal may do: register and retire principals and change settings; decide on waivers; grant overrides; ask for waivers. */
export type PrincipalRole = 'UNKNOWN' | 'ADMIN' | 'APPROVER' | 'OVERRIDER' | 'REQUESTER';

/** Outcomes on loan: what is believed before there are any. */
export interface Prior {
  readonly successes: number;
  readonly failures: number;
}

/** Why a task waits. */
export type QueueReason = 'UNKNOWN' | 'IN_FLIGHT_LIMIT' | 'NO_CAPACITY' | 'NO_CAPABLE_AGENT';

/** What a quota counts. */
export type QuotaUnit = 'UNKNOWN' | 'TASKS' | 'TOKENS' | 'COST_MICROS';

/** A wish: so many agents work on the task at once, and the first result that passes counts. */
export interface Race {
  /** 2 or 3, the first one included. */
  readonly agents: number;
  /** The declared prices of all of them together, at most; millionths of a US dollar. */
  readonly costCapMicros: number;
}

/** How an agent is reached. */
export type ReachKind = 'UNKNOWN' | 'KAFKA' | 'COMMAND' | 'HTTP' | 'A2A' | 'ACP';

/** What a worker reports about one assignment. */
export type ReportKind = 'UNKNOWN' | 'ACCEPTED' | 'DECLINED' | 'HEARTBEAT' | 'PROGRESS' | 'RESULT' | 'FAILED';

/** What a worker says it produced. Nothing in it is believed unchecked. */
export interface ResultClaim {
  readonly commit: string | null;
  readonly ref: string | null;
  /** Digest of the result where there is no workspace. */
  readonly resultSha256: string | null;
  readonly exitCode: number | null;
  /** Last 64 KiB at most. */
  readonly output: string;
  readonly usage: Usage;
  readonly evidence: readonly Evidence[];
}

/** Another agent for the same attempt of a task. */
export interface Rival {
  readonly agentId: string;
  readonly workerInstance: string;
  readonly decision: RoutingDecision;
}

/** What the router found. */
export type RouteOutcome = 'UNKNOWN' | 'ROUTED' | 'NO_CAPACITY' | 'NO_CAPABLE_AGENT';

/** Everything a choice rested on (law 11). */
export interface RoutingDecision {
  readonly policyId: string;
  readonly policyVersion: string;
  readonly taskType: string;
  readonly candidates: readonly Candidate[];
  readonly masked: readonly Masked[];
  /** Probability with which the chosen agent was drawn. */
  readonly propensity: number;
  readonly floor: number;
  readonly seed: string;
  readonly statisticsOffsets: readonly PartitionPosition[];
  /** Whose statistics it rests on. */
  readonly tenant: string;
  /** Complexity of the task: trivial, standard, complex; empty: not assessed. */
  readonly pool: string;
  readonly poolReason: string;
  /** The kind of task that statistics are kept by. */
  readonly kind: string | null;
  /** What linear policies saw of the task. */
  readonly features: readonly number[];
  readonly riskTier: number | null;
  /** Number of the decision, from the log: what round-robin turns by. */
  readonly ordinal: number;
  /** The parameters of the policy, as JSON. */
  readonly parameters: string;
  /** Uniform in [0, 1), from the seed: the first candidate whose cumulated propensity exceeds it was chosen. */
  readonly draw: number;
  /** So many were ejected that ejection was set aside. */
  readonly panic: boolean;
  readonly alternatives: readonly Alternative[];
  /** What the policy worked with: alarms, rates, multipliers. */
  readonly details: Readonly<Record<string, string>>;
  /** The decision in a sentence. */
  readonly text: string;
  /** Position in the agents log up to which agents and policy were known; -1: not on record. */
  readonly registryPosition: number;
}

/** Whether a failing clause rejects. */
export type Severity = 'UNKNOWN' | 'MUST' | 'SHOULD';

/** 32 raw bytes. */
export type Sha256 = Buffer;

/** One DSSE signature. */
export interface Signature {
  readonly keyid: string | null;
  readonly sig: Buffer;
}

/** A DSSE envelope: who gave the order is proved by the key, not by Kafka. */
export interface SignedOrder {
  readonly payloadType: string;
  /** JSON; see docs/waivers.md. */
  readonly payload: Buffer;
  readonly signatures: readonly Signature[];
}

/** Where a record came from. */
export interface SourceRef {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** How much a spec asks for, as declared in it. */
export interface SpecSize {
  /** Paths and patterns that may be changed. */
  readonly scopePaths: number;
  readonly acceptanceCriteria: number;
}

/** What a verdict is about, by digest. */
export interface Subject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** The body of a request, as frozen at intake. */
export interface TaskRequest {
  /** Idempotency key of the request. */
  readonly requestId: string;
  /** ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$ */
  readonly taskId: string;
  readonly tenant: string;
  /** Task type, e.g. code-editing. */
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** CAWS working spec, YAML text of at most 256 KiB. */
  readonly spec: string | null;
  /** Or where to read it: repository, revision, path. */
  readonly specRepository: string | null;
  readonly specRevision: string | null;
  readonly specPath: string | null;
  /** Workspace: repository and base revision. */
  readonly repository: string | null;
  readonly baseRevision: string | null;
  readonly requiredCapabilities: readonly string[];
  /** 1 to 10, higher is more urgent. */
  readonly priority: number;
  readonly deadline: number | null;
  readonly maxAttempts: number;
  readonly tokenBudget: number | null;
  readonly costBudgetMicros: number | null;
  readonly retryOf: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly actor: string;
  /** How long a rejection that waivers could cure waits for them; null: as the policy says. */
  readonly waiverWaitMs: number | null;
  /** null: one agent at a time. */
  readonly race: Race | null;
}

/** What a task is assessed by before anybody works on it. */
export interface TaskSize {
  /** Characters of the description and the spec. */
  readonly descriptionLength: number;
  readonly scopePaths: number;
  readonly acceptanceCriteria: number;
  readonly maxFiles: number | null;
  readonly maxLines: number | null;
  /** The pool that the request declares; empty: none. */
  readonly declared: string;
}

/** Which timer dueAt belongs to (law 7). */
export type Timer = 'UNKNOWN' | 'ASK' | 'ACCEPTANCE' | 'LEASE' | 'QUEUE' | 'SUSPENSION' | 'DEADLINE' | 'REMEMBERED_COMMAND';

/** What made an owner decide. */
export type Trigger = 'UNKNOWN' | 'INPUT' | 'TIMER' | 'CLAIM';

/** What an attempt consumed, as the agent reports it. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a US dollar. */
  readonly costMicros: number;
}

/** One broken rule, with the narrowest legal repair. */
export interface Violation {
  readonly rule: string;
  /** JSON pointer into the spec, or a file path. */
  readonly path: string;
  readonly message: string;
  readonly repair: string | null;
}

/** Which vocabulary a word belongs to. */
export type VocabularyKind = 'UNKNOWN' | 'TASK_TYPE' | 'LANGUAGE' | 'SPECIALISATION' | 'CAPABILITY';

/** A waiver is granted by as many approvers as the policy asks for, an override by one who may. */
export type WaiverKind = 'UNKNOWN' | 'WAIVER' | 'OVERRIDE';

/** One violated clause, and by how much. */
export interface WaiverNeed {
  readonly clause: string;
  /** What goes beyond the limit: files, lines, points (hundredths of a percentage point). */
  readonly amount: Readonly<Record<string, number>>;
  /** False: by how much is not known, so that no amount covers it. */
  readonly measured: boolean;
  /** Paths that violate it. */
  readonly paths: readonly string[];
  /** False: there are more, so that no list of paths covers them. */
  readonly pathsComplete: boolean;
}

/** What a waiver is asked for. */
export type WaiverOrigin = 'UNKNOWN' | 'SPEC' | 'RESULT';

/** What the policy desk decided; anything but CURED cures nothing. */
export type WaiverOutcome = 'UNKNOWN' | 'CURED' | 'DENIED';

/** Adds words to a vocabulary. */
export interface AddWords {
  readonly commandId: string;
  readonly kind: VocabularyKind;
  readonly words: readonly string[];
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Replaces what an agent can do. */
export interface ChangeCapabilities {
  readonly commandId: string;
  readonly agentId: string;
  readonly capabilities: readonly string[];
  readonly taskTypes: readonly string[];
  readonly maxConcurrency: number | null;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
  /** null: as they are. */
  readonly languages: readonly string[] | null;
  /** null: as they are. */
  readonly specialisations: readonly string[] | null;
}

/** Replaces how an agent is reached, what it costs and what it may use. */
export interface ChangeTerms {
  readonly commandId: string;
  readonly agentId: string;
  readonly reach: AgentReach | null;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  readonly tags: Readonly<Record<string, string>>;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Registers an agent. */
export interface RegisterAgent {
  readonly commandId: string;
  readonly agentId: string;
  readonly displayName: string;
  /** Free text. */
  readonly modelFamily: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** Empty: any. */
  readonly taskTypes: readonly string[];
  readonly maxConcurrency: number;
  readonly costPerTaskMicros: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
  /** Programming languages. */
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
  readonly reach: AgentReach | null;
  /** null: costPerTaskMicros in USD, where given. */
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  readonly card: CardOrigin | null;
}

/** Says that workers of an agent have been heard of again, or no longer. */
export interface ReportPresence {
  readonly commandId: string;
  readonly agentId: string;
  readonly present: boolean;
  readonly lastSeenAt: number | null;
  readonly instances: number;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Retires an agent for good. */
export interface RetireAgent {
  readonly commandId: string;
  readonly agentId: string;
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Sets the declared status. */
export interface SetAgentStatus {
  readonly commandId: string;
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Sets what is believed of agents of a model family before their outcomes. */
export interface SetBaseline {
  readonly commandId: string;
  readonly family: string;
  readonly prior: ModelPrior;
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** From now on agents are chosen by this policy. */
export interface SetRoutingPolicy {
  readonly commandId: string;
  /** Empty: back to the default. */
  readonly policyId: string;
  /** JSON; what is left out has its default. */
  readonly parameters: string;
  /** Share of choices spread evenly over the allowed agents; null: as set for the process. */
  readonly explorationFloor: number | null;
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Puts another model behind an agent. */
export interface SwapModel {
  readonly commandId: string;
  readonly agentId: string;
  readonly modelFamily: string;
  readonly version: string;
  readonly reason: string;
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** The instance takes the offer. */
export interface AssignmentAccepted {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** The instance does not take the offer. */
export interface AssignmentDeclined {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  /** No free slot: the agent itself may be asked again. */
  readonly busy: boolean;
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** The run has failed. */
export interface ReportsExecutionFailed {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  readonly failureClass: FailureClass;
  readonly reason: string;
  readonly output: string;
  readonly usage: Usage | null;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
  /** With QUOTA: when the quota is there again; null: not known. */
  readonly quotaResetsAt: number | null;
}

/** The run is alive. */
export interface Heartbeat {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  /** Size of the change so far. */
  readonly diff: DiffStat | null;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** A message for people; also renews the lease. */
export interface ProgressReported {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  readonly message: string;
  readonly percent: number | null;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** The run is done. Implies acceptance. */
export interface ResultSubmitted {
  readonly reportId: string;
  readonly taskId: string;
  /** Fencing token of the offer. */
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Running number of the reports of one run, from 0. */
  readonly number: number;
  readonly tenant: string;
  readonly result: ResultClaim;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** A command that changed nothing, and why. */
export interface AgentCommandRefused {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly commandId: string;
  readonly code: string;
  readonly message: string;
}

/** Nobody has heard of the agent for so long that it counts no more, until it is heard of again. */
export interface AgentLeft {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly lastSeenAt: number | null;
  readonly reason: string;
}

/** A new agent. */
export interface AgentRegistered {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly displayName: string;
  /** Free text. */
  readonly modelFamily: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** Empty: any. */
  readonly taskTypes: readonly string[];
  readonly maxConcurrency: number;
  readonly costPerTaskMicros: number | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Programming languages. */
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
  readonly reach: AgentReach | null;
  /** costPerTaskMicros repeats its price of a task where the currency is USD. */
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  readonly card: CardOrigin | null;
}

/** The agent gets no more work. */
export interface AgentRetired {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly reason: string;
}

/** Declared status, with its reason. */
export interface AgentStatusChanged {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly reason: string;
}

/** What is believed of agents of a model family before their outcomes. */
export interface BaselineSet {
  readonly meta: LogMeta;
  /** Empty: of every family without one of its own. */
  readonly family: string;
  readonly prior: ModelPrior;
  readonly reason: string;
}

/** What the agent can do, from now on. */
export interface CapabilitiesChanged {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly capabilityVersion: number;
  readonly capabilities: readonly string[];
  readonly taskTypes: readonly string[];
  readonly maxConcurrency: number;
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
}

/** What is behind the agent, from now on. */
export interface ModelSwapped {
  readonly meta: LogMeta;
  readonly agentId: string;
  /** From 1, the registration. */
  readonly modelVersion: number;
  /** Free text. */
  readonly modelFamily: string;
  readonly version: string;
  readonly reason: string;
}

/** Workers of the agent have been heard of again, or no longer; measured, never declared. */
export interface PresenceChanged {
  readonly meta: LogMeta;
  readonly agentId: string;
  readonly present: boolean;
  readonly lastSeenAt: number | null;
  /** Worker instances heard of. */
  readonly instances: number;
}

/** From here on agents are chosen by this policy. */
export interface RoutingPolicyChanged {
  readonly meta: LogMeta;
  readonly policyId: string;
  readonly policyVersion: string;
  /** All parameters, as JSON. */
  readonly parameters: string;
  /** Share of choices spread evenly over the allowed agents; null: as set for the process. */
  readonly explorationFloor: number | null;
  readonly previousPolicyId: string;
  readonly reason: string;
}

/** How the agent is reached, what it costs and what it may use, from now on. */
export interface TermsChanged {
  readonly meta: LogMeta;
  readonly agentId: string;
  /** From 1, the registration. */
  readonly termsVersion: number;
  readonly reach: AgentReach | null;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Words that agents may use from now on. */
export interface WordsAdded {
  readonly meta: LogMeta;
  readonly kind: VocabularyKind;
  readonly words: readonly string[];
  readonly reason: string;
}

/** Offers the work to one worker instance. */
export interface AssignmentOffered {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly attempt: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** Microseconds since the epoch. */
  readonly acceptBy: number;
  readonly leaseMs: number;
  readonly offer: Offer;
}

/** The assignment is over; stop the run. */
export interface AssignmentRevoked {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly reason: string;
}

/** Cancels a task that is not sealed. */
export interface CancelTask {
  readonly commandId: string;
  readonly taskId: string;
  readonly reason: string;
  /** Refused unless this is the current fencing token. */
  readonly ifToken: number | null;
  /** Refused unless this is the current stream version. */
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Routes a suspended task again. */
export interface ResumeTask {
  readonly commandId: string;
  readonly taskId: string;
  readonly reason: string;
  /** Refused unless this is the current fencing token. */
  readonly ifToken: number | null;
  /** Refused unless this is the current stream version. */
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** Takes a task out of work until it is resumed. */
export interface SuspendTask {
  readonly commandId: string;
  readonly taskId: string;
  readonly reason: string;
  /** Refused unless this is the current fencing token. */
  readonly ifToken: number | null;
  /** Refused unless this is the current stream version. */
  readonly ifVersion: number | null;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** A record that could not be used, with its bytes. */
export interface DeadLettered {
  readonly letterId: string;
  readonly source: SourceRef;
  readonly component: string;
  readonly code: string;
  readonly message: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
}

/** A report, re-keyed by intake. */
export interface AgentReported {
  readonly meta: FactMeta;
  readonly reportId: string;
  readonly report: ReportKind;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly number: number;
  readonly busy: boolean;
  readonly reason: string;
  readonly failureClass: FailureClass | null;
  readonly percent: number | null;
  readonly diff: DiffStat | null;
  readonly result: ResultClaim | null;
  /** With QUOTA: when the quota is there again; null: not known. */
  readonly quotaResetsAt: number | null;
}

/** An able agent may have a free slot again: a hint for a queued task, in reply to its TaskQueued. */
export interface CapacityFound {
  readonly meta: FactMeta;
}

/** A command, re-keyed by intake. */
export interface CommandSubmitted {
  readonly meta: FactMeta;
  readonly commandId: string;
  readonly command: CommandKind;
  readonly reason: string;
  readonly ifToken: number | null;
  readonly ifVersion: number | null;
}

/** Answer to GateStarted. */
export interface GateReported {
  readonly meta: FactMeta;
  readonly outcome: CheckOutcome;
  readonly failureClass: FailureClass | null;
  readonly gate: string;
  /** E.g. lines: 0.93. */
  readonly measured: Readonly<Record<string, number>>;
  /** Stored by digest. */
  readonly evidence: readonly Evidence[];
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** Last 4 KiB at most. */
  readonly output: string;
}

/** Answer to VerificationStarted. */
export interface ResultVerified {
  readonly meta: FactMeta;
  readonly outcome: CheckOutcome;
  readonly failureClass: FailureClass | null;
  readonly commit: string | null;
  readonly subject: readonly Subject[];
  readonly diff: DiffStat | null;
  /** The first 200. */
  readonly changes: readonly FileChange[];
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  /** Gates to run, in order. */
  readonly gates: readonly GateOrder[];
  /** How long the policy lets a rejection wait for a waiver. */
  readonly waiverWaitMs: number | null;
}

/** Answer to RoutingStarted. */
export interface RouteDecided {
  readonly meta: FactMeta;
  readonly outcome: RouteOutcome;
  readonly agentId: string | null;
  readonly workerInstance: string | null;
  readonly decision: RoutingDecision | null;
  readonly reason: string;
  readonly missingCapabilities: readonly string[];
  /** Where a race was asked for: who is to work on it besides. */
  readonly rivals: readonly Rival[];
}

/** Answer to SpecValidationStarted. */
export interface SpecChecked {
  readonly meta: FactMeta;
  readonly outcome: CheckOutcome;
  readonly specSha256: string | null;
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly mode: string | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
  /** The base revision pinned to a commit id. */
  readonly baseCommit: string | null;
  /** The text read, where the request gave a reference. */
  readonly spec: string | null;
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  readonly budget: Budget | null;
  /** How long the policy lets a rejection wait for a waiver. */
  readonly waiverWaitMs: number | null;
  /** null: the spec could not be read, or an older build wrote this. */
  readonly specSize: SpecSize | null;
}

/** A request, checked for shape and re-keyed by intake. */
export interface TaskSubmitted {
  readonly meta: FactMeta;
  readonly request: TaskRequest;
  /** Hex digest of the exact edge record value. */
  readonly requestSha256: string;
}

/** Answer to VerdictRequested. */
export interface VerdictSigned {
  readonly meta: FactMeta;
  readonly verdictId: string;
  readonly outcome: Outcome;
  readonly envelopeSha256: string;
  readonly verdictOffset: number;
}

/** Answer to WaiverAwaited, by the policy desk. */
export interface WaiverDecided {
  readonly meta: FactMeta;
  readonly outcome: WaiverOutcome;
  readonly waivers: readonly AppliedWaiver[];
  readonly reason: string;
}

/** What one finished assignment says about its agent; one per assignment. */
export interface OutcomeObserved {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly attempt: number;
  readonly agentId: string;
  readonly taskType: string;
  readonly result: ObservedResult;
  readonly failureClass: FailureClass | null;
  /** Microseconds since the epoch. */
  readonly routedAt: number;
  /** Microseconds since the epoch. */
  readonly finishedAt: number;
  readonly usage: Usage | null;
  readonly propensity: number;
  readonly policyId: string;
  readonly policyVersion: string;
  /** The kind of task, as it was when it was routed. */
  readonly kind: string | null;
  /** What linear policies saw of the task. */
  readonly features: readonly number[];
  /** With QUOTA: when the quota is there again; null: not known. */
  readonly quotaResetsAt: number | null;
}

/** The answer to a task that waited. */
export interface DemandClosed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly ask: AskRef;
  readonly end: DemandEnd;
  readonly reason: string;
}

/** The time of a closed demand is over; it need not be recognised any more. */
export interface DemandForgotten {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly ask: AskRef;
}

/** An order that changed nothing, and why. */
export interface OrderRefused {
  readonly meta: LogMeta;
  readonly commandId: string;
  /** What it was, as far as it could be read. */
  readonly order: string;
  /** Whom or what it was about, as far as it could be read. */
  readonly subject: string;
  /** The principal whose signature was good. */
  readonly signedBy: string | null;
  readonly code: string;
  readonly message: string;
}

/** A person who may lets one task pass in spite of the clauses named, once. */
export interface OverrideGranted {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly clauses: readonly string[];
  readonly critical: boolean;
  readonly taskId: string;
  /** For all uses together: files, lines, points (hundredths of a percentage point). */
  readonly amount: Readonly<Record<string, number>>;
  readonly uses: number;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  readonly paths: readonly string[];
  readonly justification: string;
  readonly grantedBy: string;
  readonly team: string;
  readonly requestSha256: string;
  /** When its end is to be announced. */
  readonly noticeAt: number | null;
  readonly order: SignedOrder;
  /** With specSha256, the content of the task that it is for; only a retry of equal content carries it. */
  readonly repository: string | null;
  /** SHA-256 of the spec's text. */
  readonly specSha256: string | null;
}

/** Somebody whose signature counts. */
export interface PrincipalRegistered {
  readonly meta: LogMeta;
  readonly principalId: string;
  readonly displayName: string;
  readonly team: string;
  readonly roles: readonly PrincipalRole[];
  /** Names under which the same person or program acts elsewhere: requests of tasks, agents. */
  readonly actors: readonly string[];
  readonly publicKeyPem: string;
  /** Hex SHA-256 of the key's SPKI DER. */
  readonly keyId: string;
  /** An admin; empty: who holds the key of the deployment. */
  readonly registeredBy: string;
  readonly order: SignedOrder;
}

/** The signature counts no more, nor do approvals given with it. */
export interface PrincipalRetired {
  readonly meta: LogMeta;
  readonly principalId: string;
  readonly reason: string;
  readonly retiredBy: string;
  readonly order: SignedOrder;
}

/** The desk's numbers from now on. */
export interface SettingsChanged {
  readonly meta: LogMeta;
  /** Rises by one. */
  readonly version: number;
  readonly settings: DeskSettings;
  readonly reason: string;
  readonly changedBy: string;
  readonly order: SignedOrder;
}

/** One approval, for what was requested or less. */
export interface WaiverApproved {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly approvedBy: string;
  /** For all uses together: files, lines, points (hundredths of a percentage point). */
  readonly amount: Readonly<Record<string, number>>;
  readonly uses: number;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  readonly comment: string;
  readonly approvals: number;
  readonly approvalsNeeded: number;
  readonly order: SignedOrder;
}

/** A task waits for waivers. */
export interface WaiverDemanded {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly ask: AskRef;
  readonly origin: WaiverOrigin;
  /** Microseconds since the epoch. */
  readonly until: number;
  /** Whose task it is; never an approver. */
  readonly requestedBy: string;
  /** Who did the work; never an approver. */
  readonly agentId: string | null;
  readonly retryOf: string | null;
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly taskType: string;
  readonly needs: readonly WaiverNeed[];
  readonly order: SignedOrder;
  /** With specSha256, what makes a retry the same work. */
  readonly repository: string | null;
  /** SHA-256 of the spec's text. */
  readonly specSha256: string | null;
}

/** Nobody may use it. */
export interface WaiverDenied {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly deniedBy: string;
  readonly reason: string;
  /** Of the same clause for the same task or spec so far. */
  readonly denials: number;
  readonly order: SignedOrder;
}

/** Denied too often: further requests need somebody who may override. */
export interface WaiverEscalated {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly clause: string;
  /** The task it is for, or one that retries it. */
  readonly taskId: string | null;
  readonly specId: string | null;
  readonly denials: number;
}

/** Its time is over, granted or not. */
export interface WaiverExpired {
  readonly meta: LogMeta;
  readonly waiverId: string;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  readonly usesLeft: number;
}

/** It will expire soon. */
export interface WaiverExpiring {
  readonly meta: LogMeta;
  readonly waiverId: string;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  readonly usesLeft: number;
}

/** A waiver that is over need not be recognised any more: no order that names it is valid by now, and its denial counts no more. */
export interface WaiverForgotten {
  readonly meta: LogMeta;
  readonly waiverId: string;
}

/** Enough have approved: from now on it may be used, within the least of what they approved. */
export interface WaiverGranted {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly approvedBy: readonly string[];
  /** For all uses together: files, lines, points (hundredths of a percentage point). */
  readonly amount: Readonly<Record<string, number>>;
  readonly uses: number;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  /** When its end is to be announced. */
  readonly noticeAt: number | null;
}

/** Somebody asks for a waiver. */
export interface WaiverRequested {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly clause: string;
  readonly critical: boolean;
  /** The task it is for, or one that retries it. */
  readonly taskId: string | null;
  readonly specId: string | null;
  /** For all uses together: files, lines, points (hundredths of a percentage point). */
  readonly amount: Readonly<Record<string, number>>;
  readonly uses: number;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  /** Globs; every path that violates the clause must match one. */
  readonly paths: readonly string[];
  readonly reason: string;
  readonly requestedBy: string;
  readonly team: string;
  /** Of the signed payload; approvals name it. */
  readonly requestSha256: string;
  readonly approvalsNeeded: number;
  /** Denied so often that somebody who may override has to be among the approvers. */
  readonly escalated: boolean;
  readonly order: SignedOrder;
  /** With specSha256, the content of the task that it is for; only a retry of equal content carries it. */
  readonly repository: string | null;
  /** SHA-256 of the spec's text. */
  readonly specSha256: string | null;
}

/** No further use. */
export interface WaiverRevoked {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly revokedBy: string;
  readonly reason: string;
  readonly usesLeft: number;
  readonly order: SignedOrder;
}

/** A use, decided by this log: it is spent whatever becomes of the task. */
export interface WaiverUsed {
  readonly meta: LogMeta;
  readonly waiverId: string;
  readonly kind: WaiverKind;
  /** The clause cured, and no other. */
  readonly clause: string;
  readonly taskId: string;
  readonly ask: AskRef;
  /** Number of the use, from 1; clauses cured by one override share it. */
  readonly use: number;
  readonly usesLeft: number;
  /** Clauses of the same task that this use still cures, in the events that follow. */
  readonly clausesLeft: number;
  /** What this use took of the amount. */
  readonly drawn: Readonly<Record<string, number>>;
  readonly agentId: string | null;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly team: string;
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly expiresAt: number;
  readonly amount: Readonly<Record<string, number>>;
  readonly paths: readonly string[];
}

/** An order to the policy desk. What it says stands in the signed payload alone. */
export interface PolicyOrder {
  /** As in the payload. */
  readonly commandId: string;
  readonly order: SignedOrder;
  readonly tenant: string;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
}

/** A hint, never truth: an instance is there and has free slots. */
export interface WorkerSeen {
  readonly agentId: string;
  readonly instance: string;
  readonly slots: number;
  readonly freeSlots: number;
  readonly leaving: boolean;
  readonly build: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
}

/** Asks for a task. Flat, for any client. */
export interface TaskRequested {
  /** Idempotency key of the request. */
  readonly requestId: string;
  /** ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$ */
  readonly taskId: string;
  readonly tenant: string;
  /** Task type, e.g. code-editing. */
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** CAWS working spec, YAML text of at most 256 KiB. */
  readonly spec: string | null;
  /** Or where to read it: repository, revision, path. */
  readonly specRepository: string | null;
  readonly specRevision: string | null;
  readonly specPath: string | null;
  /** Workspace: repository and base revision. */
  readonly repository: string | null;
  readonly baseRevision: string | null;
  readonly requiredCapabilities: readonly string[];
  /** 1 to 10, higher is more urgent. */
  readonly priority: number;
  readonly deadline: number | null;
  readonly maxAttempts: number;
  readonly tokenBudget: number | null;
  readonly costBudgetMicros: number | null;
  readonly retryOf: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly actor: string;
  /** Microseconds since the epoch. */
  readonly occurredAt: number;
  readonly traceparent: string | null;
  /** How long a rejection that waivers could cure waits for them; null: as the policy says. */
  readonly waiverWaitMs: number | null;
  /** null: one agent at a time. */
  readonly race: Race | null;
}

/** The ask was repeated as often as allowed and not answered. */
export interface AskExpired {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly ask: AskRef;
  readonly kind: AskKind;
}

/** The ask stands; asked again. */
export interface AskRepeated {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly ask: AskRef;
  readonly kind: AskKind;
  /** 1 for the first repeat. */
  readonly number: number;
  /** How many of the repeats so far came after an error of the infrastructure; 0 in events of earlier builds. */
  readonly errors: number;
}

/** A cancel that took effect; the task is sealed with it. */
export interface CancellationAccepted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly commandId: string;
  readonly reason: string;
}

/** A command that changed nothing, and why. */
export interface CommandRefused {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly commandId: string;
  readonly command: CommandKind;
  readonly code: string;
  readonly message: string;
}

/** A command for a task not yet seen. */
export interface CommandRemembered {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly commandId: string;
  readonly command: CommandKind;
  readonly reason: string;
  readonly ifToken: number | null;
  readonly ifVersion: number | null;
}

/** The deadline of the task passed before it was sealed. */
export interface DeadlineExceeded {
  readonly meta: LogMeta;
  readonly taskId: string;
  /** Microseconds since the epoch. */
  readonly deadline: number;
}

/** The run handed in its result. */
export interface ExecutionCompleted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly result: ResultClaim;
}

/** The run failed. */
export interface ExecutionFailed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly failureClass: FailureClass;
  readonly reason: string;
  readonly output: string;
  readonly usage: Usage | null;
  /** With QUOTA: when the quota is there again, within the bounds that the saga believes; null: not known. */
  readonly quotaResetsAt: number | null;
}

/** The instance took the offer. */
export interface ExecutionStarted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
}

/** The facts of the result are judged; what is left are gates. Without gates there is no such event. */
export interface FactsChecked {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly outcome: CheckOutcome;
  readonly commit: string | null;
  readonly subject: readonly Subject[];
  readonly diff: DiffStat | null;
  /** The first 200. */
  readonly changes: readonly FileChange[];
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  /** In the order in which they run. */
  readonly gates: readonly GateOrder[];
  /** How long the policy lets a rejection wait for a waiver. */
  readonly waiverWaitMs: number | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
}

/** A gate has an outcome. */
export interface GateFinished {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly index: number;
  readonly of: number;
  readonly gate: string;
  readonly outcome: CheckOutcome;
  /** E.g. lines: 0.93. */
  readonly measured: Readonly<Record<string, number>>;
  /** Stored by digest. */
  readonly evidence: readonly Evidence[];
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** Last 4 KiB at most. */
  readonly output: string;
  /** Whose doing it was that it did not pass. */
  readonly failureClass: FailureClass | null;
}

/** Ask: run one gate over the result. */
export interface GateStarted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly attempt: number;
  readonly agentId: string;
  readonly taskType: string;
  /** From 0. */
  readonly index: number;
  readonly of: number;
  readonly order: GateOrder;
  readonly repository: string | null;
  /** The result, as the constitution saw it. */
  readonly commit: string | null;
  /** Where the worker pushed it. */
  readonly ref: string | null;
  readonly baseCommit: string | null;
  readonly resultSha256: string | null;
  readonly spec: string | null;
  readonly specSha256: string | null;
  readonly riskTier: number | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
}

/** The run is alive; at most one per third of a lease. */
export interface LeaseRenewed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly message: string | null;
  readonly percent: number | null;
  readonly diff: DiffStat | null;
  /** The larger share of files and lines of the budget that the run reports. */
  readonly budgetPercent: number | null;
  /** 50, 80, 95 or 100: the mark that was passed first by this report. */
  readonly budgetWarning: number | null;
  /** Running number of the report that renewed it; null in events of earlier builds. */
  readonly number: number | null;
}

/** The offer ended without work; no attempt is spent. */
export interface OfferEnded {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly end: OfferEnd;
  readonly reason: string;
}

/** A request that makes no task, on the stream of its partition. */
export interface RequestRefused {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly requestId: string;
  /** DUPLICATE_TASK or OVERLOADED. */
  readonly code: string;
  readonly message: string;
}

/** A run beside the others is over: it failed, was declined, or is called back. */
export interface RivalEnded {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  /** null: the instance was busy. */
  readonly failureClass: FailureClass | null;
  readonly reason: string;
  readonly output: string;
  readonly usage: Usage | null;
  /** With QUOTA: when the quota is there again, within the bounds that the saga believes; null: not known. */
  readonly quotaResetsAt: number | null;
}

/** A run handed in its result while another one is being checked; it is looked at if that one fails. */
export interface RivalFinished {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly result: ResultClaim;
}

/** This run is now the one that the task stands on; the one before is over, or goes on beside it. */
export interface RivalPromoted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly excludedAgents: readonly string[];
  readonly excludedInstances: readonly string[];
}

/** Ask: do the same work beside the others; the offer is the one of the TaskRouted that begins the decision. The offset of this event is the fencing token. */
export interface RivalRouted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly attempt: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly decision: RoutingDecision;
  /** Microseconds since the epoch. */
  readonly acceptBy: number;
  readonly leaseMs: number;
}

/** No agent with the capability appeared within the grace. */
export interface RouteFailed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly reason: string;
  readonly missingCapabilities: readonly string[];
}

/** Ask: choose an agent and an instance. */
export interface RoutingStarted {
  readonly meta: LogMeta;
  readonly taskId: string;
  /** The attempt to be made, from 1. */
  readonly attempt: number;
  readonly taskType: string;
  readonly requiredCapabilities: readonly string[];
  readonly excludedAgents: readonly string[];
  readonly excludedInstances: readonly string[];
  readonly riskTier: number | null;
  readonly priority: number;
  readonly deadline: number | null;
  /** Most that the task may cost, millionths of a US dollar. */
  readonly costBudgetMicros: number | null;
  /** null: an older build asked. */
  readonly size: TaskSize | null;
  /** Choose rivals too; null: none. */
  readonly race: Race | null;
}

/** The spec passed; nothing executes without this event (law 10). */
export interface SpecApproved {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly specSha256: string | null;
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly mode: string | null;
  readonly baseCommit: string | null;
  /** Only where the request gave a reference. */
  readonly spec: string | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly clauses: readonly ClauseResult[];
  readonly budget: Budget | null;
  /** null: the spec could not be read, or an older build wrote this. */
  readonly specSize: SpecSize | null;
}

/** The spec did not pass. */
export interface SpecRejected {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly specSha256: string | null;
  readonly reason: string;
  readonly violations: readonly Violation[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly clauses: readonly ClauseResult[];
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly mode: string | null;
  readonly baseCommit: string | null;
  /** Only where the request gave a reference. */
  readonly spec: string | null;
  readonly budget: Budget | null;
  /** null: the spec could not be read, or an older build wrote this. */
  readonly specSize: SpecSize | null;
}

/** Ask: check the spec. */
export interface SpecValidationStarted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly request: TaskRequest;
}

/** Final: cancelled. */
export interface TaskCancelled {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly verdictId: string;
  readonly verdictSha256: string;
  readonly verdictOffset: number;
  readonly attempts: number;
}

/** Final: PASSED. */
export interface TaskCompleted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly verdictId: string;
  readonly verdictSha256: string;
  readonly verdictOffset: number;
  readonly attempts: number;
}

/** Final: FAILED. */
export interface TaskFailed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly verdictId: string;
  readonly verdictSha256: string;
  readonly verdictOffset: number;
  readonly attempts: number;
}

/** The task waits. */
export interface TaskQueued {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly reason: QueueReason;
}

/** The request is accepted; its id is used up. */
export interface TaskReceived {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly request: TaskRequest;
  readonly requestSha256: string;
}

/** Final: the spec was rejected. */
export interface TaskRejected {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly verdictId: string;
  readonly verdictSha256: string;
  readonly verdictOffset: number;
  readonly attempts: number;
}

/** Goes on to routing. */
export interface TaskResumed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly commandId: string;
}

/** Ask: do the work. The offset of this event is the fencing token. */
export interface TaskRouted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly attempt: number;
  readonly agentId: string;
  readonly workerInstance: string;
  readonly decision: RoutingDecision;
  /** Microseconds since the epoch. */
  readonly acceptBy: number;
  readonly leaseMs: number;
  readonly offer: Offer;
}

/** Taken out of work. */
export interface TaskSuspended {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly commandId: string;
  readonly token: number | null;
  readonly reason: string;
}

/** Ask: sign the final verdict. Seals the task (law 10). */
export interface VerdictRequested {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly outcome: Outcome;
  readonly ending: Ending;
  readonly reason: string;
  readonly subject: readonly Subject[];
  readonly repository: string | null;
  readonly baseCommit: string | null;
  readonly commit: string | null;
  readonly specSha256: string | null;
  readonly requestSha256: string;
  readonly riskTier: number | null;
  readonly agentId: string | null;
  readonly attempt: number;
  readonly token: number | null;
  /** The SpecApproved or SpecRejected event that the PRE verdict is about. */
  readonly preVerdictAsk: AskRef | null;
  readonly diff: DiffStat | null;
  readonly violations: readonly Violation[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly clauses: readonly ClauseResult[];
  /** The assignment that is named had ended before, with the rejection of its result. */
  readonly assignmentEnded: boolean;
  /** What the assignment that is named consumed, where it handed in a result. */
  readonly usage: Usage | null;
}

/** The result does not obey the rules, or could not be checked. */
export interface VerificationFailed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly commit: string | null;
  readonly subject: readonly Subject[];
  readonly diff: DiffStat | null;
  readonly changes: readonly FileChange[];
  readonly failureClass: FailureClass;
  readonly reason: string;
  readonly violations: readonly Violation[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly clauses: readonly ClauseResult[];
  /** What the assignment consumed, as its result says. */
  readonly usage: Usage | null;
}

/** The result obeys the rules. */
export interface VerificationPassed {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly commit: string | null;
  readonly subject: readonly Subject[];
  readonly diff: DiffStat | null;
  readonly changes: readonly FileChange[];
  readonly policySha256: string;
  readonly constitutionSha256: string;
  readonly clauses: readonly ClauseResult[];
  /** Waivers cured what VerificationFailed had rejected; the assignment ended there. */
  readonly waived: boolean;
  /** What the assignment consumed, as its result says. */
  readonly usage: Usage | null;
}

/** Ask: check the result. */
export interface VerificationStarted {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly token: number;
  readonly attempt: number;
  readonly agentId: string;
  readonly taskType: string;
  readonly repository: string | null;
  readonly baseCommit: string | null;
  readonly spec: string | null;
  readonly specSha256: string | null;
  readonly result: ResultClaim;
  /** What was waived for the spec. */
  readonly waivers: readonly AppliedWaiver[];
  /** Where the spec lies in the repository, if it was read there: a result must not change it. */
  readonly specPath: string | null;
}

/** Granted waivers cure every clause named; the task goes on. */
export interface WaiverApplied {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly origin: WaiverOrigin;
  readonly waivers: readonly AppliedWaiver[];
}

/** Ask: decide on a waiver for every clause named. Nothing goes on before, and at the time named the rejection stands. */
export interface WaiverAwaited {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly origin: WaiverOrigin;
  /** The violated MUST clauses, all of them waivable. */
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  /** Microseconds since the epoch. */
  readonly until: number;
  /** Whose task it is; never an approver. */
  readonly requestedBy: string;
  /** Who did the work; never an approver. */
  readonly agentId: string | null;
  readonly token: number | null;
  readonly attempt: number;
  readonly taskType: string;
  readonly specId: string | null;
  readonly specSha256: string | null;
  readonly riskTier: number | null;
  readonly repository: string | null;
  readonly baseCommit: string | null;
  readonly commit: string | null;
  readonly diff: DiffStat | null;
  readonly policySha256: string;
  readonly constitutionSha256: string;
  /** Whose waivers it carries. */
  readonly retryOf: string | null;
}

/** No waiver; the rejection stands. */
export interface WaiverRefused {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly origin: WaiverOrigin;
  readonly reason: string;
}

/** A signed verdict: in-toto Statement with a SLSA VSA in a DSSE envelope. */
export interface VerdictIssued {
  readonly meta: LogMeta;
  readonly taskId: string;
  readonly verdictId: string;
  readonly phase: Phase;
  readonly outcome: Outcome;
  readonly ending: Ending | null;
  readonly ask: AskRef;
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly Signature[];
  /** Hex digest of the envelope as JSON, byte for byte as `arbiter verdicts get` prints it. */
  readonly envelopeSha256: string;
}

/** Event types of arbiter.agent-commands, by record name. */
export interface AgentCommandsEvents {
  readonly 'AddWords': AddWords;
  readonly 'ChangeCapabilities': ChangeCapabilities;
  readonly 'ChangeTerms': ChangeTerms;
  readonly 'RegisterAgent': RegisterAgent;
  readonly 'ReportPresence': ReportPresence;
  readonly 'RetireAgent': RetireAgent;
  readonly 'SetAgentStatus': SetAgentStatus;
  readonly 'SetBaseline': SetBaseline;
  readonly 'SetRoutingPolicy': SetRoutingPolicy;
  readonly 'SwapModel': SwapModel;
}

/** Event types of arbiter.agent-reports, by record name. */
export interface AgentReportsEvents {
  readonly 'AssignmentAccepted': AssignmentAccepted;
  readonly 'AssignmentDeclined': AssignmentDeclined;
  readonly 'ExecutionFailed': ReportsExecutionFailed;
  readonly 'Heartbeat': Heartbeat;
  readonly 'ProgressReported': ProgressReported;
  readonly 'ResultSubmitted': ResultSubmitted;
}

/** Event types of arbiter.agents, by record name. */
export interface AgentsEvents {
  readonly 'AgentCommandRefused': AgentCommandRefused;
  readonly 'AgentLeft': AgentLeft;
  readonly 'AgentRegistered': AgentRegistered;
  readonly 'AgentRetired': AgentRetired;
  readonly 'AgentStatusChanged': AgentStatusChanged;
  readonly 'BaselineSet': BaselineSet;
  readonly 'CapabilitiesChanged': CapabilitiesChanged;
  readonly 'ModelSwapped': ModelSwapped;
  readonly 'PresenceChanged': PresenceChanged;
  readonly 'RoutingPolicyChanged': RoutingPolicyChanged;
  readonly 'TermsChanged': TermsChanged;
  readonly 'WordsAdded': WordsAdded;
  readonly 'Claimed': Claimed;
}

/** Event types of arbiter.assignments, by record name. */
export interface AssignmentsEvents {
  readonly 'AssignmentOffered': AssignmentOffered;
  readonly 'AssignmentRevoked': AssignmentRevoked;
  readonly 'Claimed': Claimed;
}

/** Event types of arbiter.commands, by record name. */
export interface CommandsEvents {
  readonly 'CancelTask': CancelTask;
  readonly 'ResumeTask': ResumeTask;
  readonly 'SuspendTask': SuspendTask;
}

/** Event types of arbiter.dead-letters, by record name. */
export interface DeadLettersEvents {
  readonly 'DeadLettered': DeadLettered;
}

/** Event types of arbiter.facts, by record name. */
export interface FactsEvents {
  readonly 'AgentReported': AgentReported;
  readonly 'CapacityFound': CapacityFound;
  readonly 'CommandSubmitted': CommandSubmitted;
  readonly 'GateReported': GateReported;
  readonly 'ResultVerified': ResultVerified;
  readonly 'RouteDecided': RouteDecided;
  readonly 'SpecChecked': SpecChecked;
  readonly 'TaskSubmitted': TaskSubmitted;
  readonly 'VerdictSigned': VerdictSigned;
  readonly 'WaiverDecided': WaiverDecided;
}

/** Event types of arbiter.outcomes, by record name. */
export interface OutcomesEvents {
  readonly 'OutcomeObserved': OutcomeObserved;
  readonly 'Claimed': Claimed;
}

/** Event types of arbiter.policies, by record name. */
export interface PoliciesEvents {
  readonly 'DemandClosed': DemandClosed;
  readonly 'DemandForgotten': DemandForgotten;
  readonly 'OrderRefused': OrderRefused;
  readonly 'OverrideGranted': OverrideGranted;
  readonly 'PrincipalRegistered': PrincipalRegistered;
  readonly 'PrincipalRetired': PrincipalRetired;
  readonly 'SettingsChanged': SettingsChanged;
  readonly 'WaiverApproved': WaiverApproved;
  readonly 'WaiverDemanded': WaiverDemanded;
  readonly 'WaiverDenied': WaiverDenied;
  readonly 'WaiverEscalated': WaiverEscalated;
  readonly 'WaiverExpired': WaiverExpired;
  readonly 'WaiverExpiring': WaiverExpiring;
  readonly 'WaiverForgotten': WaiverForgotten;
  readonly 'WaiverGranted': WaiverGranted;
  readonly 'WaiverRequested': WaiverRequested;
  readonly 'WaiverRevoked': WaiverRevoked;
  readonly 'WaiverUsed': WaiverUsed;
  readonly 'Claimed': Claimed;
}

/** Event types of arbiter.policy-commands, by record name. */
export interface PolicyCommandsEvents {
  readonly 'PolicyOrder': PolicyOrder;
}

/** Event types of arbiter.presence, by record name. */
export interface PresenceEvents {
  readonly 'WorkerSeen': WorkerSeen;
}

/** Event types of arbiter.task-requests, by record name. */
export interface TaskRequestsEvents {
  readonly 'TaskRequested': TaskRequested;
}

/** Event types of arbiter.tasks, by record name. */
export interface TasksEvents {
  readonly 'AskExpired': AskExpired;
  readonly 'AskRepeated': AskRepeated;
  readonly 'CancellationAccepted': CancellationAccepted;
  readonly 'CommandRefused': CommandRefused;
  readonly 'CommandRemembered': CommandRemembered;
  readonly 'DeadlineExceeded': DeadlineExceeded;
  readonly 'ExecutionCompleted': ExecutionCompleted;
  readonly 'ExecutionFailed': ExecutionFailed;
  readonly 'ExecutionStarted': ExecutionStarted;
  readonly 'FactsChecked': FactsChecked;
  readonly 'GateFinished': GateFinished;
  readonly 'GateStarted': GateStarted;
  readonly 'LeaseRenewed': LeaseRenewed;
  readonly 'OfferEnded': OfferEnded;
  readonly 'RequestRefused': RequestRefused;
  readonly 'RivalEnded': RivalEnded;
  readonly 'RivalFinished': RivalFinished;
  readonly 'RivalPromoted': RivalPromoted;
  readonly 'RivalRouted': RivalRouted;
  readonly 'RouteFailed': RouteFailed;
  readonly 'RoutingStarted': RoutingStarted;
  readonly 'SpecApproved': SpecApproved;
  readonly 'SpecRejected': SpecRejected;
  readonly 'SpecValidationStarted': SpecValidationStarted;
  readonly 'TaskCancelled': TaskCancelled;
  readonly 'TaskCompleted': TaskCompleted;
  readonly 'TaskFailed': TaskFailed;
  readonly 'TaskQueued': TaskQueued;
  readonly 'TaskReceived': TaskReceived;
  readonly 'TaskRejected': TaskRejected;
  readonly 'TaskResumed': TaskResumed;
  readonly 'TaskRouted': TaskRouted;
  readonly 'TaskSuspended': TaskSuspended;
  readonly 'VerdictRequested': VerdictRequested;
  readonly 'VerificationFailed': VerificationFailed;
  readonly 'VerificationPassed': VerificationPassed;
  readonly 'VerificationStarted': VerificationStarted;
  readonly 'WaiverApplied': WaiverApplied;
  readonly 'WaiverAwaited': WaiverAwaited;
  readonly 'WaiverRefused': WaiverRefused;
  readonly 'Claimed': Claimed;
}

/** Event types of arbiter.verdicts, by record name. */
export interface VerdictsEvents {
  readonly 'VerdictIssued': VerdictIssued;
  readonly 'Claimed': Claimed;
}

/** Event types of every topic. */
export interface EventsByTopic {
  readonly 'arbiter.agent-commands': AgentCommandsEvents;
  readonly 'arbiter.agent-reports': AgentReportsEvents;
  readonly 'arbiter.agents': AgentsEvents;
  readonly 'arbiter.assignments': AssignmentsEvents;
  readonly 'arbiter.commands': CommandsEvents;
  readonly 'arbiter.dead-letters': DeadLettersEvents;
  readonly 'arbiter.facts': FactsEvents;
  readonly 'arbiter.outcomes': OutcomesEvents;
  readonly 'arbiter.policies': PoliciesEvents;
  readonly 'arbiter.policy-commands': PolicyCommandsEvents;
  readonly 'arbiter.presence': PresenceEvents;
  readonly 'arbiter.task-requests': TaskRequestsEvents;
  readonly 'arbiter.tasks': TasksEvents;
  readonly 'arbiter.verdicts': VerdictsEvents;
}

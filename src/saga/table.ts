/**
 * The declarative table of a task's life (architecture part 4). The fold, the deciders, the documents and the model
 * check all take states, legality and time-outs from here and from nowhere else.
 */
import type { AskKind, CommandKind, TasksEvents, Timer } from '../events/generated/events.js';

export type StateName =
  /** No task yet: nothing, or commands that wait for it. */
  | 'unseen'
  | 'received'
  | 'validating_spec'
  | 'spec_approved'
  | 'spec_rejected'
  | 'queued'
  | 'routing'
  | 'route_failed'
  | 'routed'
  | 'executing'
  | 'execution_complete'
  | 'execution_failed'
  | 'verifying'
  | 'verification_failed'
  | 'verified'
  | 'suspended'
  | 'sealed'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'cancelled';

export type TaskEventName = Exclude<keyof TasksEvents, 'Claimed' | 'RequestRefused'>;

/**
 * What bounds an edge that may be part of a cycle (law 13); see `SagaLimits` for the figures. `time` is bounded by the
 * longest time a run may take; `unbounded` is law 10: the ask for the verdict is repeated without limit.
 */
export type Budget =
  | 'attempts'
  | 'offers'
  | 'repeats'
  | 'rounds'
  | 'suspensions'
  | 'commands'
  | 'remembered'
  | 'time'
  | 'unbounded';

export interface Edge {
  readonly to: StateName;
  readonly spends?: Budget;
  /** The task does not rest here: the next event of the same decision is one of these. */
  readonly then?: readonly TaskEventName[];
}

export interface StateRow {
  readonly means: string;
  /** Passed through inside one decision: no time-out of its own. */
  readonly transient?: true;
  readonly final?: true;
  /** The ask that is pending in this state. */
  readonly ask?: AskKind;
  readonly timer?: Timer;
  /** What the timer does when it fires. */
  readonly timeout?: string;
  /** Counts against the in-flight limit. */
  readonly slot?: true;
  readonly commands: readonly CommandKind[];
  readonly on: Readonly<Partial<Record<TaskEventName, Edge>>>;
}

const refused: Readonly<Partial<Record<TaskEventName, Edge>>> = {};
const toSeal = { VerdictRequested: { to: 'sealed' } } as const satisfies Partial<Record<TaskEventName, Edge>>;
const stay = (state: StateName, spends: Budget): Edge => ({ to: state, spends });
const mark = (state: StateName): Edge => ({ to: state, then: ['VerdictRequested'] });

/** What every state that is not sealed yet allows: a cancel, the deadline, a refused command. */
const open = (state: StateName) =>
  ({
    CancellationAccepted: mark(state),
    DeadlineExceeded: mark(state),
    ...toSeal,
    CommandRefused: stay(state, 'commands'),
  }) as const satisfies Partial<Record<TaskEventName, Edge>>;

const asking = (state: StateName) =>
  ({ ...open(state), AskRepeated: stay(state, 'repeats'), AskExpired: mark(state) }) as const;

const FINAL = (means: string): StateRow => ({ means, final: true, commands: [], on: refused });

export const TABLE: Readonly<Record<StateName, StateRow>> = {
  unseen: {
    means: 'no such task; commands may be waiting for it',
    timer: 'REMEMBERED_COMMAND',
    timeout: 'the commands that waited are refused EXPIRED',
    commands: [],
    on: {
      CommandRemembered: stay('unseen', 'remembered'),
      CommandRefused: stay('unseen', 'commands'),
      TaskReceived: { to: 'received' },
    },
  },
  received: {
    means: 'the request is accepted, its id is used up',
    transient: true,
    commands: ['CANCEL'],
    on: { ...open('received'), SpecValidationStarted: { to: 'validating_spec' } },
  },
  validating_spec: {
    means: 'the constitution is checking the spec',
    ask: 'VALIDATE_SPEC',
    timer: 'ASK',
    timeout: 'asked again; not answered: sealed as failed',
    commands: ['CANCEL'],
    on: {
      ...asking('validating_spec'),
      SpecApproved: { to: 'spec_approved', then: ['RoutingStarted', 'TaskQueued'] },
      SpecRejected: { to: 'spec_rejected', then: ['VerdictRequested'] },
    },
  },
  spec_approved: {
    means: 'approved and without an assignment',
    transient: true,
    commands: [],
    on: { ...toSeal, RoutingStarted: { to: 'routing' }, TaskQueued: { to: 'queued' } },
  },
  spec_rejected: {
    means: 'the spec did not pass',
    transient: true,
    commands: [],
    on: toSeal,
  },
  queued: {
    means: 'waits for a slot, or for an agent that is able and free',
    timer: 'QUEUE',
    timeout: 'routed again; waited too long: sealed as failed',
    commands: ['CANCEL', 'SUSPEND'],
    on: {
      ...open('queued'),
      RoutingStarted: { to: 'routing', spends: 'rounds' },
      TaskQueued: stay('queued', 'rounds'),
      TaskSuspended: { to: 'suspended', spends: 'suspensions' },
    },
  },
  routing: {
    means: 'the router is choosing an agent and an instance',
    ask: 'ROUTE',
    timer: 'ASK',
    timeout: 'asked again; not answered: sealed as failed',
    slot: true,
    commands: ['CANCEL', 'SUSPEND'],
    on: {
      ...asking('routing'),
      TaskRouted: { to: 'routed' },
      TaskQueued: { to: 'queued' },
      RouteFailed: { to: 'route_failed', then: ['VerdictRequested'] },
      TaskSuspended: { to: 'suspended', spends: 'suspensions' },
    },
  },
  route_failed: {
    means: 'no agent with the capability appeared',
    transient: true,
    slot: true,
    commands: [],
    on: toSeal,
  },
  routed: {
    means: 'offered to one worker instance',
    ask: 'EXECUTE',
    timer: 'ACCEPTANCE',
    timeout: 'the offer ends, another instance is chosen',
    slot: true,
    commands: ['CANCEL', 'SUSPEND'],
    on: {
      ...open('routed'),
      ExecutionStarted: { to: 'executing' },
      OfferEnded: { to: 'spec_approved', spends: 'offers', then: ['RoutingStarted', 'VerdictRequested'] },
      TaskSuspended: { to: 'suspended', spends: 'suspensions' },
    },
  },
  executing: {
    means: 'an instance is at work under a lease',
    timer: 'LEASE',
    timeout: 'the execution has failed',
    slot: true,
    commands: ['CANCEL', 'SUSPEND'],
    on: {
      ...open('executing'),
      LeaseRenewed: stay('executing', 'time'),
      ExecutionCompleted: { to: 'execution_complete', then: ['VerificationStarted'] },
      ExecutionFailed: {
        to: 'execution_failed',
        spends: 'attempts',
        then: ['RoutingStarted', 'VerdictRequested'],
      },
      TaskSuspended: { to: 'suspended', spends: 'suspensions' },
    },
  },
  execution_complete: {
    means: 'the run handed in its result',
    transient: true,
    slot: true,
    commands: [],
    on: { VerificationStarted: { to: 'verifying' } },
  },
  execution_failed: {
    means: 'the run failed',
    transient: true,
    slot: true,
    commands: [],
    on: { ...toSeal, RoutingStarted: { to: 'routing' } },
  },
  verifying: {
    means: 'the constitution is checking the result',
    ask: 'VERIFY',
    timer: 'ASK',
    timeout: 'asked again; not answered: sealed as failed',
    slot: true,
    commands: ['CANCEL'],
    on: {
      ...asking('verifying'),
      VerificationPassed: { to: 'verified', then: ['VerdictRequested'] },
      VerificationFailed: {
        to: 'verification_failed',
        spends: 'attempts',
        then: ['RoutingStarted', 'VerdictRequested'],
      },
    },
  },
  verification_failed: {
    means: 'the result does not obey the rules, or could not be checked',
    transient: true,
    slot: true,
    commands: [],
    on: { ...toSeal, RoutingStarted: { to: 'routing' } },
  },
  verified: {
    means: 'the result obeys the rules',
    transient: true,
    slot: true,
    commands: [],
    on: toSeal,
  },
  suspended: {
    means: 'taken out of work by an operator',
    timer: 'SUSPENSION',
    timeout: 'sealed as failed',
    commands: ['CANCEL', 'RESUME'],
    on: {
      ...open('suspended'),
      TaskResumed: { to: 'spec_approved', then: ['RoutingStarted', 'TaskQueued'] },
    },
  },
  sealed: {
    means: 'the outcome is decided; only the signature is missing (law 10)',
    ask: 'SIGN',
    timer: 'ASK',
    timeout: 'asked again, without limit',
    commands: [],
    on: {
      AskRepeated: stay('sealed', 'unbounded'),
      CommandRefused: stay('sealed', 'commands'),
      TaskCompleted: { to: 'completed' },
      TaskFailed: { to: 'failed' },
      TaskRejected: { to: 'rejected' },
      TaskCancelled: { to: 'cancelled' },
    },
  },
  completed: FINAL('the final verdict is PASSED'),
  failed: FINAL('the final verdict is FAILED'),
  rejected: FINAL('the spec was rejected; the final verdict is FAILED'),
  cancelled: FINAL('cancelled; the final verdict is FAILED'),
};

export const STATES = Object.keys(TABLE) as readonly StateName[];

/** Every event type that the table knows. */
export const TASK_EVENTS: ReadonlySet<string> = new Set(STATES.flatMap((s) => Object.keys(TABLE[s].on)));

/** Where an event leads from a state; undefined: the pair is illegal. */
export const edgeOf = (state: StateName, type: string): Edge | undefined =>
  TABLE[state].on[type as TaskEventName];

/**
 * The declarative table of a task's life. The fold, the deciders, the documents and the model
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
  | 'awaiting_spec_waiver'
  | 'spec_waived'
  | 'queued'
  | 'routing'
  | 'route_failed'
  | 'routed'
  | 'executing'
  | 'execution_complete'
  | 'execution_failed'
  | 'verifying'
  | 'facts_checked'
  | 'running_gates'
  | 'gate_finished'
  | 'verification_failed'
  | 'awaiting_waiver'
  | 'waiver_refused'
  | 'result_waived'
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
  | 'rivals'
  | 'repeats'
  | 'gates'
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

/** A run beside the one that the task stands on ends without moving the task. */
const beside = (state: StateName) =>
  ({ RivalEnded: stay(state, 'rivals') }) as const satisfies Partial<Record<TaskEventName, Edge>>;
/** The same while a result is checked, when another result may come in. */
const besideChecks = (state: StateName) =>
  ({ ...beside(state), RivalFinished: stay(state, 'rivals') }) as const;
/** Another run takes the place of one that is over. */
const promoted = { RivalPromoted: { to: 'routed', spends: 'rivals' } } as const satisfies Partial<
  Record<TaskEventName, Edge>
>;
/** Another run has a result before the one that the task stands on, which goes on beside it. */
const overtaken = {
  RivalPromoted: { to: 'routed', spends: 'rivals', then: ['ExecutionStarted'] },
} as const satisfies Partial<Record<TaskEventName, Edge>>;

/** What the checks of a result come to, with or without gates. */
const judged = {
  VerificationPassed: { to: 'verified', then: ['VerdictRequested'] },
  VerificationFailed: {
    to: 'verification_failed',
    spends: 'attempts',
    then: ['RoutingStarted', 'VerdictRequested', 'WaiverAwaited', 'RivalPromoted'],
  },
} as const satisfies Partial<Record<TaskEventName, Edge>>;

const refusal: Edge = { to: 'waiver_refused', then: ['RoutingStarted', 'TaskQueued', 'VerdictRequested'] };

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
      SpecRejected: { to: 'spec_rejected', then: ['VerdictRequested', 'WaiverAwaited'] },
    },
  },
  spec_approved: {
    means: 'approved and without an assignment',
    transient: true,
    commands: [],
    on: { ...toSeal, ...promoted, RoutingStarted: { to: 'routing' }, TaskQueued: { to: 'queued' } },
  },
  spec_rejected: {
    means: 'the spec did not pass',
    transient: true,
    commands: [],
    on: { ...toSeal, WaiverAwaited: { to: 'awaiting_spec_waiver' } },
  },
  // Two states, so that the table itself shows that a waiver for a spec leads to SpecApproved and nowhere else (law 10).
  awaiting_spec_waiver: {
    means: 'the spec breaks clauses that can be waived; the policy desk is asked',
    ask: 'WAIVE',
    timer: 'ASK',
    timeout: 'asked again; at the time given: sealed as rejected',
    commands: ['CANCEL'],
    on: {
      ...asking('awaiting_spec_waiver'),
      WaiverApplied: { to: 'spec_waived', then: ['SpecApproved'] },
      WaiverRefused: mark('awaiting_spec_waiver'),
    },
  },
  spec_waived: {
    means: 'waivers cure every clause that the spec breaks',
    transient: true,
    commands: [],
    on: { SpecApproved: { to: 'spec_approved', then: ['RoutingStarted', 'TaskQueued'] } },
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
      ...beside('routed'),
      ...overtaken,
      RivalRouted: stay('routed', 'rivals'),
      ExecutionStarted: { to: 'executing' },
      OfferEnded: {
        to: 'spec_approved',
        spends: 'offers',
        then: ['RoutingStarted', 'VerdictRequested', 'RivalPromoted'],
      },
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
      ...beside('executing'),
      ...overtaken,
      LeaseRenewed: stay('executing', 'time'),
      ExecutionCompleted: { to: 'execution_complete', then: ['VerificationStarted'] },
      ExecutionFailed: {
        to: 'execution_failed',
        spends: 'attempts',
        then: ['RoutingStarted', 'VerdictRequested', 'RivalPromoted'],
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
    on: { ...toSeal, ...promoted, RoutingStarted: { to: 'routing' } },
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
      ...besideChecks('verifying'),
      ...judged,
      FactsChecked: { to: 'facts_checked', then: ['GateStarted'] },
    },
  },
  facts_checked: {
    means: 'the diff is judged, gates are left to run',
    transient: true,
    slot: true,
    commands: [],
    on: { GateStarted: { to: 'running_gates' } },
  },
  running_gates: {
    means: 'a gate is run over the result, one after another',
    ask: 'RUN_GATE',
    timer: 'ASK',
    timeout: 'the time of the gate itself is over too: asked again; not answered: sealed as failed',
    slot: true,
    commands: ['CANCEL'],
    on: {
      ...asking('running_gates'),
      ...besideChecks('running_gates'),
      GateFinished: {
        to: 'gate_finished',
        then: ['GateStarted', 'VerificationPassed', 'VerificationFailed'],
      },
    },
  },
  gate_finished: {
    means: 'a gate has an outcome',
    transient: true,
    slot: true,
    commands: [],
    on: { GateStarted: { to: 'running_gates', spends: 'gates' }, ...judged },
  },
  verification_failed: {
    means: 'the result does not obey the rules, or could not be checked',
    transient: true,
    slot: true,
    commands: [],
    on: {
      ...toSeal,
      ...promoted,
      RoutingStarted: { to: 'routing' },
      WaiverAwaited: { to: 'awaiting_waiver' },
    },
  },
  awaiting_waiver: {
    means: 'the result breaks clauses that can be waived; the policy desk is asked',
    ask: 'WAIVE',
    timer: 'ASK',
    timeout: 'asked again; at the time given: as if refused',
    commands: ['CANCEL'],
    on: {
      ...asking('awaiting_waiver'),
      WaiverApplied: { to: 'result_waived', then: ['VerificationPassed'] },
      WaiverRefused: refusal,
      AskExpired: refusal,
    },
  },
  waiver_refused: {
    means: 'the rejection of the result stands',
    transient: true,
    commands: [],
    on: { ...toSeal, RoutingStarted: { to: 'routing' }, TaskQueued: { to: 'queued' } },
  },
  result_waived: {
    means: 'waivers cure every clause that the result breaks',
    transient: true,
    commands: [],
    on: { VerificationPassed: { to: 'verified', then: ['VerdictRequested'] } },
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
      // In the decision that suspends: nobody is at work any more.
      ...beside('suspended'),
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
      // In the decision that seals: the race is over for those still at work.
      ...beside('sealed'),
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

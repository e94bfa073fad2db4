import type { AskKind, TasksEvents } from '../../events/generated/events.js';
import type { PendingAsk, Rival, TaskState } from './state.js';

/** Where an event stands in the log, and when it was made (µs). */
export interface Place {
  readonly offset: number;
  readonly eventId: string;
  readonly at: number;
}

/** Fields that change; folded into one copy of the state. */
export type Patch = Partial<TaskState>;
type Fold<Name extends keyof TasksEvents> = (task: TaskState, body: TasksEvents[Name], place: Place) => Patch;

const ask = (kind: AskKind, { offset, eventId, at }: Place, workMs: number | null = null): PendingAsk => ({
  offset,
  eventId,
  kind,
  askedAt: at,
  repeats: 0,
  errors: 0,
  errorRepeatAt: -1,
  workMs,
});

const answered = (kind: AskKind, at: number): Patch => ({ answered: { kind, at } });

/** A command is decided: its id is used up, and it waits no longer. */
const decided = (task: TaskState, commandId: string): Patch => ({
  commands: [...task.commands, commandId],
  remembered: task.remembered.filter((c) => c.commandId !== commandId),
});

const signed = (_task: TaskState, _body: unknown, { at }: Place): Patch => answered('SIGN', at);

const NOTHING: Patch = {};

/** A result that no waiver saved: whoever tries next is another agent, for the next attempt. */
const nextAttempt = (task: TaskState): Patch =>
  task.state !== 'awaiting_waiver' || task.assignment === null
    ? NOTHING
    : {
        attempt: task.attempt + 1,
        excludedAgents: [...new Set([...task.excludedAgents, task.assignment.agentId])],
        excludedInstances: [],
      };

/** Ends the assignment and forgets whom this round of offers left out. */
const UNASSIGNED: Patch = { assignment: null, excludedInstances: [] };

const without = (task: TaskState, token: number): readonly Rival[] =>
  task.rivals.filter((rival) => rival.token !== token);

/** The run that the task stood on goes on beside the promoted one, unless it is over. */
const displaced = ({ state, assignment }: TaskState): readonly Rival[] =>
  assignment !== null && (state === 'routed' || state === 'executing')
    ? [{ ...assignment, result: null }]
    : [];

/** What each event changes besides state, version and timer. Events that are not named change nothing else. */
export const FOLDS: { readonly [Name in keyof TasksEvents]?: Fold<Name> } = {
  SpecValidationStarted: (_task, _body, place) => ({ ask: ask('VALIDATE_SPEC', place) }),
  SpecApproved: (task, body, { offset, eventId, at }) => ({
    // After a waiver the last answer is the desk's and counted already.
    ...(task.state === 'validating_spec' ? answered('VALIDATE_SPEC', at) : NOTHING),
    approval: {
      offset,
      eventId,
      specSha256: body.specSha256,
      specId: body.specId,
      baseCommit: body.baseCommit,
      riskTier: body.riskTier,
      policySha256: body.policySha256,
      constitutionSha256: body.constitutionSha256,
      hasSpec: body.spec !== null,
      waived: body.clauses.some(({ result }) => result === 'WAIVED'),
      budget: body.budget,
      specSize: body.specSize,
    },
  }),
  SpecRejected: (_task, _body, { at, offset, eventId }) => ({
    ...answered('VALIDATE_SPEC', at),
    rejection: { offset, eventId },
  }),
  TaskQueued: (task, body, place) => ({
    ...UNASSIGNED,
    ...(body.reason === 'IN_FLIGHT_LIMIT' ? {} : answered('ROUTE', place.at)),
    // CapacityFound names this event; nobody is asked to answer it, so it is no ask with a repeat.
    ask: ask('UNKNOWN', place),
    queueReason: body.reason,
    queuedSince: task.queuedSince ?? place.at,
    incapableSince: body.reason === 'NO_CAPABLE_AGENT' ? (task.incapableSince ?? place.at) : null,
  }),
  RoutingStarted: (task, body, place) => ({
    ask: ask('ROUTE', place),
    assignment: null,
    attempt: body.attempt,
    excludedAgents: body.excludedAgents,
    excludedInstances: body.excludedInstances,
    rounds: task.queueReason === null ? task.rounds : task.rounds + 1,
    queueReason: null,
  }),
  RouteFailed: (_task, _body, { at }) => answered('ROUTE', at),
  TaskRouted: (_task, body, place) => ({
    ...answered('ROUTE', place.at),
    ask: ask('EXECUTE', place),
    tried: body.attempt,
    queuedSince: null,
    incapableSince: null,
    assignment: {
      token: place.offset,
      agentId: body.agentId,
      workerInstance: body.workerInstance,
      leaseMs: body.leaseMs,
      startedAt: null,
      renewedAt: null,
      reportNumber: -1,
      budgetMark: 0,
      usage: null,
    },
  }),
  RivalRouted: (task, body, { offset }) => ({
    race: null,
    rivals: [
      ...task.rivals,
      {
        token: offset,
        agentId: body.agentId,
        workerInstance: body.workerInstance,
        leaseMs: body.leaseMs,
        startedAt: null,
        renewedAt: null,
        reportNumber: -1,
        budgetMark: 0,
        usage: null,
        result: null,
      },
    ],
  }),
  RivalFinished: (task, { token, result: { usage } }, { offset }) => ({
    rivals: task.rivals.map((rival) => (rival.token === token ? { ...rival, usage, result: offset } : rival)),
  }),
  RivalEnded: (task, { token, agentId, failureClass }) => ({
    rivals: without(task, token),
    excludedAgents: isAgentsDoing(failureClass)
      ? [...new Set([...task.excludedAgents, agentId])]
      : task.excludedAgents,
  }),
  RivalPromoted: (task, body, place) => {
    const rival = task.rivals.find(({ token }) => token === body.token);
    if (rival === undefined) return NOTHING;
    const { result: _result, ...assignment } = rival;
    return {
      ask: ask('EXECUTE', place),
      assignment,
      rivals: [...without(task, body.token), ...displaced(task)],
      excludedAgents: body.excludedAgents,
      excludedInstances: body.excludedInstances,
    };
  },
  OfferEnded: (task) => ({ assignment: null, offers: task.offers + 1 }),
  ExecutionStarted: (task, _body, { at }) => ({
    assignment: task.assignment && {
      ...task.assignment,
      startedAt: task.assignment.startedAt ?? at,
      renewedAt: at,
    },
  }),
  LeaseRenewed: (task, body, { at }) => ({
    assignment: task.assignment && {
      ...task.assignment,
      renewedAt: at,
      reportNumber: body.number ?? task.assignment.reportNumber,
      budgetMark: body.budgetWarning ?? task.assignment.budgetMark,
    },
  }),
  ExecutionCompleted: (task, { result }) => ({
    assignment: task.assignment && { ...task.assignment, usage: result.usage },
  }),
  ExecutionFailed: (task, body) => ({
    outages: task.outages + (isOutage(body.failureClass) ? 1 : 0),
  }),
  VerificationStarted: (_task, _body, place) => ({ ask: ask('VERIFY', place), gates: null }),
  FactsChecked: (_task, body, { at, offset }) => ({
    ...answered('VERIFY', at),
    gates: { facts: offset, index: 0, of: body.gates.length, finished: [] },
  }),
  GateStarted: (task, body, place) => ({
    ask: ask('RUN_GATE', place, body.order.timeoutMs),
    gates: task.gates && { ...task.gates, index: body.index },
  }),
  GateFinished: (task, _body, { at, offset }) => ({
    ...answered('RUN_GATE', at),
    gates: task.gates && { ...task.gates, finished: [...task.gates.finished, offset] },
  }),
  // Where gates ran, or a waiver was taken, the last answer is that one's and counted already.
  VerificationPassed: (task, _body, { at }) =>
    task.state === 'verifying' ? answered('VERIFY', at) : NOTHING,
  VerificationFailed: (task, _body, { at, offset, eventId }) => ({
    ...(task.state === 'verifying' ? answered('VERIFY', at) : NOTHING),
    rejection: { offset, eventId },
  }),
  WaiverAwaited: (_task, body, place) => ({ ask: ask('WAIVE', place), waiverUntil: body.until }),
  WaiverApplied: (_task, _body, { at }) => answered('WAIVE', at),
  WaiverRefused: (task, _body, { at }) => ({ ...answered('WAIVE', at), ...nextAttempt(task) }),
  AskExpired: (task) => nextAttempt(task),
  AskRepeated: ({ ask }, { number, errors }, { offset }) => ({
    ask: ask && {
      ...ask,
      repeats: number,
      errors,
      errorRepeatAt: errors > ask.errors ? offset : ask.errorRepeatAt,
    },
  }),
  TaskSuspended: (task, body) => ({
    ...UNASSIGNED,
    ...decided(task, body.commandId),
    suspensions: task.suspensions + 1,
    queueReason: null,
    queuedSince: null,
    incapableSince: null,
  }),
  TaskResumed: (task, body) => decided(task, body.commandId),
  CancellationAccepted: (task, body) => decided(task, body.commandId),
  CommandRefused: (task, body) => decided(task, body.commandId),
  VerdictRequested: (_task, body, place) => ({
    ask: ask('SIGN', place),
    seal: { outcome: body.outcome, ending: body.ending },
    queueReason: null,
  }),
  TaskCompleted: signed,
  TaskFailed: signed,
  TaskRejected: signed,
  TaskCancelled: signed,
};

/** Who failed, or would not, is left out of the attempts that follow. */
const isAgentsDoing = (failure: string | null): boolean =>
  failure !== null && !isOutage(failure) && !CALLED_BACK.has(failure);

/** How a run ends that is called back. */
const CALLED_BACK: ReadonlySet<string> = new Set(['OUTRUN', 'CANCELLED', 'SUSPENDED']);

/** Failures that are nobody's doing: while the budget lasts they spend no attempt and leave nobody out. */
export const isOutage = (failure: string): boolean =>
  failure === 'INFRASTRUCTURE' || failure === 'LEASE_EXPIRED' || failure === 'QUOTA';

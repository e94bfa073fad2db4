import type { AskKind, TasksEvents } from '../../events/generated/events.js';
import type { PendingAsk, TaskState } from './state.js';

/** Where an event stands in the log, and when it was made (µs). */
export interface Place {
  readonly offset: number;
  readonly eventId: string;
  readonly at: number;
}

type Fold<Name extends keyof TasksEvents> = (
  task: TaskState,
  body: TasksEvents[Name],
  place: Place,
) => TaskState;

const ask = (kind: AskKind, { offset, eventId, at }: Place): PendingAsk => ({
  offset,
  eventId,
  kind,
  askedAt: at,
  repeats: 0,
});

const answered = (task: TaskState, kind: AskKind, at: number): TaskState => ({
  ...task,
  answered: { kind, at },
});

/** A command is decided: its id is used up, and it waits no longer. */
const decided = (task: TaskState, commandId: string): TaskState => ({
  ...task,
  commands: [...task.commands, commandId],
  remembered: task.remembered.filter((c) => c.commandId !== commandId),
});

const signed = (task: TaskState, _body: unknown, { at }: Place): TaskState => answered(task, 'SIGN', at);

/** Ends the assignment and forgets whom this round of offers left out. */
const unassigned = (task: TaskState): TaskState => ({ ...task, assignment: null, excludedInstances: [] });

/** What each event changes besides state, version and timer. Events that are not named change nothing else. */
export const FOLDS: { readonly [Name in keyof TasksEvents]?: Fold<Name> } = {
  SpecValidationStarted: (task, _body, place) => ({ ...task, ask: ask('VALIDATE_SPEC', place) }),
  SpecApproved: (task, body, { offset, eventId, at }) => ({
    ...answered(task, 'VALIDATE_SPEC', at),
    approval: {
      offset,
      eventId,
      specSha256: body.specSha256,
      baseCommit: body.baseCommit,
      riskTier: body.riskTier,
      policySha256: body.policySha256,
      constitutionSha256: body.constitutionSha256,
      hasSpec: body.spec !== null,
    },
  }),
  SpecRejected: (task, _body, { at }) => answered(task, 'VALIDATE_SPEC', at),
  TaskQueued: (task, body, place) => ({
    ...unassigned(body.reason === 'IN_FLIGHT_LIMIT' ? task : answered(task, 'ROUTE', place.at)),
    // CapacityFound names this event; nobody is asked to answer it, so it is no ask with a repeat.
    ask: ask('UNKNOWN', place),
    queueReason: body.reason,
    queuedSince: task.queuedSince ?? place.at,
    incapableSince: body.reason === 'NO_CAPABLE_AGENT' ? (task.incapableSince ?? place.at) : null,
  }),
  RoutingStarted: (task, body, place) => ({
    ...task,
    ask: ask('ROUTE', place),
    assignment: null,
    attempt: body.attempt,
    excludedAgents: body.excludedAgents,
    excludedInstances: body.excludedInstances,
    rounds: task.queueReason === null ? task.rounds : task.rounds + 1,
    queueReason: null,
  }),
  RouteFailed: (task, _body, { at }) => answered(task, 'ROUTE', at),
  TaskRouted: (task, body, place) => ({
    ...answered(task, 'ROUTE', place.at),
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
    },
  }),
  OfferEnded: (task) => ({ ...task, assignment: null, offers: task.offers + 1 }),
  ExecutionStarted: (task, _body, { at }) => ({
    ...task,
    assignment: task.assignment && { ...task.assignment, startedAt: at, renewedAt: at },
  }),
  LeaseRenewed: (task, _body, { at }) => ({
    ...task,
    assignment: task.assignment && { ...task.assignment, renewedAt: at },
  }),
  ExecutionFailed: (task, body) => ({
    ...task,
    outages: task.outages + (isOutage(body.failureClass) ? 1 : 0),
  }),
  VerificationStarted: (task, _body, place) => ({ ...task, ask: ask('VERIFY', place) }),
  VerificationPassed: (task, _body, { at }) => answered(task, 'VERIFY', at),
  VerificationFailed: (task, _body, { at }) => answered(task, 'VERIFY', at),
  AskRepeated: (task, body) => ({ ...task, ask: task.ask && { ...task.ask, repeats: body.number } }),
  TaskSuspended: (task, body) => ({
    ...unassigned(decided(task, body.commandId)),
    suspensions: task.suspensions + 1,
    queueReason: null,
    queuedSince: null,
    incapableSince: null,
  }),
  TaskResumed: (task, body) => decided(task, body.commandId),
  CancellationAccepted: (task, body) => decided(task, body.commandId),
  CommandRefused: (task, body) => decided(task, body.commandId),
  VerdictRequested: (task, body, place) => ({
    ...task,
    ask: ask('SIGN', place),
    seal: { outcome: body.outcome, ending: body.ending },
    queueReason: null,
  }),
  TaskCompleted: signed,
  TaskFailed: signed,
  TaskRejected: signed,
  TaskCancelled: signed,
};

/** Failures that are nobody's doing: while the budget lasts they spend no attempt and leave nobody out. */
export const isOutage = (failure: string): boolean =>
  failure === 'INFRASTRUCTURE' || failure === 'LEASE_EXPIRED';

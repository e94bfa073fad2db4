import type { FactMeta, FactsEvents } from '../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, NewEvent, View } from '../log/domain.js';
import { isPending } from '../aggregates/task/asks.js';
import { resultVerified, specChecked } from '../aggregates/task/checks.js';
import { gateReported } from '../aggregates/task/gates.js';
import { waiverDecided } from '../aggregates/task/waivers.js';
import { draftOf, type Draft, type Origin, type Situation } from '../aggregates/task/draft.js';
import { evolve } from '../aggregates/task/evolve.js';
import { agentReported } from '../aggregates/task/reports.js';
import { capacityFound, routeDecided, startRouting } from '../aggregates/task/routing.js';
import { verdictSigned } from '../aggregates/task/seal.js';
import { partitionStream, taskStream, type SagaValue, type TaskState } from '../aggregates/task/state.js';
import { timerFired } from '../aggregates/task/timers.js';
import { DEFAULT_LIMITS, type SagaLimits } from './limits.js';
import { SagaIndex } from './saga-index.js';
import { commandSubmitted, expireCommands, taskSubmitted } from './submissions.js';
import { TABLE } from './table.js';

/** A fact of arbiter.facts, decoded. */
export type Fact = FactsEvents[keyof FactsEvents];
type SagaView = View<SagaValue, SagaIndex>;

/** Tasks that one decision may wake besides its own: it frees one slot; the second is for a limit that was raised. */
const WOKEN_AT_ONCE = 2;

type Answer =
  | 'SpecChecked'
  | 'RouteDecided'
  | 'CapacityFound'
  | 'ResultVerified'
  | 'GateReported'
  | 'WaiverDecided'
  | 'VerdictSigned';
type AnswerDecider<Name extends Answer> = (draft: Draft, fact: FactsEvents[Name]) => void;

/** Which states take which answer. */
const ANSWERS: {
  readonly [Name in Answer]: readonly [readonly TaskState['state'][], AnswerDecider<Name>];
} = {
  SpecChecked: [['validating_spec'], specChecked],
  RouteDecided: [['routing'], routeDecided],
  CapacityFound: [['queued'], capacityFound],
  ResultVerified: [['verifying'], resultVerified],
  GateReported: [['running_gates'], gateReported],
  WaiverDecided: [['awaiting_spec_waiver', 'awaiting_waiver'], waiverDecided],
  VerdictSigned: [['sealed'], verdictSigned],
};

const originOf = (meta: FactMeta): Origin => ({
  tenant: meta.tenant,
  actor: meta.actor,
  traceparent: meta.traceparent,
});

/** Timers and wake-ups are the saga's own doing, on behalf of the request's tenant. */
const ownOrigin = (value: SagaValue | undefined): Origin => {
  const from =
    value?.kind === 'task' ? value.request : value?.kind === 'unseen' ? value.remembered[0] : undefined;
  return { tenant: from?.tenant ?? 'default', actor: 'saga', traceparent: from?.traceparent ?? null };
};

/** An answer counts iff the ask that it names is still pending (law 6). */
const decideAnswer = (draft: Draft, type: string, fact: Fact): void => {
  const row = ANSWERS[type as Answer] as
    readonly [readonly TaskState['state'][], (d: Draft, f: Fact) => void] | undefined;
  if (row === undefined || draft.value?.kind !== 'task') return;
  const [states, decider] = row;
  if (states.includes(draft.value.state) && isPending(draft.value, fact.meta.inReplyTo)) decider(draft, fact);
};

const decideFact = (draft: Draft, view: SagaView, type: string, fact: Fact): void => {
  const own = view.get(partitionStream(draft.situation.context.partition));
  if (type === 'TaskSubmitted') taskSubmitted(draft, own, fact as FactsEvents['TaskSubmitted']);
  else if (type === 'CommandSubmitted') commandSubmitted(draft, own, fact as FactsEvents['CommandSubmitted']);
  else if (draft.value?.kind !== 'task') return;
  else if (type === 'AgentReported') agentReported(draft, fact as FactsEvents['AgentReported']);
  else decideAnswer(draft, type, fact);
};

/** A timer that is no longer the one of its stream has no effect. */
const decideTimer = (draft: Draft, view: SagaView, input: Input<Fact> & { kind: 'timer' }): void => {
  const { value } = draft;
  if (value === undefined || value.kind === 'partition') return;
  if (value.timer !== input.timer || value.dueAt !== input.dueAt) return;
  if (value.kind === 'unseen') {
    expireCommands(draft, view.get(partitionStream(draft.situation.context.partition)), value);
  } else timerFired(draft);
};

const holdsSlot = (value: SagaValue | undefined): number =>
  value?.kind === 'task' && TABLE[value.state].slot === true ? 1 : 0;

/** A slot that this decision frees goes to the most urgent task in line, in the same decision. */
const wake = (draft: Draft, view: SagaView, before: SagaValue | undefined): readonly NewEvent[] => {
  const { around, limits } = draft.situation;
  const free = limits.inFlight - (around.inFlight - holdsSlot(before) + holdsSlot(draft.value));
  if (free <= 0 || draft.events.length === 0) return [];
  const next = around.nextQueued(WOKEN_AT_ONCE + 1).filter((id) => id !== draft.streamId);
  return next.slice(0, Math.min(free, WOKEN_AT_ONCE)).flatMap((streamId) => {
    const value = view.get(streamId);
    const other = draftOf(draft.situation, streamId, value, ownOrigin(value));
    startRouting(other);
    return other.events;
  });
};

const conclude = (draft: Draft, view: SagaView, before: SagaValue | undefined): Decision => {
  if (draft.appendFirst) return { kind: 'append-first' };
  if (draft.load.size > 0) return { kind: 'load', streamId: draft.streamId, offsets: [...draft.load] };
  return { kind: 'events', events: [...draft.events, ...wake(draft, view, before)] };
};

const decide = (limits: SagaLimits, view: SagaView, input: Input<Fact>, context: DecideContext): Decision => {
  const situation: Situation = { limits, context, around: view.index };
  const streamId = input.kind === 'record' ? taskStream(input.record.meta.taskId) : input.streamId;
  const before = view.get(streamId);
  const origin = input.kind === 'record' ? originOf(input.record.meta) : ownOrigin(before);
  const draft = draftOf(situation, streamId, before, origin);
  if (input.kind === 'record') decideFact(draft, view, input.type, input.record);
  else decideTimer(draft, view, input);
  return conclude(draft, view, before);
};

/** Kept at hand while recent. A rejection is needed after a wait for people only: that one is read from the log. */
const LOADED_LATER: ReadonlySet<string> = new Set([
  'TaskReceived',
  'SpecApproved',
  'FactsChecked',
  'GateStarted',
  'GateFinished',
  'RivalFinished',
]);

/** Limits with the given ones put over the defaults. */
export const sagaLimits = (limits: Partial<SagaLimits> = {}): SagaLimits => ({
  ...DEFAULT_LIMITS,
  ...limits,
  timers: { ...DEFAULT_LIMITS.timers, ...limits.timers },
});

/**
 * The task saga: inbox arbiter.facts, log arbiter.tasks.
 * @param limits bounds that differ from the defaults; they change decisions, never the fold
 */
export const sagaDomain = (limits: Partial<SagaLimits> = {}): Domain<SagaValue, SagaIndex, Fact> => {
  const all = sagaLimits(limits);
  return {
    foldVersion: 7,
    createIndex: () => new SagaIndex(),
    decide: (view, input, context) => decide(all, view, input, context),
    evolve,
    loadsLater: (type) => LOADED_LATER.has(type),
    isFinal: (value) => value.kind === 'task' && TABLE[value.state].final === true,
    nextTimer: (index) => index.nextTimer(),
    saveIndex: (index) => index.save(),
    loadIndex: (index, saved) => index.load(saved),
  };
};

import type { AgentReported, CommandSubmitted } from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { violated } from '../../log/support/sequential-run.js';
import { LIMITS } from './limits.js';
import { checkJudgements } from './check-judgements.js';
import { FINAL, taskOf, type ReadFact } from './records.js';
import type { Simulation } from './simulation.js';

const EFFECTS = new Set(['CancellationAccepted', 'TaskSuspended', 'TaskResumed']);
/** What a token is the offset of. */
export const ROUTED: ReadonlySet<string> = new Set(['TaskRouted', 'RivalRouted']);
/** By a report of a run beside the one that the task stands on. */
const BY_RIVAL = new Set(['RivalPromoted', 'RivalFinished', 'RivalEnded']);
const BY_REPORT = new Set([
  'ExecutionStarted',
  'LeaseRenewed',
  'ExecutionCompleted',
  'ExecutionFailed',
  'OfferEnded',
]);

/** What is true of the tasks, counted anew from the log alone. */
export const checkTasks = (
  simulation: Simulation,
  tasks: readonly LoggedEvent[],
  facts: readonly ReadFact[],
): void => {
  checkEndings(simulation, tasks);
  checkCommands(simulation, tasks);
  checkTokens(tasks, facts);
  checkAnswers(tasks, facts);
  checkSlots(tasks);
  checkJudgements(tasks, facts);
};

const streams = (tasks: readonly LoggedEvent[]): Map<string, LoggedEvent[]> => {
  const found = new Map<string, LoggedEvent[]>();
  for (const event of tasks) {
    const { streamId } = event.body.meta;
    found.set(streamId, [...(found.get(streamId) ?? []), event]);
  }
  return found;
};

/** Law 10: one request, one seal, one ending, and nothing after it. */
const checkEndings = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  const byStream = streams(tasks);
  for (const { name, taskId } of simulation.people.acknowledged) {
    if (name === 'TaskRequested' && !byStream.has(`task/${taskId}`)) violated(`${taskId} was lost`);
  }
  for (const [id, events] of byStream) {
    if (!id.startsWith('task/')) continue;
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    const finals = events.filter(({ type }) => FINAL.has(type));
    const received = count('TaskReceived');
    if (received === 0 && finals.length === 0) continue;
    if (received !== 1 || finals.length !== 1 || count('VerdictRequested') !== 1)
      violated(
        `${id}: not one request, one seal and one ending`,
        events.map(({ type }) => type),
      );
    if (events.at(-1) !== finals[0]) violated(`${id}: events after the end`);
    const seal = events.find(({ type }) => type === 'VerdictRequested')?.body as { outcome?: string };
    if ((seal.outcome === 'PASSED') !== (finals[0]?.type === 'TaskCompleted'))
      violated(`${id}: PASSED and completed are not the same`);
  }
};

/** Law 5: a command takes effect once per id, and none goes unanswered. */
const checkCommands = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  const decided = new Map<string, string[]>();
  const once = new Set<string>();
  for (const { type, body } of tasks) {
    const { commandId } = body as unknown as Partial<CommandSubmitted>;
    if (commandId === undefined) continue;
    decided.set(commandId, [...(decided.get(commandId) ?? []), type]);
    // What is refused on the partition's stream was decided there, or is said there once more.
    if (type === 'CommandRemembered' || !body.meta.streamId.startsWith('task/')) continue;
    if (once.has(commandId)) violated(`${commandId} was decided twice`, decided.get(commandId));
    once.add(commandId);
  }
  for (const [id, types] of decided) {
    if (types.filter((type) => EFFECTS.has(type)).length > 1) violated(`${id} took effect twice`, types);
  }
  for (const { name, record } of simulation.people.acknowledged) {
    if (name === 'TaskRequested') continue;
    const types = decided.get(String(record['commandId'])) ?? [];
    if (types.every((type) => type === 'CommandRemembered'))
      violated(`no decision on ${String(record['commandId'])}`, types);
  }
};

/** Fencing: only a report with the current token, agent and instance has an effect. */
const checkTokens = (tasks: readonly LoggedEvent[], facts: readonly ReadFact[]): void => {
  const runs = new Map(tasks.filter(({ type }) => ROUTED.has(type)).map((event) => [event.offset, event]));
  const [started, finished] = [new Set<number>(), new Set<number>()];
  const byOffset = new Map(facts.map((fact) => [fact.offset, fact]));
  const current = new Map<string, LoggedEvent>();
  for (const event of tasks) {
    const { type, body } = event;
    if (type === 'TaskRouted') current.set(taskOf(event), event);
    const promoted = type === 'RivalPromoted' ? runs.get(Number(body['token'])) : undefined;
    if (promoted !== undefined) current.set(taskOf(event), promoted);
    const token = Number(body['token']);
    if (type === 'RivalFinished') finished.add(token);
    const isKnown = type === 'ExecutionStarted' ? started.has(token) : false;
    if (type === 'ExecutionStarted') started.add(token);
    // A run whose place it is now goes on from what its own reports came to before.
    const goesOn = isKnown || (/^Execution(Started|Completed)$/.test(type) && finished.has(token));
    if (goesOn && body.meta.decisionIndex > 0) continue;
    if (!(BY_REPORT.has(type) || BY_RIVAL.has(type)) || body.meta.trigger !== 'INPUT') continue;
    const report = byOffset.get(body.meta.cause)?.record as AgentReported | undefined;
    // What ends in the decision of another event is called back by it.
    if (BY_RIVAL.has(type) && body.meta.decisionIndex > 0) continue;
    const routed = BY_RIVAL.has(type) ? runs.get(Number(body['token'])) : current.get(taskOf(event));
    const { agentId, workerInstance } = (routed?.body ?? {}) as Partial<AgentReported>;
    const fits =
      report?.token === routed?.offset &&
      report?.agentId === agentId &&
      report?.workerInstance === workerInstance;
    if (!fits) violated('a report without the current token had an effect', { event, report });
  }
};

const ASKS: ReadonlySet<string> = new Set([
  'SpecValidationStarted',
  'RoutingStarted',
  'VerificationStarted',
  'GateStarted',
  'WaiverAwaited',
  'VerdictRequested',
  'TaskQueued',
]);

/** Law 6: an answer has an effect only if it is to the first ask of the state that the task is in. */
const checkAnswers = (tasks: readonly LoggedEvent[], facts: readonly ReadFact[]): void => {
  const byOffset = new Map(facts.map((fact) => [fact.offset, fact]));
  const asked = new Map<string, number>();
  for (const event of tasks) {
    const { type, offset, body } = event;
    const fact = body.meta.trigger === 'INPUT' ? byOffset.get(body.meta.cause) : undefined;
    const id = body.meta.streamId;
    const reply = fact?.record.meta.inReplyTo ?? null;
    if (reply !== null && body.meta.decisionIndex === 0 && reply.offset !== asked.get(id))
      violated('an answer to another ask had an effect', { event, fact });
    if (ASKS.has(type)) asked.set(id, offset);
  }
};

const SLOT = new Set(['RoutingStarted', 'TaskRouted', 'ExecutionStarted', 'VerificationStarted']);
const NO_SLOT = new Set([
  'WaiverAwaited',
  'TaskQueued',
  'TaskSuspended',
  'TaskResumed',
  'VerdictRequested',
  ...FINAL,
]);

/** Law 13: after every decision the limit holds, and no task waits for a slot that is free. */
const checkSlots = (tasks: readonly LoggedEvent[]): void => {
  const holding = new Set<string>();
  const inLine = new Set<string>();
  for (const event of tasks) {
    const { type, body } = event;
    const id = body.meta.streamId;
    if (SLOT.has(type)) holding.add(id);
    if (NO_SLOT.has(type)) holding.delete(id);
    if (SLOT.has(type) || NO_SLOT.has(type)) inLine.delete(id);
    if (type === 'TaskQueued' && body['reason'] === 'IN_FLIGHT_LIMIT') inLine.add(id);
    if (body.meta.decisionIndex < body.meta.decisionSize - 1) continue;
    if (holding.size > LIMITS.inFlight) violated('more tasks in flight than allowed', [...holding]);
    if (inLine.size > 0 && holding.size < LIMITS.inFlight)
      violated('a task waits for a slot that is free', { offset: event.offset, inLine: [...inLine] });
  }
};

import type { LogRecord } from '../../bus/port.js';
import type {
  AgentReportsEvents,
  CommandKind,
  CommandsEvents,
  FactsEvents,
  ReportKind,
  ResultClaim,
  TaskRequest,
  TaskRequested,
} from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { createHash } from 'node:crypto';
import type { Decoded } from '../../log/codec.js';
import type { FactHead } from '../../producers/facts.js';
import { checkRequest, describeProblem, shown, TASK_ID } from '../../producers/request-check.js';

/** What an edge record becomes: a fact, or a dead letter with its reason. */
export type Intaken =
  IntakenFact | { readonly kind: 'dead-letter'; readonly code: string; readonly message: string };

export type IntakenFact = Fact<'TaskSubmitted'> | Fact<'CommandSubmitted'> | Fact<'AgentReported'>;

interface Fact<N extends 'TaskSubmitted' | 'CommandSubmitted' | 'AgentReported'> {
  readonly kind: 'fact';
  readonly name: N;
  readonly head: FactHead;
  readonly body: Omit<FactsEvents[N], 'meta'>;
}

interface EdgeRecord {
  readonly taskId: string;
  readonly tenant: string;
  readonly traceparent: string | null;
}

const MAX_OUTPUT_CHARS = 64 * 1024;
const MAX_TEXT = 2000;
/** Ids, names, actors. */
const MAX_NAME = 256;
const MAX_EVIDENCE = 100;
/** Fields of an agent's result and of its evidence. */
const MAX_FIELD = 1000;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** It is carried through every record from here on: what is no W3C trace context is dropped, not copied. */
const traceparentOf = (given: string | null): string | null =>
  given !== null && TRACEPARENT.test(given) ? given : null;

/**
 * Turns one decoded edge record into a fact: checks size and id patterns, nothing else. Pure. The
 * fact's id derives from where the record stands, so that a redelivery is the same fact.
 */
export const factFromEdge = (record: LogRecord, decoded: Decoded): Intaken => {
  if (decoded.kind === 'undecodable') return letter(decoded.code, decoded.message);
  if (decoded.kind === 'unknown')
    return letter('UNKNOWN_TYPE', `${decoded.fullName} is not known to this build`);
  const edge = decoded.record as unknown as EdgeRecord;
  if (!TASK_ID.test(edge.taskId)) {
    return letter('INVALID_TASK_ID', `taskId: expected ${String(TASK_ID)}, found ${shown(edge.taskId)}`);
  }
  if (!TASK_ID.test(edge.tenant))
    return letter('INVALID_TENANT', `tenant: expected ${String(TASK_ID)}, found ${shown(edge.tenant)}`);
  if (record.topic === TOPICS.taskRequests)
    return fromRequest(record, decoded.record as unknown as TaskRequested);
  if (record.topic === TOPICS.commands)
    return fromCommand(record, decoded.name, decoded.record as unknown as Command);
  return fromReport(record, decoded.name, decoded.record as unknown as Report);
};

const letter = (code: string, message: string): Intaken => ({ kind: 'dead-letter', code, message });

const headOf = (record: LogRecord, edge: EdgeRecord, edgeId: string, actor: string): FactHead => {
  const { topic, partition, offset } = record;
  return {
    factId: `${topic}/${partition}/${offset}`,
    edgeId,
    taskId: edge.taskId,
    tenant: edge.tenant,
    actor: actor.slice(0, MAX_NAME),
    traceparent: traceparentOf(edge.traceparent),
    source: { topic, partition, offset },
  };
};

const fromRequest = (record: LogRecord, edge: TaskRequested): Intaken => {
  const { occurredAt: _occurredAt, traceparent: _traceparent, ...request } = edge;
  const problems = checkRequest(request satisfies TaskRequest);
  if (problems.length > 0) return letter('INVALID_REQUEST', problems.map(describeProblem).join('\n'));
  const requestSha256 = createHash('sha256')
    .update(record.value ?? '')
    .digest('hex');
  const head = headOf(record, edge, edge.requestId, edge.actor);
  return { kind: 'fact', name: 'TaskSubmitted', head, body: { request, requestSha256 } };
};

type Command = CommandsEvents[keyof CommandsEvents];
type Report = AgentReportsEvents[keyof AgentReportsEvents];

const COMMANDS: Readonly<Record<string, CommandKind>> = {
  CancelTask: 'CANCEL',
  SuspendTask: 'SUSPEND',
  ResumeTask: 'RESUME',
};

const fromCommand = (record: LogRecord, name: string, edge: Command): Intaken => {
  const command = COMMANDS[name];
  if (command === undefined) return letter('UNKNOWN_COMMAND', `${name} is no command`);
  if (!TASK_ID.test(edge.commandId))
    return letter(
      'INVALID_COMMAND_ID',
      `commandId: expected ${String(TASK_ID)}, found ${shown(edge.commandId)}`,
    );
  const { commandId, reason, ifToken, ifVersion } = edge;
  const body = { commandId, command, reason: reason.slice(0, MAX_TEXT), ifToken, ifVersion };
  return { kind: 'fact', name: 'CommandSubmitted', head: headOf(record, edge, commandId, edge.actor), body };
};

const REPORTS: Readonly<Record<string, ReportKind>> = {
  AssignmentAccepted: 'ACCEPTED',
  AssignmentDeclined: 'DECLINED',
  Heartbeat: 'HEARTBEAT',
  ProgressReported: 'PROGRESS',
  ResultSubmitted: 'RESULT',
  ExecutionFailed: 'FAILED',
};

const fromReport = (record: LogRecord, name: string, edge: Report): Intaken => {
  const report = REPORTS[name];
  if (report === undefined) return letter('UNKNOWN_REPORT', `${name} is no report`);
  const problem = reportProblem(edge);
  if (problem !== undefined) return letter('INVALID_REPORT', problem);
  const { reportId, token, agentId, workerInstance, number } = edge;
  const body = { reportId, report, token, agentId, workerInstance, number, ...particulars(edge) };
  return {
    kind: 'fact',
    name: 'AgentReported',
    head: headOf(record, edge, reportId, `agent:${agentId}`),
    body,
  };
};

const reportProblem = (edge: Report): string | undefined => {
  for (const field of ['reportId', 'agentId', 'workerInstance'] as const) {
    const { length } = edge[field];
    if (length === 0 || length > MAX_NAME)
      return `${field}: expected 1 to ${MAX_NAME} characters, found ${length}`;
  }
  return 'result' in edge ? resultProblem(edge.result) : undefined;
};

/** Bounds alone: whether commit and digest are such is the constitution's to judge, where a person sees it. */
const resultProblem = (result: ResultClaim): string | undefined => {
  if (result.evidence.length > MAX_EVIDENCE)
    return `result.evidence: expected at most ${MAX_EVIDENCE} entries, found ${result.evidence.length}`;
  const { commit, ref, resultSha256 } = result;
  return (
    tooLong('result', { commit, ref, resultSha256 }) ??
    result.evidence
      .map((one, i) => tooLong(`result.evidence[${i}]`, one))
      .find((found) => found !== undefined)
  );
};

const tooLong = (place: string, fields: object): string | undefined => {
  const found = Object.entries(fields).find(
    ([, value]) => typeof value === 'string' && value.length > MAX_FIELD,
  );
  return found === undefined ? undefined : `${place}.${found[0]}: expected at most ${MAX_FIELD} characters`;
};

const particulars = (
  edge: Report,
): Pick<
  FactsEvents['AgentReported'],
  'busy' | 'reason' | 'failureClass' | 'percent' | 'diff' | 'result' | 'quotaResetsAt'
> => {
  const unsaid = { percent: null, diff: null, result: null, quotaResetsAt: null };
  const nothing = { busy: false, reason: '', failureClass: null, ...unsaid };
  if ('result' in edge) return { ...nothing, result: { ...edge.result, output: tail(edge.result.output) } };
  if ('failureClass' in edge) {
    const { failureClass, reason, output, usage, quotaResetsAt } = edge;
    const noUsage = { inputTokens: 0, outputTokens: 0, costMicros: 0 };
    const result = {
      commit: null,
      ref: null,
      resultSha256: null,
      exitCode: null,
      output: tail(output),
      usage: usage ?? noUsage,
      evidence: [],
    };
    return { ...nothing, failureClass, reason: reason.slice(0, MAX_TEXT), result, quotaResetsAt };
  }
  if ('busy' in edge) return { ...nothing, busy: edge.busy, reason: edge.reason.slice(0, MAX_TEXT) };
  if ('message' in edge)
    return { ...nothing, reason: edge.message.slice(0, MAX_TEXT), percent: edge.percent };
  if ('diff' in edge) return { ...nothing, diff: edge.diff };
  return nothing;
};

const tail = (text: string): string => text.slice(-MAX_OUTPUT_CHARS);

import { verify as verifySignature, type KeyObject } from 'node:crypto';
import type { Event } from './accepted.js';

/** The end of one task as its accepted events tell it. */
export interface TaskFold {
  readonly taskId: string;
  readonly partition: number;
  readonly requestId: string;
  state: string;
  version: number;
  offset: number;
  final: string | null;
  outcome: string | null;
  verdictId: string | null;
  verdictSha256: string | null;
  verdictOffset: number | null;
  /** Attempts ended by AGENT, TIME_LIMIT or CONSTITUTION failures. */
  spent: number;
  /** Ended by nobody's fault: spent no attempt. */
  outages: number;
  offersEnded: number;
  readonly violations: string[];
}

const FINAL: Readonly<Record<string, string>> = {
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  TaskRejected: 'rejected',
  TaskCancelled: 'cancelled',
};

const AFTER_SEAL = new Set(['AskRepeated', 'CommandRefused', ...Object.keys(FINAL)]);
const OUTAGES = new Set(['INFRASTRUCTURE', 'LEASE_EXPIRED']);
/** Events that name the assignment they belong to. */
const TOKENED = new Set([
  'ExecutionStarted',
  'LeaseRenewed',
  'ExecutionCompleted',
  'ExecutionFailed',
  'OfferEnded',
  'VerificationStarted',
  'VerificationPassed',
  'VerificationFailed',
]);
const ENDS_ASSIGNMENT = new Set(['ExecutionFailed', 'OfferEnded', 'VerificationFailed', 'TaskSuspended']);

/**
 * Tells each task's life from its accepted events: one seal, one final event and nothing after it; every event that
 * names a token names the latest TaskRouted (law 4 of fencing); no attempt begun but behind a failure that spends one.
 */
export const foldTasks = (events: readonly Event[]): ReadonlyMap<string, TaskFold> => {
  const tasks = new Map<string, TaskFold>();
  const running = new Map<string, Running>();
  for (const event of events) {
    if (!event.meta.streamId.startsWith('task/')) continue;
    const taskId = event.body['taskId'] as string;
    if (event.name === 'TaskReceived') {
      const { requestId } = event.body['request'] as { requestId: string };
      if (tasks.has(taskId)) tasks.get(taskId)?.violations.push('received twice');
      else tasks.set(taskId, fresh(taskId, event.partition, requestId));
      running.set(taskId, { token: null, instance: '', attempt: 0, sealed: false, lastFailure: null });
    }
    const task = tasks.get(taskId);
    const now = running.get(taskId);
    // Commands remembered for a task that never came make no task.
    if (task === undefined || now === undefined) continue;
    task.version = event.meta.streamVersion;
    task.offset = event.offset;
    step(task, now, event);
  }
  return tasks;
};

interface Running {
  token: number | null;
  instance: string;
  attempt: number;
  sealed: boolean;
  lastFailure: string | null;
}

const fresh = (taskId: string, partition: number, requestId: string): TaskFold => ({
  taskId,
  partition,
  requestId,
  state: 'received',
  version: 0,
  offset: 0,
  final: null,
  outcome: null,
  verdictId: null,
  verdictSha256: null,
  verdictOffset: null,
  spent: 0,
  outages: 0,
  offersEnded: 0,
  violations: [],
});

const step = (task: TaskFold, now: Running, { name, body, offset }: Event): void => {
  const wrong = (what: string): void => void task.violations.push(`@${offset} ${name}: ${what}`);
  if (task.final !== null) wrong(`after the final state ${task.final}`);
  if (now.sealed && !AFTER_SEAL.has(name)) wrong('after the seal');
  if (TOKENED.has(name)) {
    if (body['token'] !== now.token) wrong(`token ${String(body['token'])}, the current one is ${now.token}`);
    if (body['workerInstance'] !== undefined && body['workerInstance'] !== now.instance)
      wrong('an instance that does not hold the assignment');
  }
  if (name === 'RoutingStarted') {
    const attempt = body['attempt'] as number;
    const isPaidFor = now.lastFailure !== null && !OUTAGES.has(now.lastFailure);
    if (attempt > now.attempt && now.attempt > 0 && !isPaidFor)
      wrong(`attempt ${attempt} although attempt ${now.attempt} ended by ${now.lastFailure ?? 'no failure'}`);
    now.attempt = attempt;
  }
  if (name === 'TaskRouted') {
    now.token = offset;
    now.instance = body['workerInstance'] as string;
    now.lastFailure = null;
  }
  if (name === 'ExecutionFailed' || name === 'VerificationFailed') {
    now.lastFailure = body['failureClass'] as string;
    if (OUTAGES.has(now.lastFailure)) task.outages++;
    else task.spent++;
  }
  if (name === 'OfferEnded') task.offersEnded++;
  if (ENDS_ASSIGNMENT.has(name)) now.token = null;
  if (name === 'AskExpired') wrong('an ask was given up, which only an outage can have caused');
  if (name === 'VerdictRequested') {
    now.sealed = true;
    task.outcome = body['outcome'] as string;
    if (task.outcome === 'FAILED' && body['ending'] === 'FAILED' && OUTAGES.has(now.lastFailure ?? ''))
      wrong(`sealed as failed by ${now.lastFailure}`);
  }
  const final = FINAL[name];
  if (final === undefined) return;
  if (!now.sealed) wrong('a final event without a seal');
  task.final = final;
  task.state = final;
  task.verdictId = body['verdictId'] as string;
  task.verdictSha256 = body['verdictSha256'] as string;
  task.verdictOffset = body['verdictOffset'] as number;
  if ((final === 'completed') !== (task.outcome === 'PASSED'))
    wrong(`${final} with the outcome ${task.outcome}`);
};

interface IssuedBody {
  readonly taskId: string;
  readonly verdictId: string;
  readonly phase: string;
  readonly outcome: string;
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly { readonly sig: Buffer }[];
  readonly envelopeSha256: string;
}

/** One accepted FINAL verdict per task, the one that its final event names, with a signature that holds. */
export const checkVerdicts = (
  tasks: ReadonlyMap<string, TaskFold>,
  issued: readonly Event[],
  publicKey: KeyObject,
): readonly string[] => {
  const violations: string[] = [];
  const finals = new Map<string, Event>();
  for (const event of issued) {
    if (event.name !== 'VerdictIssued') continue;
    const body = event.body as unknown as IssuedBody;
    const signed = pae(body.payloadType, body.payload);
    const holds = body.signatures.some(({ sig }) =>
      verifySignature('sha256', signed, { key: publicKey, dsaEncoding: 'der' }, sig),
    );
    if (!holds) violations.push(`verdict ${body.verdictId}: no signature holds`);
    if (body.phase !== 'FINAL') continue;
    if (finals.has(body.taskId)) violations.push(`${body.taskId}: a second FINAL verdict`);
    finals.set(body.taskId, event);
  }
  for (const task of tasks.values()) {
    const verdict = finals.get(task.taskId);
    if (task.final === null) continue;
    if (verdict === undefined) {
      violations.push(`${task.taskId}: ${task.final} without a FINAL verdict`);
      continue;
    }
    const body = verdict.body as unknown as IssuedBody;
    if ((body.outcome === 'PASSED') !== (task.final === 'completed'))
      violations.push(`${task.taskId}: ${task.final}, but the verdict says ${body.outcome}`);
    const names =
      body.verdictId === task.verdictId &&
      body.envelopeSha256 === task.verdictSha256 &&
      verdict.offset === task.verdictOffset;
    if (!names) violations.push(`${task.taskId}: its final event names another verdict`);
    finals.delete(task.taskId);
  }
  for (const taskId of finals.keys()) violations.push(`${taskId}: a FINAL verdict without a final state`);
  return violations;
};

/** Pre-authentication encoding of DSSE v1. */
const pae = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body]);

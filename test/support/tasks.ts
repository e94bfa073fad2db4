import type {
  AgentReported,
  AskRef,
  CapacityFound,
  CommandKind,
  CommandSubmitted,
  AppliedWaiver,
  ClauseResult,
  FactMeta,
  GateOrder,
  GateReported,
  Violation,
  WaiverDecided,
  ReportKind,
  ResultVerified,
  RouteDecided,
  SpecChecked,
  TaskRequest,
  TaskSubmitted,
  VerdictSigned,
} from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import type { SagaLimits } from '../../src/saga/index.js';
import { sagaDomain, type Fact, type SagaIndex } from '../../src/saga/index.js';
import { taskStream, type SagaValue, type TaskState } from '../../src/aggregates/task/index.js';
import { Partition } from './partition.js';
import { routingDecision } from './decision.js';
import { taskRequest } from './requests.js';

export const SHA = (digit: string): string => digit.repeat(64);
export const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export const request = (taskId: string, over: Partial<TaskRequest> = {}): TaskRequest =>
  taskRequest(taskId, {
    requestId: `request-of-${taskId}`,
    tenant: 'acme',
    title: 'a title',
    description: 'a description',
    spec: 'id: FEAT-1',
    repository: 'file:///repo',
    baseRevision: 'main',
    requiredCapabilities: ['typescript'],
    tokenBudget: 1000,
    metadata: { k: 'v' },
    actor: 'ann',
    ...over,
  });

let facts = 0;
export const factMeta = (taskId: string, inReplyTo: AskRef | null = null): FactMeta => ({
  factId: `fact-${++facts}`,
  edgeId: null,
  taskId,
  component: 'test',
  instance: 'i',
  build: 'b',
  inReplyTo,
  readUpTo: null,
  source: null,
  occurredAt: 0,
  tenant: 'acme',
  actor: 'ann',
  traceparent: TRACE,
});

export interface FactOf<F> {
  readonly type: string;
  readonly record: F;
}
const fact = <F extends Fact>(type: string, record: F): FactOf<F> => ({ type, record });

export const submitted = (taskId: string, over: Partial<TaskRequest> = {}): FactOf<TaskSubmitted> =>
  fact('TaskSubmitted', { meta: factMeta(taskId), request: request(taskId, over), requestSha256: SHA('a') });

export const commanded = (
  taskId: string,
  command: CommandKind,
  over: Partial<CommandSubmitted> = {},
): FactOf<CommandSubmitted> =>
  fact('CommandSubmitted', {
    meta: factMeta(taskId),
    commandId: `${command}-of-${taskId}`,
    command,
    reason: 'because',
    ifToken: null,
    ifVersion: null,
    ...over,
  });

export const specChecked = (
  taskId: string,
  ask: AskRef,
  over: Partial<SpecChecked> = {},
): FactOf<SpecChecked> =>
  fact('SpecChecked', {
    meta: factMeta(taskId, ask),
    outcome: 'PASS',
    specSha256: SHA('b'),
    specId: 'FEAT-1',
    riskTier: 2,
    mode: 'feature',
    policySha256: SHA('c'),
    constitutionSha256: SHA('d'),
    baseCommit: '1'.repeat(40),
    spec: null,
    clauses: [],
    violations: [],
    budget: null,
    specSize: null,
    waiverWaitMs: null,
    ...over,
  });

export const routeDecided = (
  taskId: string,
  ask: AskRef,
  over: Partial<RouteDecided> = {},
): FactOf<RouteDecided> =>
  fact('RouteDecided', {
    meta: factMeta(taskId, ask),
    outcome: 'ROUTED',
    agentId: 'agent-1',
    workerInstance: 'worker-1',
    decision: routingDecision(),
    reason: 'drawn',
    missingCapabilities: [],
    rivals: [],
    ...over,
  });

export const capacityFound = (taskId: string, ask: AskRef): FactOf<CapacityFound> =>
  fact('CapacityFound', { meta: factMeta(taskId, ask) });

export const RESULT = {
  commit: '2'.repeat(40),
  ref: 'refs/arbiter/t/1-9',
  resultSha256: null,
  exitCode: 0,
  output: '',
  usage: { inputTokens: 1, outputTokens: 2, costMicros: 3 },
  evidence: [],
};

export const reported = (
  taskId: string,
  report: ReportKind,
  token: number,
  over: Partial<AgentReported> = {},
): FactOf<AgentReported> =>
  fact('AgentReported', {
    meta: factMeta(taskId),
    reportId: `report-${++facts}`,
    report,
    token,
    agentId: 'agent-1',
    workerInstance: 'worker-1',
    number: facts,
    busy: false,
    reason: 'a reason',
    failureClass: null,
    percent: null,
    quotaResetsAt: null,
    diff: null,
    result: report === 'RESULT' ? RESULT : null,
    ...over,
  });

export const resultVerified = (
  taskId: string,
  ask: AskRef,
  over: Partial<ResultVerified> = {},
): FactOf<ResultVerified> =>
  fact('ResultVerified', {
    meta: factMeta(taskId, ask),
    outcome: 'PASS',
    failureClass: null,
    commit: RESULT.commit,
    subject: [{ name: 'result', digest: { gitCommit: RESULT.commit } }],
    diff: { files: 1, insertions: 2, deletions: 3 },
    changes: [],
    clauses: [],
    violations: [],
    policySha256: SHA('c'),
    constitutionSha256: SHA('d'),
    gates: [],
    waiverWaitMs: null,
    ...over,
  });

export const verdictSigned = (
  taskId: string,
  ask: AskRef,
  over: Partial<VerdictSigned> = {},
): FactOf<VerdictSigned> =>
  fact('VerdictSigned', {
    meta: factMeta(taskId, ask),
    verdictId: 'verdict-1',
    outcome: 'PASSED',
    envelopeSha256: SHA('e'),
    verdictOffset: 4,
    ...over,
  });

export const clause = (id: string, over: Partial<ClauseResult> = {}): ClauseResult => ({
  id,
  title: id,
  severity: 'MUST',
  result: 'PASS',
  message: '',
  observed: {},
  waivers: [],
  evidence: [],
  ...over,
});

export const violation = (rule: string, path = '/'): Violation => ({
  rule,
  path,
  message: 'broken',
  repair: null,
});

/** What a change over its budget comes to: 30 of 20 files, 400 of 500 lines. */
export const OVER_BUDGET = {
  outcome: 'FAIL' as const,
  clauses: [
    clause('caws.scope'),
    clause('caws.budget', {
      result: 'FAIL',
      observed: {
        'diff.files': '30',
        'diff.lines': '400',
        'budget.max_files': '20',
        'budget.max_loc': '500',
      },
    }),
  ],
  violations: [violation('caws.budget.max_files_exceeded')],
};

/** A tier 1 spec without what its tier needs. */
export const BROKEN_SPEC = {
  outcome: 'FAIL' as const,
  clauses: [clause('caws.spec.semantics', { result: 'FAIL' })],
  violations: [violation('spec.semantic.tier1.rollback_required', '/rollback')],
};

export const waiver = (over: Partial<AppliedWaiver> = {}): AppliedWaiver => ({
  waiverId: 'W-1',
  clause: 'caws.budget',
  requestedBy: 'bea',
  approvedBy: ['carl'],
  reason: 'generated code',
  expiresAt: 1_800_000_000_000_000,
  offset: 12,
  amount: { files: 10 },
  paths: [],
  override: false,
  ...over,
});

export const waiverDecided = (
  taskId: string,
  ask: AskRef,
  over: Partial<WaiverDecided> = {},
): FactOf<WaiverDecided> =>
  fact('WaiverDecided', {
    meta: factMeta(taskId, ask),
    outcome: 'CURED',
    waivers: [waiver(), waiver({ waiverId: 'W-2', clause: 'caws.spec.semantics', amount: {} })],
    reason: '',
    ...over,
  });

export const gateOrder = (gate: string, over: Partial<GateOrder> = {}): GateOrder => ({
  gate,
  clause: `arbiter.gate.${gate}`,
  title: gate,
  severity: 'MUST',
  tier: 2,
  thresholds: {},
  argv: ['npm', 'test'],
  evidencePath: null,
  evidenceFormat: null,
  timeoutMs: 60_000,
  memoryMb: 512,
  options: {},
  ...over,
});

export const gateReported = (
  taskId: string,
  ask: AskRef,
  over: Partial<GateReported> & { gate?: string } = {},
): FactOf<GateReported> => {
  const gate = over.gate ?? 'unit';
  return fact('GateReported', {
    meta: factMeta(taskId, ask),
    outcome: 'PASS',
    failureClass: null,
    gate,
    measured: { lines: 0.93 },
    evidence: [{ name: 'lcov', sha256: SHA('f') }],
    clauses: [clause(`arbiter.gate.${gate}`)],
    violations: [],
    exitCode: 0,
    durationMs: 1200,
    output: '',
    ...over,
  });
};

/** Long enough for every wait in these tests, µs excepted. */
export const HOUR = 3_600_000;

/** One partition of the saga and short words for what happens on it. */
export class Scene extends Partition<SagaValue, SagaIndex, Fact> {
  constructor(limits: Partial<SagaLimits> = {}) {
    super(sagaDomain(limits));
  }

  send(given: FactOf<Fact>): LoggedEvent[] {
    return this.record(given.type, given.record);
  }

  task(taskId: string): TaskState {
    const value = this.values.get(taskStream(taskId));
    if (value?.kind !== 'task') throw new Error(`no live task ${taskId}`);
    return value;
  }

  /** The ask that is pending. */
  pending(taskId: string): AskRef {
    const { ask } = this.task(taskId);
    if (ask === null) throw new Error(`${taskId} has no pending ask`);
    return { offset: ask.offset, eventId: ask.eventId };
  }

  token(taskId: string): number {
    return this.task(taskId).assignment?.token ?? -1;
  }

  /** Takes a task to a resting state by the shortest way. */
  bring(taskId: string, to: TaskState['state'], over: Partial<TaskRequest> = {}): LoggedEvent[] {
    const waits = to === 'awaiting_spec_waiver' || to === 'awaiting_waiver';
    const events = this.send(submitted(taskId, waits ? { waiverWaitMs: HOUR, ...over } : over));
    if (to === 'validating_spec') return events;
    if (to === 'awaiting_spec_waiver')
      return this.send(specChecked(taskId, this.pending(taskId), BROKEN_SPEC));
    if (to === 'suspended') {
      this.bringFrom(taskId, 'routing');
      return this.send(commanded(taskId, 'SUSPEND'));
    }
    return this.bringFrom(taskId, to);
  }

  bringFrom(taskId: string, to: TaskState['state']): LoggedEvent[] {
    const ask = (): AskRef => this.pending(taskId);
    const steps: readonly [TaskState['state'], () => FactOf<Fact>][] = [
      ['routing', () => specChecked(taskId, ask())],
      ['routed', () => routeDecided(taskId, ask())],
      ['executing', () => reported(taskId, 'ACCEPTED', this.token(taskId))],
      ['verifying', () => reported(taskId, 'RESULT', this.token(taskId))],
      ['sealed', () => resultVerified(taskId, ask())],
      ['completed', () => verdictSigned(taskId, ask())],
    ];
    for (const [state, make] of steps) {
      if (to === 'queued' && state === 'routed') {
        return this.send(routeDecided(taskId, ask(), { outcome: 'NO_CAPACITY' }));
      }
      if (to === 'running_gates' && state === 'sealed') {
        return this.send(resultVerified(taskId, ask(), { gates: [gateOrder('unit'), gateOrder('lint')] }));
      }
      if (to === 'awaiting_waiver' && state === 'sealed') {
        return this.send(resultVerified(taskId, ask(), OVER_BUDGET));
      }
      const events = this.send(make());
      if (state === to) return events;
    }
    throw new Error(`no way to ${to}`);
  }
}

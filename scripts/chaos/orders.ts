import type { TaskRequested } from '../../src/events/generated/events.js';
import type { Chance } from './random.js';

/** What a task of the stream is, and so how it may end. */
export type Kind = keyof typeof WEIGHTS;

const WEIGHTS = {
  good: 46,
  slow: 10,
  invalidSpec: 8,
  notYaml: 3,
  flaky: 7,
  failing: 5,
  declined: 6,
  cancelled: 6,
  suspended: 5,
  cancelledFirst: 2,
  pastDeadline: 2,
} as const;

/** The states in which a task of each kind may end, whatever is killed in the meantime. */
export const FINALS: Readonly<Record<Kind, readonly string[]>> = {
  good: ['completed'],
  slow: ['completed'],
  invalidSpec: ['rejected'],
  notYaml: ['rejected'],
  flaky: ['completed'],
  failing: ['failed'],
  declined: ['completed'],
  cancelled: ['cancelled', 'completed'],
  suspended: ['completed'],
  // Order across topics is never assumed: the request may be taken in before its cancel.
  cancelledFirst: ['cancelled', 'completed'],
  pastDeadline: ['failed'],
};

/** Attempts that agents of a kind fail by themselves, as they were told to; of all others none is lost. */
export const SPENT: Readonly<Partial<Record<Kind, number>>> = { flaky: 1, failing: 2 };

export const SPEC = [
  'id: FEAT-1',
  'title: a task of the chaos run',
  'risk_tier: 3',
  'mode: feature',
  'lifecycle_state: active',
  'blast_radius: {modules: [src]}',
  'scope: {in: [src], out: [], support: []}',
  'invariants: [it holds]',
  'acceptance: [{id: A1, given: g, when: w, then: t}]',
  'non_functional: {security: [s]}',
  'contracts: [{name: c, type: api}]',
  'observability: [o]',
  'rollback: [r]',
].join('\n');

const SPECS: Readonly<Partial<Record<Kind, string>>> = {
  invalidSpec: SPEC.replace('risk_tier: 3', 'risk_tier: 9'),
  notYaml: 'id: [unclosed\n\t- {',
};

/** One task to be asked for: its request and what happens around it. */
export interface Order {
  readonly kind: Kind;
  readonly request: TaskRequested;
  /** The same record once more, after this many ms. */
  readonly repeatAfter: number | null;
  /** Another request for the same task id, after this many ms. */
  readonly duplicateAfter: number | null;
  /** Commands, each with its delay against the request (negative: before it). */
  readonly commands: readonly {
    readonly name: 'CancelTask' | 'SuspendTask' | 'ResumeTask';
    readonly after: number;
  }[];
}

/** Agents that may do the work; the chaos run has a worker for each. */
export const AGENTS = ['alpha', 'beta', 'gamma'] as const;

/** The next task of the stream. */
export const nextOrder = (random: Chance, run: string, number: number): Order => {
  const kind = random.weighted(WEIGHTS);
  const taskId = `${run}-${String(number).padStart(6, '0')}-${kind}`;
  const metadata: Record<string, string> = { workMs: String(random.between(0, 40)) };
  if (kind === 'slow') metadata.workMs = String(random.between(1500, 6000));
  if (kind === 'cancelled') metadata.workMs = String(random.between(0, 3000));
  if (kind === 'suspended') metadata.workMs = String(random.between(0, 2000));
  if (kind === 'flaky') metadata.failUntil = '2';
  if (kind === 'failing') metadata.failUntil = '100';
  if (kind === 'declined') metadata.declineBy = random.pick(AGENTS);
  const now = Date.now() * 1000;
  const request: TaskRequested = {
    requestId: `request-${taskId}`,
    taskId,
    tenant: 'chaos',
    type: random.pick(['code-editing', 'testing', 'documentation']),
    title: `${kind} ${number}`,
    description: '',
    spec: SPECS[kind] ?? SPEC,
    specRepository: null,
    specRevision: null,
    specPath: null,
    repository: null,
    baseRevision: null,
    requiredCapabilities: ['work'],
    priority: random.between(1, 10),
    deadline: kind === 'pastDeadline' ? now - 1_000_000 : null,
    maxAttempts: kind === 'failing' ? 2 : 3,
    tokenBudget: null,
    costBudgetMicros: null,
    retryOf: null,
    waiverWaitMs: null,
    race: null,
    metadata,
    actor: 'chaos',
    occurredAt: now,
    traceparent: null,
  };
  return {
    kind,
    request,
    repeatAfter: random.next() < 0.08 ? random.between(0, 5000) : null,
    duplicateAfter: random.next() < 0.05 ? random.between(0, 5000) : null,
    commands: commandsOf(kind, random),
  };
};

const commandsOf = (kind: Kind, random: Chance): Order['commands'] => {
  if (kind === 'cancelled') return [{ name: 'CancelTask', after: random.between(0, 2500) }];
  if (kind === 'cancelledFirst') return [{ name: 'CancelTask', after: -1 }];
  if (kind !== 'suspended') return [];
  const after = random.between(0, 1500);
  return [
    { name: 'SuspendTask', after },
    { name: 'ResumeTask', after: after + random.between(500, 4000) },
  ];
};

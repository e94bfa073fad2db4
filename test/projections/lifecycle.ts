import { createHash } from 'node:crypto';
import { UNDECLARED } from '../../src/aggregates/agent/index.js';
import type { Offer, ResultClaim, TaskRequest } from '../../src/events/generated/events.js';
import { envelopeBytes, envelopeFrom, IN_TOTO } from '../../src/verdicts/index.js';
import { taskRequest } from '../support/requests.js';
import type { Said } from './log-writer.js';

const SHA = 'ab'.repeat(32);

const request = (taskId: string): TaskRequest =>
  taskRequest(taskId, {
    title: `Task ${taskId}`,
    description: 'Change the greeting',
    spec: null,
    requiredCapabilities: ['typescript'],
    maxAttempts: 3,
  });

const offer: Offer = {
  taskType: 'code-editing',
  title: 'Task',
  description: '',
  spec: null,
  repository: null,
  baseCommit: null,
  deadline: null,
  tokenBudget: null,
  costBudgetMicros: null,
  budget: null,
  metadata: {},
};

const result: ResultClaim = {
  commit: 'c'.repeat(40),
  ref: null,
  resultSha256: null,
  exitCode: 0,
  output: 'done',
  usage: { inputTokens: 100, outputTokens: 20, costMicros: 300 },
  evidence: [],
};

const checked = { policySha256: SHA, constitutionSha256: SHA, clauses: [] };
const work = { agentId: 'agent-a', workerInstance: 'instance-1', token: 7 };

export const task = (taskId: string, type: string, data: Readonly<Record<string, unknown>> = {}): Said => ({
  type,
  streamId: `task/${taskId}`,
  data: { taskId, ...data },
});

/** Request to the routed offer. */
export const untilRouted = (taskId: string, agentId = 'agent-a'): Said[] => [
  task(taskId, 'TaskReceived', { request: request(taskId), requestSha256: SHA }),
  task(taskId, 'SpecValidationStarted', { request: request(taskId) }),
  task(taskId, 'SpecApproved', {
    specSha256: SHA,
    specId: null,
    riskTier: 2,
    mode: null,
    baseCommit: null,
    spec: null,
    ...checked,
  }),
  task(taskId, 'RoutingStarted', {
    attempt: 1,
    taskType: 'code-editing',
    requiredCapabilities: ['typescript'],
    excludedAgents: [],
    excludedInstances: [],
    riskTier: 2,
    priority: 5,
    deadline: null,
  }),
  task(taskId, 'TaskRouted', {
    attempt: 1,
    agentId,
    workerInstance: 'instance-1',
    decision: {
      policyId: 'thompson',
      policyVersion: '1',
      taskType: 'code-editing',
      candidates: [],
      masked: [],
      propensity: 1,
      floor: 0.05,
      seed: 's',
      statisticsOffsets: [],
    },
    acceptBy: 0,
    leaseMs: 60_000,
    offer,
  }),
];

/** The whole way to `completed`: 11 events. */
export const completedTask = (taskId: string, agentId = 'agent-a'): Said[] => [
  ...untilRouted(taskId, agentId),
  task(taskId, 'ExecutionStarted', { ...work, agentId }),
  task(taskId, 'ExecutionCompleted', { ...work, agentId, result }),
  task(taskId, 'VerificationStarted', {
    token: 7,
    attempt: 1,
    agentId,
    taskType: 'code-editing',
    repository: null,
    baseCommit: null,
    spec: null,
    specSha256: SHA,
    result,
  }),
  task(taskId, 'VerificationPassed', {
    token: 7,
    commit: result.commit,
    subject: [],
    diff: { files: 2, insertions: 10, deletions: 3 },
    changes: [],
    ...checked,
  }),
  task(taskId, 'VerdictRequested', {
    outcome: 'PASSED',
    ending: 'COMPLETED',
    reason: 'all clauses hold',
    subject: [],
    repository: null,
    baseCommit: null,
    commit: result.commit,
    specSha256: SHA,
    requestSha256: SHA,
    riskTier: 2,
    agentId,
    attempt: 1,
    token: 7,
    preVerdictAsk: null,
    diff: { files: 2, insertions: 10, deletions: 3 },
    violations: [],
    ...checked,
  }),
  task(taskId, 'TaskCompleted', {
    verdictId: `verdict-${taskId}`,
    verdictSha256: SHA,
    verdictOffset: 1,
    attempts: 1,
  }),
];

const agent = (agentId: string, type: string, data: Readonly<Record<string, unknown>>): Said => ({
  type,
  streamId: `agent/${agentId}`,
  data: { agentId, ...data },
});

export const registeredAgent = (
  agentId: string,
  maxConcurrency = 4,
  capabilities = ['typescript'],
  taskTypes: readonly string[] = [],
): Said =>
  agent(agentId, 'AgentRegistered', {
    displayName: agentId.toUpperCase(),
    modelFamily: 'any',
    version: '1',
    capabilities,
    taskTypes,
    maxConcurrency,
    costPerTaskMicros: null,
    ...UNDECLARED,
    tags: {},
  });

export const changedCapabilities = (
  agentId: string,
  capabilityVersion: number,
  capabilities: string[],
): Said =>
  agent(agentId, 'CapabilitiesChanged', {
    capabilityVersion,
    capabilities,
    taskTypes: [],
    languages: [],
    specialisations: [],
    maxConcurrency: 4,
  });

export const changedStatus = (agentId: string, status: string, reason: string): Said =>
  agent(agentId, 'AgentStatusChanged', { status, reason });

export const offered = (taskId: string, token: number, agentId = 'agent-a'): Said =>
  task(taskId, 'AssignmentOffered', {
    token,
    attempt: 1,
    agentId,
    workerInstance: 'instance-1',
    acceptBy: 0,
    leaseMs: 60_000,
    offer,
  });

export const outcome = (taskId: string, token: number, agentId: string, result: string): Said =>
  task(taskId, 'OutcomeObserved', {
    token,
    attempt: 1,
    agentId,
    taskType: 'code-editing',
    result,
    failureClass: result === 'FAILURE' ? 'AGENT' : null,
    routedAt: 1_000_000,
    finishedAt: 3_000_000,
    usage: { inputTokens: 10, outputTokens: 5, costMicros: 40 },
    propensity: 0.5,
    policyId: 'thompson',
  });

export const issuedVerdict = (taskId: string): Said => {
  const raw = {
    payloadType: IN_TOTO,
    payload: Buffer.from(JSON.stringify({ subject: taskId })),
    signatures: [{ keyid: 'key-1', sig: Buffer.from([1, 2, 3, 250]) }],
  };
  const envelope = envelopeBytes(envelopeFrom(raw));
  return task(taskId, 'VerdictIssued', {
    verdictId: `verdict-${taskId}`,
    phase: 'FINAL',
    outcome: 'PASSED',
    ending: 'COMPLETED',
    ask: { offset: 3, eventId: 'e' },
    ...raw,
    envelopeSha256: createHash('sha256').update(envelope).digest('hex'),
  });
};

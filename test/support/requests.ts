import type { TaskRequest, TaskRequested } from '../../src/events/generated/events.js';
import { SPEC } from './spec.js';

/** A request that asks for nothing in particular; what a test is about comes in `over`. */
export const taskRequest = (taskId: string, over: Partial<TaskRequest> = {}): TaskRequest => ({
  requestId: `request-${taskId}`,
  taskId,
  tenant: 'default',
  type: 'code-editing',
  title: taskId,
  description: '',
  spec: SPEC,
  specRepository: null,
  specRevision: null,
  specPath: null,
  repository: null,
  baseRevision: null,
  requiredCapabilities: [],
  priority: 5,
  deadline: null,
  maxAttempts: 2,
  tokenBudget: null,
  costBudgetMicros: null,
  retryOf: null,
  waiverWaitMs: null,
  race: null,
  metadata: {},
  actor: 'test',
  ...over,
});

/** The same as it stands at the edge. */
export const taskRequested = (taskId: string, over: Partial<TaskRequested> = {}): TaskRequested => ({
  ...taskRequest(taskId),
  occurredAt: Date.now() * 1000,
  traceparent: null,
  ...over,
});

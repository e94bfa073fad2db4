import { randomUUID } from 'node:crypto';
import { UNDECLARED } from '../../src/aggregates/agent/index.js';
import { TOPICS } from '../../src/events/topics.js';
import type { AssignmentOffered, VerdictIssued } from '../../src/events/generated/events.js';
import { followAll, micros, systemClock, type Following } from '../../src/log/index.js';
import { createEdgePublisher, uuidv7, type EdgePublisher } from '../../src/producers/index.js';
import type { Connection } from '../../src/runtime/index.js';
import { taskRequested } from '../../test/support/requests.js';

/** The result an instant agent hands in for an offer. */
export type InstantAgent = (
  offer: AssignmentOffered,
) => Promise<{ commit: string | null; ref: string | null }>;

export interface Task {
  readonly spec: string;
  readonly repository: string | null;
  readonly baseRevision: string | null;
}

/** Publishes requests, answers every offer at once, and watches for final verdicts, as an outsider would. */
export interface LifecycleClient {
  /** Milliseconds from publishing the request to its final verdict being read from the log; rejects after `timeoutMs`. */
  run(task: Task): Promise<{ readonly milliseconds: number; readonly outcome: string }>;
  close(): Promise<void>;
}

const SLOTS = 5000;
const NO_USAGE = { inputTokens: 0, outputTokens: 0, costMicros: 0 };

export const startClient = async (
  connection: Connection,
  agent: InstantAgent,
  timeoutMs: number,
  /** How often a run that is at work says so; default never, for an instant agent. */
  heartbeatMs?: number,
): Promise<LifecycleClient> => {
  const { bus, logCodec: codec } = connection;
  const publisher = await bus.openPublisher();
  const edge = await createEdgePublisher(publisher, codec, bus.admin);
  const { partitions } = await bus.admin.describeTopic(TOPICS.tasks);
  const agentId = `bench-${randomUUID().slice(0, 8)}`;
  const workerInstance = randomUUID();
  const now = (): number => micros(systemClock);
  const waiting = new Map<string, (outcome: string) => void>();

  await registerAgent(edge, agentId, now());
  const see = (): Promise<unknown> =>
    edge.publish('arbiter.presence', 'WorkerSeen', workerInstance, {
      agentId,
      instance: workerInstance,
      slots: SLOTS,
      freeSlots: SLOTS,
      leaving: false,
      build: 'bench',
      occurredAt: now(),
    });
  await see();
  const presence = setInterval(() => void see(), 2000);

  const follow = (topic: string, onEvent: (type: string, body: unknown) => void): Promise<Following> =>
    followAll({
      bus,
      codec,
      clock: systemClock,
      topic,
      partitions,
      onRejected: () => undefined,
      onError: (error) => process.stderr.write(`${topic}: ${String(error)}\n`),
      onEvents: (_partition, followed) => {
        for (const { event } of followed) onEvent(event.type, event.body);
      },
    });
  const submitResult = async (offer: AssignmentOffered): Promise<void> => {
    let number = 0;
    const head = () => ({
      reportId: randomUUID(),
      taskId: offer.taskId,
      token: offer.token,
      agentId,
      workerInstance,
      number: number++,
      tenant: 'default',
      occurredAt: now(),
      traceparent: null,
    });
    const beat = (): void => {
      void edge.publish('arbiter.agent-reports', 'Heartbeat', offer.taskId, { ...head(), diff: null });
    };
    // The first sign of life accepts the offer.
    if (heartbeatMs !== undefined) beat();
    const beating = heartbeatMs === undefined ? undefined : setInterval(beat, heartbeatMs);
    const { commit, ref } = await agent(offer);
    clearInterval(beating);
    await edge.publish('arbiter.agent-reports', 'ResultSubmitted', offer.taskId, {
      ...head(),
      result: {
        commit,
        ref,
        resultSha256: commit === null ? 'a'.repeat(64) : null,
        exitCode: 0,
        output: '',
        usage: NO_USAGE,
        evidence: [],
      },
    });
  };
  const assignments = await follow(TOPICS.assignments, (type, body) => {
    const offer = body as AssignmentOffered;
    if (type === 'AssignmentOffered' && offer.workerInstance === workerInstance) void submitResult(offer);
  });
  const verdicts = await follow(TOPICS.verdicts, (_type, body) => {
    const { taskId, phase, outcome } = body as VerdictIssued;
    if (phase === 'FINAL') waiting.get(taskId)?.(outcome);
  });
  await Promise.all([assignments.whenCaughtUp(), verdicts.whenCaughtUp()]);

  return {
    run: async (task) => {
      const taskId = `bench-${uuidv7(Date.now())}`;
      let timer: NodeJS.Timeout | undefined;
      const verdict = new Promise<string>((resolve, reject) => {
        waiting.set(taskId, resolve);
        timer = setTimeout(
          () => reject(new Error(`${taskId}: no final verdict within ${timeoutMs} ms`)),
          timeoutMs,
        );
      });
      const begun = performance.now();
      const request = taskRequested(taskId, { ...task, requiredCapabilities: [agentId], actor: 'bench' });
      await edge.publish('arbiter.task-requests', 'TaskRequested', taskId, request);
      const outcome = await verdict;
      clearTimeout(timer);
      waiting.delete(taskId);
      return { milliseconds: performance.now() - begun, outcome };
    },
    close: async () => {
      clearInterval(presence);
      await Promise.all([assignments.close(), verdicts.close()]);
      await publisher.close();
    },
  };
};

const registerAgent = (edge: EdgePublisher, agentId: string, now: number): Promise<unknown> =>
  edge.publish('arbiter.agent-commands', 'RegisterAgent', agentId, {
    commandId: randomUUID(),
    agentId,
    displayName: 'instant agent of the bench',
    modelFamily: '',
    version: '',
    capabilities: [agentId],
    taskTypes: [],
    maxConcurrency: SLOTS,
    costPerTaskMicros: null,
    ...UNDECLARED,
    tags: {},
    ifVersion: null,
    tenant: 'default',
    actor: 'bench',
    occurredAt: now,
    traceparent: null,
  });

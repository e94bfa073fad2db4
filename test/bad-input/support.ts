import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { UNDECLARED } from '../../src/aggregates/agent/index.js';
import { partitionFor } from '../../src/bus/partition.js';
import type { LogRecord, Publisher, TopicPartition } from '../../src/bus/port.js';
import type { DeadLettered, FactMeta, TaskRequested } from '../../src/events/generated/events.js';
import { TOPICS } from '../../src/events/topics.js';
import { systemClock } from '../../src/log/index.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { startStack, stopStack, type PartName, type Stack } from '../../src/platform/stack/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../src/producers/index.js';
import { openQueries, type Queries, type TaskView } from '../../src/projections/index.js';
import { FINAL_STATES } from '../../src/projections/task-states.js';
import { startWorker, type Run, type Worker, type WorkerOptions } from '../../src/runners/index.js';
import {
  connect,
  endpointsOf,
  parseSettings,
  setUp,
  startArbiter,
  type Arbiter,
  type Connection,
  type Endpoints,
} from '../../src/runtime/index.js';
import { taskRequested } from '../support/requests.js';

export const SPEC = readFileSync(new URL('./good-spec.yaml', import.meta.url), 'utf8');

/** Everything below is generous: the machine may be busy, and nothing here is about speed. */
export const PATIENCE_MS = 120_000;

const REPOSITORY_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A task that succeeds; what is bad about it comes in `over`. */
export const requestOf = (taskId: string, over: Partial<TaskRequested> = {}): TaskRequested =>
  taskRequested(taskId, {
    tenant: 'test',
    spec: SPEC,
    requiredCapabilities: ['work'],
    maxAttempts: 1,
    ...over,
  });

/** At once, whatever it is asked. */
export const instantly: Run = ({ taskId }) => ({
  kind: 'done',
  resultSha256: createHash('sha256').update(taskId).digest('hex'),
});

/** A stack of its own with one arbiter process's components in this process. */
export class Stage {
  arbiter: Arbiter | undefined;
  stack: Stack;
  readonly workers: Worker[] = [];

  private constructor(
    stack: Stack,
    readonly endpoints: Endpoints,
    readonly connection: Connection,
    readonly publisher: Publisher,
    readonly edge: EdgePublisher,
    readonly queries: Queries,
  ) {
    this.stack = stack;
  }

  static async open(name: string): Promise<Stage> {
    const folder = path.join(REPOSITORY_ROOT, '.arbiter', `bad-input-${name}-${randomUUID().slice(0, 8)}`);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const stack = await startStack({
      folder,
      env: ownEnvironment(),
      quiet: true,
      readyTimeoutMs: PATIENCE_MS,
    });
    const endpoints = endpointsOf(stack);
    await setUp(endpoints);
    const connection = await connect(endpoints, 'bad-input');
    const publisher = await connection.bus.openPublisher();
    const edge = await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin);
    return new Stage(stack, endpoints, connection, publisher, edge, openQueries(endpoints.databaseUrl));
  }

  async start(limits: object = {}): Promise<Arbiter> {
    const timers = { routed: 5000, executing: 5000 };
    const settings = parseSettings({ limits: { timers, queueRetryMs: 1000, ...limits } });
    const logger = pino({ level: process.env['ARBITER_LOG_LEVEL'] ?? 'silent' }, pino.destination(2));
    const { endpoints, connection } = this;
    this.arbiter = await startArbiter({ endpoints, connection, settings, logger, metrics: createMetrics() });
    return this.arbiter;
  }

  /** Registers the agent and starts a worker for it. */
  async work(agentId: string, run: Run = instantly, over: Partial<WorkerOptions> = {}): Promise<Worker> {
    const capabilities = agentId === 'worker' ? ['work'] : [agentId];
    await this.edge.publish(TOPICS.agentCommands, 'RegisterAgent', agentId, {
      commandId: randomUUID(),
      agentId,
      displayName: agentId,
      modelFamily: 'test',
      version: '1',
      capabilities,
      taskTypes: [],
      maxConcurrency: 8,
      costPerTaskMicros: null,
      ...UNDECLARED,
      tags: {},
      ifVersion: null,
      tenant: 'test',
      actor: 'test',
      occurredAt: Date.now() * 1000,
      traceparent: null,
    });
    const worker = await startWorker({
      bus: this.connection.bus,
      codec: this.connection.logCodec,
      publisher: this.edge,
      clock: systemClock,
      agentId,
      slots: 8,
      build: 'test',
      run,
      graceMs: 0,
      ...over,
    });
    this.workers.push(worker);
    return worker;
  }

  async submit(taskId: string, over: Partial<TaskRequested> = {}): Promise<void> {
    await this.edge.publish(TOPICS.taskRequests, 'TaskRequested', taskId, requestOf(taskId, over));
  }

  async command(name: 'CancelTask' | 'SuspendTask' | 'ResumeTask', taskId: string): Promise<string> {
    const commandId = randomUUID();
    const head = { tenant: 'test', actor: 'test', occurredAt: Date.now() * 1000, traceparent: null };
    const body = { commandId, taskId, reason: 'test', ifToken: null, ifVersion: null, ...head };
    await this.edge.publish(TOPICS.commands, name, taskId, body);
    return commandId;
  }

  /** Bytes as a stranger writes them. Returns where they stand. */
  async raw(topic: string, value: Buffer): Promise<Place> {
    const { offset } = await this.publisher.publish(topic, 0, { key: null, value });
    return { topic, partition: 0, offset };
  }

  /** The task as people see it, once it is as wanted. */
  async seen(taskId: string, wanted: (task: TaskView) => boolean): Promise<TaskView> {
    return eventually(`${taskId} as wanted`, async () => {
      const task = await this.queries.findTask(taskId).catch(() => undefined);
      return task !== undefined && wanted(task) ? task : undefined;
    });
  }

  final(taskId: string): Promise<TaskView> {
    return this.seen(taskId, ({ state }) => FINAL_STATES.has(state));
  }

  /** A good task beside the bad one: others go on. */
  async goesOn(name: string, elsewhere?: TopicPartition): Promise<void> {
    const taskId = await this.#idElsewhere(`beside-${name}`, elsewhere);
    await this.submit(taskId);
    const { state, reason } = await this.final(taskId);
    if (state !== 'completed') throw new Error(`${taskId}: expected completed, found ${state}: ${reason}`);
  }

  /** A task whose records do not stand behind a partition that waits. */
  async #idElsewhere(name: string, elsewhere: TopicPartition | undefined): Promise<string> {
    const made = (): string => `${name}-${randomUUID().slice(0, 8)}`;
    if (elsewhere === undefined) return made();
    const { partitions } = await this.connection.bus.admin.describeTopic(elsewhere.topic);
    for (;;) {
      const taskId = made();
      if (partitionFor(taskId, partitions) !== elsewhere.partition) return taskId;
    }
  }

  /** The events of one task, by name, from the views. */
  async events(taskId: string): Promise<readonly string[]> {
    return (await this.queries.timeline(taskId)).map(({ event }) => event);
  }

  /** Events of the tasks log that a person finds with `arbiter events`. */
  async logged<T extends object>(name: string, about: (record: T) => boolean): Promise<T> {
    return eventually(name, async () => {
      for await (const { record, decoded } of this.read(TOPICS.tasks))
        if (decoded === name && about(record as T)) return record as T;
      return undefined;
    });
  }

  /** The head of the fact that intake made of what stands at this place. */
  async factOf(at: Place): Promise<FactMeta> {
    return eventually(`a fact of ${at.topic}/${at.partition}/${at.offset}`, async () => {
      for await (const { record } of this.read(TOPICS.facts)) {
        const { meta } = record as { meta: FactMeta };
        if (isAt(meta.source, at)) return meta;
      }
      return undefined;
    });
  }

  /** The dead letter for what stands at this place. */
  async letter(at: Place): Promise<DeadLettered> {
    return eventually(`a dead letter for ${at.topic}/${at.partition}/${at.offset}`, async () => {
      for await (const { record } of this.read(TOPICS.deadLetters)) {
        const letter = record as DeadLettered;
        if (isAt(letter.source, at)) return letter;
      }
      return undefined;
    });
  }

  async *read(topic: string): AsyncGenerator<{ record: object; decoded: string; at: LogRecord }> {
    const { bus, logCodec } = this.connection;
    const begins = await bus.admin.beginOffsets(topic);
    for (const [partition, from] of begins.entries())
      for await (const batch of bus.readRange({ topic, partition }, from))
        for (const at of batch.records) {
          const decoded = await logCodec.decode(at);
          if (decoded.kind === 'event') yield { record: decoded.record, decoded: decoded.name, at };
        }
  }

  /** kill -9 of one part; it stays down until `restore`. */
  kill(name: PartName): void {
    const part = this.stack.parts.find((one) => one.name === name);
    if (part !== undefined) process.kill(part.pid, 'SIGKILL');
  }

  async restore(): Promise<void> {
    const { folder } = this.stack;
    this.stack = await startStack({
      folder,
      env: ownEnvironment(),
      quiet: true,
      readyTimeoutMs: PATIENCE_MS,
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(0)));
    await this.arbiter?.stop();
    await this.queries.close();
    await this.publisher.close();
    await this.connection.close();
    await stopStack({ folder: this.stack.folder, env: ownEnvironment() });
    await rm(this.stack.folder, { recursive: true, force: true });
  }
}

type Place = TopicPartition & { readonly offset: number };

const isAt = (source: Place | null, at: Place): boolean =>
  source?.topic === at.topic && source.partition === at.partition && source.offset === at.offset;

/** Without the addresses of another stack: this one is killed and broken. */
export const ownEnvironment = (): NodeJS.ProcessEnv => {
  const {
    KAFKA_BROKERS: _k,
    SCHEMA_REGISTRY_URL: _s,
    DATABASE_URL: _d,
    ARBITER_HOME: _a,
    ...env
  } = process.env;
  return env;
};

export const eventually = async <T>(what: string, find: () => Promise<T | undefined>): Promise<T> => {
  for (const until = Date.now() + PATIENCE_MS; ;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`never: ${what}`);
    await sleep(200);
  }
};

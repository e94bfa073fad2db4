/**
 * How fast an owner is back: from `run()` to `owning`, that is fetch, decode (Avro), acceptance, fold of values and timers,
 * claim. The log is one partition of `arbiter.tasks`-shaped events (about 330 bytes, 20,000 tasks with 15 events each), read
 * once from the memory bus and once from the real broker; then from a checkpoint and an empty tail. Goal: at least 300,000
 * folds a second. `cpu_folds_per_s` counts this process's CPU time only: other work on the machine
 * slows the wall clock down, the owner is not what waits.
 */
import { randomUUID } from 'node:crypto';
import { createCodec, memorySchemaSource, recordHash, type Codec } from '../src/bus/codec/index.js';
import { openKafkaBus } from '../src/bus/kafka/index.js';
import { openLiveMemoryBus } from '../src/bus/memory/index.js';
import type { Bus, OutgoingRecord } from '../src/bus/port.js';
import type { EventsByTopic, LogMeta } from '../src/events/generated/events.js';
import { loadEventSchemas } from '../src/events/schemas.js';
import {
  createCheckpointStore,
  eventIdOf,
  makeHead,
  NO_HASH,
  openFeeds,
  openGate,
  OWNER_LIMITS,
  PartitionOwner,
  silentObserver,
  systemClock,
  type CheckpointStore,
  type DerivedIndex,
  type Domain,
  type LogCodec,
} from '../src/log/index.js';
import { brokersUnderTest } from '../test/bus/brokers.js';

const LOG = 'arbiter.tasks';
const NOW = 1_795_000_000_123_456;
const TASKS = 20_000;
const EVENTS_PER_TASK = 15;

interface Task {
  readonly state: string;
  readonly since: number;
  readonly token: number;
  readonly agent: string;
  readonly renewals: number;
  readonly dueAt: number | null;
  readonly finished: boolean;
}

class Timers implements DerivedIndex<Task> {
  readonly due = new Map<string, number>();
  moved(streamId: string, before: Task | undefined, after: Task | undefined): void {
    if (after?.dueAt != null) this.due.set(streamId, after.dueAt);
    else if (before?.dueAt != null) this.due.delete(streamId);
  }
}

const tasks: Domain<Task, Timers, unknown> = {
  foldVersion: 1,
  createIndex: () => new Timers(),
  decide: () => ({ kind: 'events', events: [] }),
  evolve: (before, { type, offset, body }) => ({
    state: type,
    since: body.meta.occurredAt,
    token: before?.token ?? offset,
    agent: (body as unknown as { agentId?: string }).agentId ?? before?.agent ?? '',
    renewals: (before?.renewals ?? 0) + (type === 'LeaseRenewed' ? 1 : 0),
    dueAt: body.meta.dueAt,
    finished: false,
  }),
  isFinal: (task) => task.finished,
  nextTimer: () => undefined,
  saveIndex: () => null,
  loadIndex: () => undefined,
};

/** The product's codec, its topic being whatever the benchmark's log is called. */
const logCodec = (codec: Codec): LogCodec => ({
  encode: (_topic, name, record) => codec.encode(LOG, name as 'LeaseRenewed', record as never),
  decode: (record) => {
    const decoded = codec.decode({ topic: LOG, value: record.value, headers: record.headers });
    return decoded as Exclude<typeof decoded, Promise<unknown>> as never;
  },
  hash: ({ value, headers }) => recordHash(value ?? Buffer.alloc(0), headers),
});

const eventOf = (
  meta: LogMeta,
  taskId: string,
  first: boolean,
): [name: 'ExecutionStarted' | 'LeaseRenewed', record: object] => {
  const started: EventsByTopic['arbiter.tasks']['ExecutionStarted'] = {
    meta,
    taskId,
    token: 1_204_530,
    agentId: 'claude',
    workerInstance: '01935b1e-7d3a-7c44-9b1a-2f4de0c1a077',
  };
  const renewed: EventsByTopic['arbiter.tasks']['LeaseRenewed'] = {
    meta,
    taskId,
    token: 1_204_530,
    message: 'running the tests',
    percent: 40,
    diff: null,
    budgetPercent: null,
    budgetWarning: null,
    number: 3,
  };
  return first ? ['ExecutionStarted', started] : ['LeaseRenewed', renewed];
};

/** A claim and all events under it, linked by their hashes. */
function* records(codec: LogCodec): Generator<OutgoingRecord> {
  const claim = codec.encode(LOG, 'Claimed', {
    previousClaim: -1,
    foldedTo: 0,
    prevHash: NO_HASH,
    partitions: 1,
    owner: 'saga',
    instance: randomUUID(),
    build: 'bench',
    foldVersion: 1,
    inboxEnd: 0,
    logTopicId: null,
    inboxTopicId: null,
    occurredAt: NOW,
  });
  yield { key: null, ...claim };
  let prevHash = codec.hash(claim);
  for (let seq = 0; seq < TASKS * EVENTS_PER_TASK; seq++) {
    const task = seq % TASKS;
    const version = Math.floor(seq / TASKS) + 1;
    const taskId = `demo-fix-parser-${task}`;
    const dueAt = NOW + 60_000_000 + seq;
    const meta = makeHead(
      {
        type: '',
        streamId: `task/${taskId}`,
        data: {},
        dueAt,
        timer: 'LEASE',
        correlationId: taskId,
        tenant: 'default',
        actor: 'agent:claude',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
      {
        topic: LOG,
        partition: 0,
        at: { claim: 0, seq },
        cause: -1,
        trigger: 'INPUT',
        inputId: eventIdOf('arbiter.facts', 0, 0, seq),
        streamVersion: version,
        prevHash,
        now: NOW + seq,
        index: 0,
        size: 1,
      },
    );
    const encoded = codec.encode(LOG, ...eventOf(meta, taskId, version === 1));
    prevHash = codec.hash(encoded);
    yield { key: Buffer.from(taskId), ...encoded };
  }
}

interface Topics {
  readonly log: string;
  readonly inbox: string;
  readonly checkpoints: string;
}

const fill = async (bus: Bus, codec: LogCodec, { log, inbox, checkpoints }: Topics): Promise<void> => {
  const spec = { partitions: 1, replicationFactor: 1, config: {} };
  await bus.admin.createTopics([log, inbox, checkpoints].map((topic) => ({ topic, ...spec })));
  const appender = await bus.openAppender({ topic: log, partition: 0 });
  let batch: OutgoingRecord[] = [];
  const send = async (): Promise<void> => {
    const outcome = await appender.append(batch);
    if (outcome.kind !== 'appended') throw outcome.error;
    batch = [];
  };
  for (const record of records(codec)) {
    if (batch.push(record) === 1500) await send();
  }
  if (batch.length > 0) await send();
  await appender.close();
};

interface Restored {
  /** Milliseconds of wall clock and of CPU. */
  readonly wall: number;
  readonly cpu: number;
  /** Streams in memory. */
  readonly streams: number;
}

/** One owner from nothing to `owning`. */
const restore = async (
  bus: Bus,
  codec: LogCodec,
  topics: Topics,
  checkpoints?: CheckpointStore,
  checkpointEvery = Infinity,
): Promise<Restored> => {
  const feeds = await openFeeds(bus);
  const begun = performance.now();
  const used = process.cpuUsage();
  let owning: (() => void) | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    owning = resolve;
    setTimeout(() => reject(new Error('not restored within 60 s')), 60_000).unref();
  });
  const owner = new PartitionOwner({
    owner: 'saga',
    instance: 'bench',
    build: 'bench',
    bus,
    codec,
    clock: systemClock,
    random: Math.random,
    log: { topic: topics.log, partition: 0 },
    inbox: { topic: topics.inbox, partition: 0 },
    inboxOwned: false,
    partitions: 1,
    topicIds: { log: null, inbox: null },
    domain: tasks,
    feeds,
    gate: openGate,
    limits: { ...OWNER_LIMITS, checkpointEvery },
    ...(checkpoints === undefined ? {} : { checkpoints }),
    observer: {
      ...silentObserver,
      status: (_at, status) => {
        if (status === 'owning') owning?.();
      },
    },
    confirmMembership: () => Promise.resolve(),
  });
  const done = owner.run();
  await ready;
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(used);
  const streams = owner.fold.state.size;
  if (checkpoints !== undefined && checkpointEvery === 0) {
    const { fold } = owner;
    await checkpoints.write(
      { topic: topics.log, partition: 0 },
      {
        position: fold.position,
        acceptance: fold.acceptance,
        topicIds: { log: null, inbox: null },
        cause: fold.cause,
        lastHash: fold.lastHash,
        foldVersion: tasks.foldVersion,
        streams: [...fold.state.entries()],
        index: null,
      },
    );
  }
  owner.stop();
  await done;
  await feeds.close();
  return { wall, cpu: (user + system) / 1000, streams };
};

type Measured = Awaited<ReturnType<typeof measure>>;

const measure = async (bus: Bus, codec: LogCodec, topics: Topics) => {
  await fill(bus, codec, topics);
  const runs: Restored[] = [];
  for (let i = 0; i < 3; i++) runs.push(await restore(bus, codec, topics));
  const best = (pick: (run: Restored) => number): number => Math.min(...runs.map(pick));
  const publisher = await bus.openPublisher();
  const store = createCheckpointStore({
    bus,
    publisher,
    topic: topics.checkpoints,
    partitions: 1,
    onError: (error) => {
      throw error;
    },
  });
  await restore(bus, codec, topics, store, 0);
  const checkpointed = await restore(bus, codec, topics, store);
  await publisher.close();
  const events = TASKS * EVENTS_PER_TASK;
  return {
    events,
    folds_per_s: Math.round((events / best(({ wall }) => wall)) * 1000),
    cpu_folds_per_s: Math.round((events / best(({ cpu }) => cpu)) * 1000),
    restore_ms: Math.round(best(({ wall }) => wall)),
    checkpoint_streams: checkpointed.streams,
    checkpoint_restore_ms: Math.round(checkpointed.wall),
  };
};

/** In a function of its own, so that its log is garbage before the broker's is read. */
const measureInMemory = async (codec: LogCodec, topics: Topics): Promise<Measured> => {
  const bus = openLiveMemoryBus({ latencyMs: [0, 0], maxBatch: 2000 });
  const measured = await measure(bus, codec, topics);
  await bus.close();
  return measured;
};

/** Options: `--memory`, without a broker. The broker is that of KAFKA_BROKERS, else of the tests' stack. */
export const run = async (args: readonly string[] = []): Promise<object> => {
  const avro = createCodec(memorySchemaSource(loadEventSchemas()));
  await avro.ready([LOG]);
  const codec = logCodec(avro);
  const id = randomUUID().slice(0, 8);
  const topics = { log: `bench-log-${id}`, inbox: `bench-inbox-${id}`, checkpoints: `bench-cp-${id}` };
  const memory = await measureInMemory(codec, topics);
  if (args.includes('--memory')) return { events_per_s: memory.folds_per_s, memory };
  const kafka = await openKafkaBus({ brokers: await brokersUnderTest(), clientId: 'bench-restore' });
  try {
    const broker = await measure(kafka, codec, topics);
    return { events_per_s: broker.folds_per_s, memory, broker };
  } finally {
    await kafka.admin.deleteTopics(Object.values(topics));
    await kafka.close();
  }
};

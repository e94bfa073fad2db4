import { partitionFor } from '../../../src/bus/partition.js';
import type { Bus, OutgoingRecord } from '../../../src/bus/port.js';
import { createCodec, memorySchemaSource, recordHash } from '../../../src/bus/codec/index.js';
import type {
  AgentReportsEvents,
  AssignmentOffered,
  Claimed,
  LogMeta,
  Offer,
  WorkerSeen,
} from '../../../src/events/generated/events.js';
import { loadEventSchemas } from '../../../src/events/schemas.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { LogCodec } from '../../../src/log/index.js';

/** The codec of this build, without a registry. */
export const testCodec = async (): Promise<LogCodec> => {
  const schemas = loadEventSchemas().map((schema) => ({ ...schema, text: JSON.stringify(schema.schema) }));
  const codec = createCodec(memorySchemaSource(schemas), { schemas });
  await codec.ready();
  return {
    encode: (topic, name, record) => codec.encode(topic as never, name as never, record as never),
    decode: (record) => codec.decode(record) as never,
    hash: (record) => recordHash(record.value ?? Buffer.alloc(0), record.headers),
  };
};

export const PARTITIONS = 2;

export const offerOf = (changes: Partial<Offer> = {}): Offer => ({
  taskType: 'feature',
  title: 'Do it',
  description: 'all of it',
  spec: 'id: X-1',
  repository: null,
  baseCommit: null,
  deadline: null,
  tokenBudget: null,
  costBudgetMicros: null,
  budget: null,
  metadata: {},
  ...changes,
});

export interface OfferChanges {
  readonly attempt?: number;
  readonly acceptBy?: number;
  readonly leaseMs?: number;
  readonly offer?: Partial<Offer>;
}

export interface Said {
  readonly name: keyof AgentReportsEvents;
  readonly record: Record<string, unknown> & {
    readonly taskId: string;
    readonly token: number;
    readonly number: number;
    readonly workerInstance: string;
    readonly reportId: string;
  };
}

/** The dispatcher's side of the protocol: owns the partitions of `arbiter.assignments` and hears what workers say. */
export interface Dispatcher {
  claim(partition: number): Promise<void>;
  offer(taskId: string, token: number, instance: string, changes?: OfferChanges): Promise<void>;
  revoke(taskId: string, token: number, instance: string, reason?: string): Promise<void>;
  /** Appends under a claim that is no longer the latest. */
  zombieOffer(taskId: string, token: number, instance: string): Promise<void>;
  /** Everything reported so far, in the order of the log, per task. */
  said(taskId?: string): Promise<Said[]>;
  seen(): Promise<WorkerSeen[]>;
}

export const dispatcherOn = async (
  bus: Bus,
  codec: LogCodec,
  now: () => number,
  agentId = 'coder',
): Promise<Dispatcher> => {
  for (const topic of [
    TOPICS.assignments,
    TOPICS.agentReports,
    TOPICS.presence,
    TOPICS.taskRequests,
    TOPICS.commands,
    TOPICS.agentCommands,
    TOPICS.policyCommands,
  ])
    await bus.admin.createTopics([{ topic, partitions: PARTITIONS, replicationFactor: 1, config: {} }]);
  const claims = new Map<number, { claim: number; before: number; seq: number; beforeSeq: number }>();

  const append = async (partition: number, record: OutgoingRecord): Promise<number> => {
    const appender = await bus.openAppender({ topic: TOPICS.assignments, partition });
    const outcome = await appender.append([record]);
    await appender.close();
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    return outcome.baseOffset;
  };

  const claim = async (partition: number): Promise<void> => {
    const last = claims.get(partition);
    const record: Claimed = {
      previousClaim: last?.claim ?? -1,
      foldedTo: 0,
      prevHash: Buffer.alloc(32),
      partitions: PARTITIONS,
      owner: 'dispatcher',
      instance: 'test',
      build: 'test',
      foldVersion: 1,
      inboxEnd: 0,
      logTopicId: null,
      inboxTopicId: null,
      occurredAt: now() * 1000,
    } satisfies Claimed;
    const encoded = codec.encode(TOPICS.assignments, 'Claimed', record);
    const offset = await append(partition, { key: null, ...encoded });
    claims.set(partition, { claim: offset, before: last?.claim ?? -1, seq: 0, beforeSeq: last?.seq ?? 0 });
  };

  const metaOf = (taskId: string, claimed: number, seq: number): LogMeta => ({
    claim: claimed,
    seq,
    cause: seq,
    trigger: 'INPUT',
    inputId: null,
    eventId: `assignments/${claimed}/${seq}`,
    streamId: `task/${taskId}`,
    streamVersion: 1,
    prevHash: Buffer.alloc(32),
    occurredAt: now() * 1000,
    dueAt: null,
    timer: null,
    decisionIndex: 0,
    decisionSize: 1,
    correlationId: taskId,
    tenant: 'default',
    actor: 'test',
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  });

  const write = async (name: string, taskId: string, body: object, stale = false): Promise<void> => {
    const partition = partitionFor(taskId, PARTITIONS);
    if (!claims.has(partition)) await claim(partition);
    const owned = claims.get(partition);
    if (owned === undefined) throw new Error('no claim');
    const meta = stale
      ? metaOf(taskId, owned.before, owned.beforeSeq)
      : metaOf(taskId, owned.claim, owned.seq++);
    const encoded = codec.encode(TOPICS.assignments, name, { meta, taskId, ...body });
    await append(partition, { key: Buffer.from(taskId), ...encoded });
  };

  const offered = (token: number, workerInstance: string, changes: OfferChanges): object =>
    ({
      token,
      attempt: changes.attempt ?? 1,
      agentId,
      workerInstance,
      acceptBy: changes.acceptBy ?? (now() + 60_000) * 1000,
      leaseMs: changes.leaseMs ?? 60_000,
      offer: offerOf(changes.offer),
    }) satisfies Omit<AssignmentOffered, 'meta' | 'taskId'>;

  const all = async (topic: string): Promise<{ name: string; record: unknown }[]> => {
    const found: { name: string; record: unknown }[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for await (const batch of bus.readRange({ topic, partition }, 0)) {
        for (const record of batch.records) {
          const decoded = await codec.decode(record);
          if (decoded.kind === 'event') found.push(decoded);
        }
      }
    }
    return found;
  };

  return {
    claim,
    offer: (taskId, token, instance, changes = {}) =>
      write('AssignmentOffered', taskId, offered(token, instance, changes)),
    revoke: (taskId, token, workerInstance, reason = 'cancelled') =>
      write('AssignmentRevoked', taskId, { token, agentId, workerInstance, reason }),
    zombieOffer: (taskId, token, instance) =>
      write('AssignmentOffered', taskId, offered(token, instance, {}), true),
    said: async (taskId) =>
      ((await all(TOPICS.agentReports)) as Said[]).filter(
        ({ record }) => taskId === undefined || record.taskId === taskId,
      ),
    seen: async () => (await all(TOPICS.presence)).map(({ record }) => record as WorkerSeen),
  };
};

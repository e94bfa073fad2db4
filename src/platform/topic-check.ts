import type { TopicDescription, TopicSpec } from '../bus/port.js';
import { DECLARED_TOPICS, SHARED_TOPICS } from './topics.js';
import type { DeclaredTopic, TopicClass } from './topics.js';

export type TopicFindingCode =
  | 'TOPIC_MISSING'
  | 'PARTITIONS_DIFFER'
  | 'RETENTION_LIMITED'
  | 'CLEANUP_POLICY'
  | 'UNCLEAN_ELECTION'
  | 'MIN_INSYNC_REPLICAS'
  | 'CODEC_UNREADABLE'
  | 'MESSAGE_SIZE'
  | 'REPLICATION';

/** One way in which a topic is not as declared. With an `error`, `run` refuses to start; a `warning` is shown. */
export interface TopicFinding {
  readonly code: TopicFindingCode;
  readonly severity: 'error' | 'warning';
  readonly topic: string;
  readonly expected: string;
  readonly found: string;
  /** What to run, with BROKERS to be filled in. */
  readonly repair: string;
}

/** Their records are the truth, or were promised to be decided on: nothing of them may go away (part 1). */
const KEPT: ReadonlySet<TopicClass> = new Set<TopicClass>(['log', 'inbox', 'edge']);

/**
 * Compares the topics of a cluster with their declaration (`topicSpecs`, with n as it is in use). Pure. Topics beyond the
 * declared ones are nobody's business. Order: as declared.
 */
export function checkTopics(
  declared: readonly TopicSpec[],
  described: readonly TopicDescription[],
): TopicFinding[] {
  return declared.flatMap((spec) => {
    const found = described.find(({ topic }) => topic === spec.topic);
    if (found === undefined) return [missing(spec)];
    const known = DECLARED_TOPICS.find(({ topic }) => topic === spec.topic);
    return [
      ...partitions(spec, found, known),
      ...replication(spec, found),
      ...configuration(spec, found, known?.class ?? 'log'),
    ];
  });
}

function missing(spec: TopicSpec): TopicFinding {
  const expected = `${spec.partitions} partitions, replication factor ${spec.replicationFactor}`;
  const repair = 'arbiter up';
  return {
    code: 'TOPIC_MISSING',
    severity: 'error',
    topic: spec.topic,
    expected,
    found: 'no such topic',
    repair,
  };
}

/** Inboxes whose owner decides on everything in one order. */
const ONE_PARTITION: ReadonlySet<string> = new Set(['arbiter.agent-commands', 'arbiter.policy-commands']);

/** Records of the edge may lie in any partition, so more of them do no harm there; elsewhere the number is part of the key. */
function partitions(
  spec: TopicSpec,
  found: TopicDescription,
  known: DeclaredTopic | undefined,
): TopicFinding[] {
  if (found.partitions === spec.partitions) return [];
  const anyNumber =
    known !== undefined && ['edge', 'hint', 'dead'].includes(known.class) && !ONE_PARTITION.has(spec.topic);
  if (anyNumber) return [];
  const shared = known?.partitions === 'shared';
  const expected = shared
    ? `${spec.partitions} partitions, as in ${SHARED_TOPICS.join(', ')}`
    : `${spec.partitions} partition(s)`;
  const repair = shared
    ? 'A partition can not be taken away and the log can not be re-keyed in place: use a new cluster, or topics restored from before the change.'
    : 'A partition can not be taken away: use a new cluster, or topics restored from before the change.';
  return [
    {
      code: 'PARTITIONS_DIFFER',
      severity: 'error',
      topic: spec.topic,
      expected,
      found: `${found.partitions}`,
      repair,
    },
  ];
}

function replication(spec: TopicSpec, found: TopicDescription): TopicFinding[] {
  const findings: TopicFinding[] = [];
  const { topic } = spec;
  if (found.replicationFactor < spec.replicationFactor) {
    const repair = `kafka-reassign-partitions.sh --bootstrap-server BROKERS --execute --reassignment-json-file …  # ${topic}: ${spec.replicationFactor} replicas`;
    const [expected, was] = [`replication factor ${spec.replicationFactor}`, `${found.replicationFactor}`];
    findings.push({ code: 'REPLICATION', severity: 'warning', topic, expected, found: was, repair });
  }
  const insync = found.config['min.insync.replicas'];
  const needed = found.replicationFactor >= 3 ? 2 : 1;
  const most = Math.max(1, found.replicationFactor);
  if (!(Number(insync) >= needed && Number(insync) <= most)) {
    const expected = `min.insync.replicas ${needed} to ${most} with replication factor ${found.replicationFactor}`;
    const repair = alter(topic, `min.insync.replicas=${needed}`);
    findings.push({
      code: 'MIN_INSYNC_REPLICAS',
      severity: 'error',
      topic,
      expected,
      found: insync ?? 'unknown',
      repair,
    });
  }
  return findings;
}

interface ConfigRule {
  readonly code: TopicFindingCode;
  readonly key: string;
  readonly severity: TopicFinding['severity'];
  readonly holds: (found: string, declared: string) => boolean;
}

const same = (found: string, declared: string): boolean => found === declared;

/** kafkajs reads these; what the broker leaves as the producer sent it was sent by us. */
const READABLE: ReadonlySet<string> = new Set(['producer', 'gzip', 'uncompressed']);

function rulesOf(kind: TopicClass): ConfigRule[] {
  const strict = KEPT.has(kind) || kind === 'table' ? 'error' : 'warning';
  const atEdge = kind === 'edge' || kind === 'hint';
  return [
    { code: 'RETENTION_LIMITED', key: 'retention.ms', severity: strict, holds: same },
    { code: 'RETENTION_LIMITED', key: 'retention.bytes', severity: strict, holds: same },
    { code: 'CLEANUP_POLICY', key: 'cleanup.policy', severity: strict, holds: same },
    { code: 'UNCLEAN_ELECTION', key: 'unclean.leader.election.enable', severity: strict, holds: same },
    {
      code: 'CODEC_UNREADABLE',
      key: 'compression.type',
      severity: 'error',
      holds: (found) => READABLE.has(found) && !(atEdge && found === 'producer'),
    },
    {
      code: 'MESSAGE_SIZE',
      key: 'max.message.bytes',
      severity: strict,
      holds: (found, declared) => Number(found) >= Number(declared),
    },
  ];
}

/** A value that can not be read (no right to describe) counts as wrong: what is not known does not hold (law 10). */
function configuration(spec: TopicSpec, found: TopicDescription, kind: TopicClass): TopicFinding[] {
  return rulesOf(kind).flatMap(({ code, key, severity, holds }) => {
    const declared = spec.config[key];
    const value = found.config[key];
    if (declared === undefined || (value !== undefined && holds(value, declared))) return [];
    const repair = alter(spec.topic, `${key}=${declared}`);
    return [
      {
        code,
        severity,
        topic: spec.topic,
        expected: `${key}=${declared}`,
        found: value ?? 'unknown',
        repair,
      },
    ];
  });
}

function alter(topic: string, setting: string): string {
  return `kafka-configs.sh --bootstrap-server BROKERS --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}

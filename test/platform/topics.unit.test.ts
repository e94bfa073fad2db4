import { expect } from 'chai';
import { checkTopics } from '../../src/platform/topic-check.js';
import { TOPICS } from '../../src/events/topics.js';
import {
  DECLARED_TOPICS,
  SHARED_TOPICS,
  partitionsInUse,
  partitionsToCreate,
  topicSpecs,
} from '../../src/platform/topics.js';
import type { TopicDescription, TopicSpec } from '../../src/bus/port.js';

const asDescribed = (specs: readonly TopicSpec[]): TopicDescription[] =>
  specs.map((spec) => ({ ...spec, topicId: null }));

function changed(
  topic: string,
  change: Partial<TopicDescription>,
  options = {},
): [TopicSpec[], TopicDescription[]] {
  const specs = topicSpecs({ partitions: 4, ...options });
  const described = asDescribed(specs).map((each) =>
    each.topic === topic ? { ...each, ...change, config: { ...each.config, ...change.config } } : each,
  );
  return [specs, described];
}

describe('declared topics', () => {
  it('every topic of the architecture is declared once', () => {
    expect(DECLARED_TOPICS.map(({ topic }) => topic)).to.have.members(Object.values(TOPICS));
    expect(new Set(DECLARED_TOPICS.map(({ topic }) => topic)).size).to.equal(Object.values(TOPICS).length);
  });

  it('facts, tasks, assignments, verdicts and outcomes share n', () => {
    expect(SHARED_TOPICS).to.have.members([
      'arbiter.facts',
      'arbiter.tasks',
      'arbiter.assignments',
      'arbiter.verdicts',
      'arbiter.outcomes',
    ]);
    for (const spec of topicSpecs({ partitions: 7 })) {
      if (SHARED_TOPICS.some((topic) => topic === spec.topic))
        expect(spec.partitions, spec.topic).to.equal(7);
    }
  });

  it('owned logs and their inboxes keep everything', () => {
    for (const { topic, class: kind, config } of DECLARED_TOPICS) {
      if (!['log', 'inbox', 'edge'].includes(kind)) continue;
      expect(config, topic).to.include({
        'retention.ms': '-1',
        'retention.bytes': '-1',
        'cleanup.policy': 'delete',
        'unclean.leader.election.enable': 'false',
      });
    }
  });

  it('edge inboxes are re-compressed to what kafkajs can read', () => {
    const edge = DECLARED_TOPICS.filter(({ class: kind }) => kind === 'edge');
    expect(edge.map(({ topic }) => topic)).to.have.members([
      'arbiter.task-requests',
      'arbiter.commands',
      'arbiter.agent-reports',
      'arbiter.agent-commands',
      'arbiter.policy-commands',
    ]);
    for (const { config } of edge) expect(config['compression.type']).to.equal('gzip');
  });

  it('three replicas mean that two acknowledge', () => {
    for (const { config } of topicSpecs({ replicationFactor: 3 }))
      expect(config['min.insync.replicas']).to.equal('2');
    for (const { config } of topicSpecs()) expect(config['min.insync.replicas']).to.equal('1');
  });

  it('ARBITER_PARTITIONS names n, and only a count will do', () => {
    expect(partitionsToCreate({})).to.equal(4);
    expect(partitionsToCreate({ ARBITER_PARTITIONS: '12' })).to.equal(12);
    for (const bad of ['0', '-1', '1.5', 'four', '4096']) {
      expect(() => partitionsToCreate({ ARBITER_PARTITIONS: bad }), bad).to.throw('ARBITER_PARTITIONS');
    }
  });
});

describe('topic check', () => {
  it('topics as declared have no finding', () => {
    const specs = topicSpecs({ partitions: 4, replicationFactor: 3 });
    expect(checkTopics(specs, asDescribed(specs))).to.deep.equal([]);
  });

  it('retention set to a week is refused, with the command that repairs it', () => {
    const [finding, ...rest] = checkTopics(
      ...changed('arbiter.tasks', { config: { 'retention.ms': '604800000' } }),
    );
    expect(rest).to.deep.equal([]);
    expect(finding).to.include({
      code: 'RETENTION_LIMITED',
      severity: 'error',
      topic: 'arbiter.tasks',
      expected: 'retention.ms=-1',
      found: '604800000',
    });
    expect(finding?.repair).to.contain('--entity-name arbiter.tasks --add-config retention.ms=-1');
  });

  const wrong: readonly [
    title: string,
    topic: string,
    change: Partial<TopicDescription>,
    code: string,
    severity: string,
  ][] = [
    [
      'a size limit on an inbox',
      'arbiter.commands',
      { config: { 'retention.bytes': '1000000' } },
      'RETENTION_LIMITED',
      'error',
    ],
    [
      'a compacted log',
      'arbiter.verdicts',
      { config: { 'cleanup.policy': 'compact' } },
      'CLEANUP_POLICY',
      'error',
    ],
    [
      'a log both compacted and deleted',
      'arbiter.facts',
      { config: { 'cleanup.policy': 'compact,delete' } },
      'CLEANUP_POLICY',
      'error',
    ],
    [
      'checkpoints that are not compacted',
      'arbiter.checkpoints',
      { config: { 'cleanup.policy': 'delete' } },
      'CLEANUP_POLICY',
      'error',
    ],
    [
      'unclean leader election',
      'arbiter.tasks',
      { config: { 'unclean.leader.election.enable': 'true' } },
      'UNCLEAN_ELECTION',
      'error',
    ],
    [
      'an edge that passes any codec on',
      'arbiter.task-requests',
      { config: { 'compression.type': 'producer' } },
      'CODEC_UNREADABLE',
      'error',
    ],
    [
      'a log in a codec kafkajs can not read',
      'arbiter.tasks',
      { config: { 'compression.type': 'zstd' } },
      'CODEC_UNREADABLE',
      'error',
    ],
    [
      'records that would not fit',
      'arbiter.tasks',
      { config: { 'max.message.bytes': '1000' } },
      'MESSAGE_SIZE',
      'error',
    ],
    ['a partition added to a shared topic', 'arbiter.facts', { partitions: 5 }, 'PARTITIONS_DIFFER', 'error'],
    [
      'a partition added to the registry of agents',
      'arbiter.agents',
      { partitions: 2 },
      'PARTITIONS_DIFFER',
      'error',
    ],
    [
      'presence kept for another time',
      'arbiter.presence',
      { config: { 'retention.ms': '-1' } },
      'RETENTION_LIMITED',
      'warning',
    ],
  ];
  for (const [title, topic, change, code, severity] of wrong) {
    it(`${title} is found (${severity})`, () => {
      const findings = checkTopics(...changed(topic, change));
      expect(findings.map((each) => [each.code, each.severity, each.topic])).to.deep.equal([
        [code, severity, topic],
      ]);
    });
  }

  it('a partition added to an edge topic does no harm', () => {
    expect(checkTopics(...changed('arbiter.task-requests', { partitions: 9 }))).to.deep.equal([]);
  });

  it('larger records than declared are fine', () => {
    expect(
      checkTopics(...changed('arbiter.tasks', { config: { 'max.message.bytes': '9000000' } })),
    ).to.deep.equal([]);
  });

  it('a topic that is missing is found', () => {
    const specs = topicSpecs();
    const findings = checkTopics(
      specs,
      asDescribed(specs).filter(({ topic }) => topic !== 'arbiter.outcomes'),
    );
    expect(findings.map(({ code, topic }) => [code, topic])).to.deep.equal([
      ['TOPIC_MISSING', 'arbiter.outcomes'],
    ]);
  });

  it('three replicas with one to acknowledge are refused, even where one replica was declared', () => {
    const [specs, described] = changed('arbiter.tasks', {
      replicationFactor: 3,
      config: { 'min.insync.replicas': '1' },
    });
    expect(checkTopics(specs, described)).to.deep.include({
      code: 'MIN_INSYNC_REPLICAS',
      severity: 'error',
      topic: 'arbiter.tasks',
      expected: 'min.insync.replicas 2 to 3 with replication factor 3',
      found: '1',
      repair:
        'kafka-configs.sh --bootstrap-server BROKERS --alter --entity-type topics --entity-name arbiter.tasks --add-config min.insync.replicas=2',
    });
  });

  it('more acknowledgements than replicas, which no write can get, are refused', () => {
    const findings = checkTopics(...changed('arbiter.tasks', { config: { 'min.insync.replicas': '2' } }));
    expect(findings.map(({ code }) => code)).to.deep.equal(['MIN_INSYNC_REPLICAS']);
  });

  it('fewer replicas than declared are shown', () => {
    const findings = checkTopics(
      ...changed(
        'arbiter.tasks',
        { replicationFactor: 2, config: { 'min.insync.replicas': '2' } },
        { replicationFactor: 3 },
      ),
    );
    expect(findings.map(({ code, severity }) => [code, severity])).to.deep.equal([
      ['REPLICATION', 'warning'],
    ]);
  });

  it('law 10: a setting that can not be read does not hold', () => {
    const specs = topicSpecs();
    const described = asDescribed(specs).map((each) =>
      each.topic === 'arbiter.tasks' ? { ...each, config: {} } : each,
    );
    const findings = checkTopics(specs, described);
    expect(findings).to.have.length.greaterThan(4);
    expect(findings.every(({ found, topic }) => found === 'unknown' && topic === 'arbiter.tasks')).to.equal(
      true,
    );
  });

  it('n in use is that of arbiter.tasks', () => {
    expect(partitionsInUse([])).to.equal(undefined);
    expect(partitionsInUse(asDescribed(topicSpecs({ partitions: 6 })))).to.equal(6);
  });
});

import { expect } from 'chai';
import type { AgentQuery } from '../../src/aggregates/agent/find/index.js';
import { TOPICS } from '../../src/events/topics.js';
import { systemClock } from '../../src/log/index.js';
import {
  migrate,
  openDirectory,
  openQueries,
  rebuild,
  type LiveDirectory,
  type Queries,
} from '../../src/projections/index.js';
import { checksums } from './checksums.js';
import { changedStatus, completedTask, outcome, registeredAgent, untilRouted } from './lifecycle.js';
import type { Said } from './log-writer.js';
import { openStage, PARTITIONS, type Stage } from './stage.js';

const range = (n: number): number[] => Array.from({ length: n }, (_none, i) => i);
const NAMES = ['agents', 'outcomes', 'tasks'];
const of = (agentId: string, type: string, data: object): Said => ({
  type,
  streamId: `agent/${agentId}`,
  data: { agentId, ...data },
});
const price = {
  currency: 'USD',
  perTaskMicros: 20_000,
  inputPerMillionMicros: null,
  outputPerMillionMicros: 15_000_000,
};

/** Agents with everything that can happen to them. */
const history: readonly Said[] = [
  ...range(12).map((i) => {
    const said = registeredAgent(`a${i}`, 1 + (i % 4), ['code'], i % 3 === 0 ? ['code-editing'] : []);
    const languages = i % 2 === 0 ? ['rust', 'go'] : ['rust'];
    return { ...said, data: { ...said.data, languages, specialisations: i % 5 === 0 ? ['security'] : [] } };
  }),
  of('a1', 'TermsChanged', {
    termsVersion: 2,
    reach: { kind: 'HTTP', url: 'https://x.example', argv: [], binding: '', protocolVersion: '' },
    price,
    quotas: [{ unit: 'TASKS', amount: 100, windowMs: 18_000_000, resetAt: null }],
    tags: { team: 'x' },
  }),
  of('a1', 'ModelSwapped', { modelVersion: 2, modelFamily: 'other', version: '7', reason: 'new' }),
  of('a2', 'PresenceChanged', { present: true, lastSeenAt: 5_000_000, instances: 1 }),
  of('a3', 'PresenceChanged', { present: true, lastSeenAt: 5_000_000, instances: 1 }),
  of('a3', 'PresenceChanged', { present: false, lastSeenAt: 6_000_000, instances: 0 }),
  of('a4', 'AgentLeft', { lastSeenAt: null, reason: 'not heard of' }),
  of('a4', 'PresenceChanged', { present: true, lastSeenAt: 7_000_000, instances: 1 }),
  of('a5', 'AgentLeft', { lastSeenAt: null, reason: 'not heard of' }),
  changedStatus('a6', 'MAINTENANCE', 'disk'),
  of('a7', 'AgentRetired', { reason: 'old' }),
  of('a0', 'CapabilitiesChanged', {
    capabilityVersion: 2,
    capabilities: ['code', 'tests'],
    taskTypes: [],
    languages: ['rust', 'zig'],
    specialisations: [],
    maxConcurrency: 2,
  }),
  {
    type: 'WordsAdded',
    streamId: 'vocabulary/LANGUAGE',
    data: { kind: 'LANGUAGE', words: ['zig2'], reason: '' },
  },
  {
    type: 'BaselineSet',
    streamId: 'baselines/all',
    data: {
      family: 'other',
      prior: { successesMilli: 92_000, failuresMilli: 8000, durationMs: 1500, costMicros: 15_000 },
      reason: '',
    },
  },
];

const QUESTIONS: readonly AgentQuery[] = [
  {},
  { standing: 'any' },
  { standing: 'OFFLINE' },
  { taskType: 'code-editing', limit: 3 },
  { languages: ['rust', 'go'], belowUtilisation: 100 },
  { specialisations: ['security'], minSuccess: 0.5 },
  { minSuccess: 0.3, bound: 'interval', standing: 'any' },
  { capabilities: ['tests'] },
  { tenant: 'nobody' },
];

describe('the registry over its logs', () => {
  let stage: Stage;
  let queries: Queries;
  let directory: LiveDirectory;

  before(async () => {
    stage = await openStage();
    const { bus, codec, databaseUrl } = stage;
    await stage.append(TOPICS.agents, 0, history);
    for (const p of range(PARTITIONS)) {
      const results = range(40).map((i) =>
        outcome(`${p}-${i}`, i, `a${(i * 5) % 12}`, (i * 7 + p) % 3 === 0 ? 'FAILURE' : 'SUCCESS'),
      );
      await stage.append(TOPICS.outcomes, p, results);
      const tasks = [...untilRouted(`w${p}`, `a${p}`), ...completedTask(`d${p}`, 'a9')];
      await stage.append(TOPICS.tasks, p, tasks);
    }
    await migrate(databaseUrl);
    for (const projection of NAMES) await rebuild({ bus, codec, databaseUrl, projection });
    queries = openQueries(databaseUrl);
    directory = await openDirectory({
      ...{ bus, codec, clock: systemClock, partitions: PARTITIONS },
      onError: () => undefined,
    });
    await directory.whenReady();
  });
  after(async () => {
    await directory.close();
    await queries.close();
    await stage.close();
  });

  it('R-101, R-113: everything declared and measured is in the view', async () => {
    expect(await queries.findAgent('a1')).to.deep.include({
      price,
      termsVersion: 2,
      modelFamily: 'other',
      modelVersion: 2,
      costPerTaskMicros: 20_000,
      tags: { team: 'x' },
    });
    expect(await queries.findAgent('a3')).to.include({ presence: 'ABSENT', lastSeenAt: 6_000_000 });
    expect(await queries.findAgent('a4')).to.include({ left: false, presence: 'PRESENT' });
    expect(await queries.findAgent('a5')).to.include({ left: true, retired: false });
    const versions = await queries.capabilityVersions('a0');
    expect(versions.map(({ languages }) => languages)).to.deep.equal([
      ['rust', 'go'],
      ['rust', 'zig'],
    ]);
  });

  it('R-102: the views and the directory in memory give the same answers, page by page', async () => {
    for (const asked of QUESTIONS) {
      let query = asked;
      for (;;) {
        const plain = (page: unknown): unknown =>
          JSON.parse(JSON.stringify(page, (key, value: unknown) => (key === 'agent' ? idOf(value) : value)));
        const page = directory.find(query);
        expect(plain(await queries.findInFleet(query)), JSON.stringify(query)).to.deep.equal(plain(page));
        if (page.next === null) break;
        query = { ...asked, page: page.next };
      }
    }
  });

  it('R-108: questions do not hold up registrations, nor registrations questions', async () => {
    const size = directory.size;
    const asking = Promise.all(range(20).map(() => queries.findInFleet({ standing: 'any' })));
    await stage.append(
      TOPICS.agents,
      0,
      range(20).map((i) => registeredAgent(`late-${i}`)),
    );
    while (directory.size < size + 20) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(directory.find({ standing: 'any', limit: 1000 }).agents.length).to.equal(size + 20);
    expect((await asking).every(({ agents }) => agents.length === size)).to.equal(true);
  });

  it('R-105: backup is the log: with every table gone, a rebuild gives the same checksums and answers', async () => {
    const { bus, codec, databaseUrl } = stage;
    for (const projection of NAMES) await rebuild({ bus, codec, databaseUrl, projection });
    const before = await checksums(databaseUrl);
    const answers = await Promise.all(QUESTIONS.map((query) => queries.findInFleet(query)));
    await queries.close();
    await stage.sql('DROP SCHEMA public CASCADE');
    await stage.sql('CREATE SCHEMA public');
    await migrate(databaseUrl);
    for (const projection of NAMES) await rebuild({ bus, codec, databaseUrl, projection });
    const unversioned = (all: typeof before): unknown =>
      JSON.parse(JSON.stringify(all).replaceAll(/_v\d+/gu, ''));
    expect(unversioned(await checksums(databaseUrl))).to.deep.equal(unversioned(before));
    queries = openQueries(databaseUrl);
    const again = await Promise.all(QUESTIONS.map((query) => queries.findInFleet(query)));
    expect(again).to.deep.equal(answers);
  }).timeout(60_000);
});

const idOf = (value: unknown): unknown => (value as { agentId: string }).agentId;

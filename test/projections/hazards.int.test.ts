import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { TOPICS } from '../../src/events/topics.js';
import { inTransaction, openPool } from '../../src/projections/engine/database.js';
import {
  migrate,
  openQueries,
  silentProjector,
  startProjector,
  type ProjectorObserver,
} from '../../src/projections/index.js';
import { checksums } from './checksums.js';
import { completedTask, registeredAgent, changedStatus, outcome, task, untilRouted } from './lifecycle.js';
import { LogWriter } from './log-writer.js';
import { openStage, PARTITIONS, type Stage } from './stage.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Counts what an observer is told. */
const counting = (): ProjectorObserver & { readonly told: Record<string, number> } => {
  const told: Record<string, number> = {};
  const count = (name: string): void => {
    told[name] = (told[name] ?? 0) + 1;
  };
  return {
    ...silentProjector,
    told,
    rejected: (_at, reason) => count(reason),
    unknown: (_at, name) => count(name),
    parked: (_at, { streamId }) => count(streamId),
    trouble: () => count('trouble'),
    halted: () => count('halted'),
  };
};

const until = async (what: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('projector hazards', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await openStage();
    await migrate(stage.databaseUrl);
  });
  afterEach(() => stage.close());

  it('two projectors of the same partitions: the compare-and-set lets every event count once', async () => {
    const { bus, codec, databaseUrl } = stage;
    const observer = counting();
    // Two groups: both believe that everything is theirs, as after a lost membership.
    const both = await Promise.all(
      ['one', 'two'].map((groupId) => startProjector({ bus, codec, databaseUrl, groupId, observer })),
    );
    const queries = openQueries(databaseUrl);
    try {
      const wanted = [];
      for (const round of range(6)) {
        for (const partition of range(PARTITIONS)) {
          const events = range(30).map((i) =>
            outcome(`t-${round}-${partition}-${i}`, i, 'agent-a', 'SUCCESS'),
          );
          const position = await stage.append(TOPICS.outcomes, partition, events);
          wanted.push({ topic: TOPICS.outcomes, partition, position });
        }
      }
      expect(await queries.waitFor(wanted, 30_000)).to.deep.equal({ kind: 'reached' });
      const [performance] = await queries.performance();
      expect(performance).to.deep.include({ successes: 540, failures: 0, costMicros: 540 * 40 });
      expect(performance?.meanDurationUs).to.equal(2_000_000);
    } finally {
      await Promise.all(both.map((projector) => projector.stop()));
      await queries.close();
    }
  });

  it('connections killed in mid-batch: nothing is lost and nothing counts twice', async () => {
    const { bus, codec, databaseUrl } = stage;
    const projector = await startProjector({ bus, codec, databaseUrl });
    const queries = openQueries(databaseUrl);
    const going = { on: true };
    const killer = (async () => {
      while (going.on) {
        await stage.sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'arbiter-projector' AND datname = current_database()`,
        );
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    })();
    try {
      const wanted = [];
      for (const round of range(10)) {
        const ids = range(40).map((i) => `k-${round}-${i}`);
        wanted.push(
          {
            topic: TOPICS.tasks,
            partition: 0,
            position: await stage.append(
              TOPICS.tasks,
              0,
              ids.flatMap((id) => completedTask(id)),
            ),
          },
          {
            topic: TOPICS.outcomes,
            partition: 0,
            position: await stage.append(
              TOPICS.outcomes,
              0,
              ids.map((id) => outcome(id, 7, 'agent-a', 'FAILURE')),
            ),
          },
        );
      }
      going.on = false;
      await killer;
      expect(await queries.waitFor(wanted, 30_000)).to.deep.equal({ kind: 'reached' });
      const rows = await stage.sql('SELECT state, count(*)::int AS n FROM tasks GROUP BY state');
      expect(rows).to.deep.equal([{ state: 'completed', n: 400 }]);
      expect((await queries.performance())[0]?.failures).to.equal(400);
      expect(await stage.sql('SELECT count(*)::int AS n FROM timeline')).to.deep.equal([{ n: 4400 }]);
    } finally {
      going.on = false;
      await projector.stop();
      await queries.close();
    }
  }).timeout(60_000);

  it('law 3: records of a zombie behind a newer claim never show', async () => {
    const { bus, codec, databaseUrl } = stage;
    const observer = counting();
    const at = { topic: TOPICS.tasks, partition: 0 };
    await stage.append(at.topic, 0, untilRouted('good'));
    const old = stage.writer(at.topic, 0);
    // A new owner claims; what the old one still had in flight lands behind the claim.
    const next = new LogWriter(at.topic, 0);
    const appender = await bus.openAppender(at);
    const claim = await appender.append([
      { key: null, ...codec.encode(at.topic, 'Claimed', next.claimed(old.claim)) },
    ]);
    if (claim.kind !== 'appended') throw claim.error;
    next.claim = claim.baseOffset;
    const late = untilRouted('zombie').map((said) => ({
      key: null,
      ...codec.encode(at.topic, said.type, old.body(said)),
    }));
    await appender.append(late);
    const last = await appender.append(next.encode(codec, completedTask('after'), 0));
    if (last.kind !== 'appended') throw last.error;
    await appender.close();
    const projector = await startProjector({ bus, codec, databaseUrl, observer });
    const queries = openQueries(databaseUrl);
    try {
      await queries.waitFor([{ ...at, position: last.baseOffset + 11 }], 15_000);
      expect((await queries.listTasks()).tasks.map(({ taskId }) => taskId).sort()).to.deep.equal([
        'after',
        'good',
      ]);
      expect(observer.told).to.deep.equal({ STALE_CLAIM: 5 });
    } finally {
      await projector.stop();
      await queries.close();
    }
  });

  it('law 13: a stream that breaks the fold, or PostgreSQL, is parked; all others go on', async () => {
    const { bus, codec, databaseUrl } = stage;
    const observer = counting();
    const long = randomBytes(4000).toString('hex');
    const nul = 'never\u0000registered';
    const position = await stage.append(TOPICS.agents, 0, [
      registeredAgent('first'),
      changedStatus(nul, 'AVAILABLE', ''),
      registeredAgent('agent-\u0000-nul'),
      registeredAgent(long),
      changedStatus(long, 'DRAINING', ''),
      // NUL as a key of JSON: only PostgreSQL finds out.
      {
        ...registeredAgent('poison'),
        data: { ...registeredAgent('poison').data, tags: { 'a\u0000b': 'c' } },
      },
      changedStatus('poison', 'DRAINING', ''),
      changedStatus('first', 'MAINTENANCE', 'reason \u0000 with NUL'),
      registeredAgent('last'),
    ]);
    const projector = await startProjector({ bus, codec, databaseUrl, observer });
    const queries = openQueries(databaseUrl);
    try {
      await queries.waitFor([{ topic: TOPICS.agents, partition: 0, position }], 15_000);
      const agents = await queries.listAgents();
      expect(agents.map(({ agentId, status }) => `${agentId} ${status}`)).to.deep.equal([
        'agent-\ufffd-nul AVAILABLE',
        'first MAINTENANCE',
        'last AVAILABLE',
      ]);
      const parked = await stage.sql(
        'SELECT stream_id, event, code, skipped::int FROM projection_parked ORDER BY first_offset',
      );
      expect(parked.map(({ stream_id: _, ...rest }) => rest)).to.deep.equal([
        { event: 'AgentStatusChanged', code: 'FOLD_FAILED', skipped: 0 },
        { event: 'AgentRegistered', code: 'FOLD_FAILED', skipped: 1 },
        { event: 'AgentRegistered', code: '22P05', skipped: 1 },
      ]);
      expect(observer.told).to.have.keys(
        'agent/never\ufffdregistered',
        parked[1]?.['stream_id'] as string,
        'agent/poison',
      );
    } finally {
      await projector.stop();
      await queries.close();
    }
  });

  it('PostgreSQL away: the projector waits, and goes on where it was', async () => {
    const { bus, codec, databaseUrl } = stage;
    const observer = counting();
    const projector = await startProjector({ bus, codec, databaseUrl, observer });
    try {
      await until(() => projector.ready);
      await stage.admin(`ALTER DATABASE ${stage.database} ALLOW_CONNECTIONS false`);
      await stage.admin(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${stage.database}'`,
      );
      const position = await stage.append(
        TOPICS.tasks,
        0,
        range(300).flatMap((i) => completedTask(`a-${i}`)),
      );
      await until(() => (observer.told['trouble'] ?? 0) > 2 && !projector.ready);
      await stage.admin(`ALTER DATABASE ${stage.database} ALLOW_CONNECTIONS true`);
      const queries = openQueries(databaseUrl);
      expect(await queries.waitFor([{ topic: TOPICS.tasks, partition: 0, position }], 25_000)).to.deep.equal({
        kind: 'reached',
      });
      await queries.close();
      await until(() => projector.ready);
      expect((await checksums(databaseUrl))[0]).to.deep.include({ table: 'tasks_rows', rows: 300 });
    } finally {
      await projector.stop();
    }
  }).timeout(60_000);

  it('a position that lost its tail in a crash of PostgreSQL is folded again from where it stands', async () => {
    const { bus, codec, databaseUrl } = stage;
    const projector = await startProjector({ bus, codec, databaseUrl });
    const queries = openQueries(databaseUrl);
    try {
      const first = await stage.append(
        TOPICS.outcomes,
        0,
        range(10).map((i) => outcome(`a-${i}`, i, 'x', 'SUCCESS')),
      );
      await queries.waitFor([{ topic: TOPICS.outcomes, partition: 0, position: first }], 10_000);
      // Undone as a crash would undo it: rows and position together.
      const pool = openPool(databaseUrl, { name: 'crash', max: 1 });
      await pool.query('BEGIN');
      await pool.query('DELETE FROM outcomes_rows_v1');
      await pool.query(`UPDATE projection_offsets SET position = 0, claim = -1, seq = 0 WHERE topic = $1`, [
        TOPICS.outcomes,
      ]);
      await pool.query('COMMIT');
      await pool.end();
      const position = await stage.append(TOPICS.outcomes, 0, [outcome('b', 1, 'x', 'SUCCESS')]);
      await queries.waitFor([{ topic: TOPICS.outcomes, partition: 0, position }], 10_000);
      expect((await queries.performance())[0]?.successes).to.equal(11);
    } finally {
      await projector.stop();
      await queries.close();
    }
  });

  it('a PostgreSQL that stands still is given up after a while, and the connection with it', async () => {
    const pool = openPool(stage.databaseUrl, { name: 'silent', max: 1, queryTimeoutMs: 200 });
    let failure: unknown;
    await inTransaction(pool, (client) => client.query('SELECT pg_sleep(60)')).catch(
      (error: unknown) => (failure = error),
    );
    expect(String(failure)).to.contain('timeout');
    expect(
      await inTransaction(
        pool,
        async (client) => (await client.query<{ one: number }>('SELECT 1 AS one')).rows,
      ),
    ).to.deep.equal([{ one: 1 }]);
    await pool.end();
  });

  it('commands for a task that does not exist make no task', async () => {
    const { bus, codec, databaseUrl } = stage;
    const refused = { commandId: 'c', command: 'CANCEL', code: 'EXPIRED', message: 'no such task' };
    const position = await stage.append(TOPICS.tasks, 0, [
      task('ghost', 'CommandRefused', refused),
      ...untilRouted('real'),
      task('real', 'CommandRefused', refused),
    ]);
    const projector = await startProjector({ bus, codec, databaseUrl });
    const queries = openQueries(databaseUrl);
    try {
      await queries.waitFor([{ topic: TOPICS.tasks, partition: 0, position }], 10_000);
      expect(await queries.findTask('ghost')).to.equal(undefined);
      expect(await queries.timeline('ghost')).to.deep.equal([]);
      expect(await queries.findTask('real')).to.include({ state: 'routed', token: 6 });
      expect((await queries.timeline('real')).at(-1)?.reason).to.equal(
        'CANCEL refused, EXPIRED: no such task',
      );
    } finally {
      await projector.stop();
      await queries.close();
    }
  });
});

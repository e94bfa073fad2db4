import { expect } from 'chai';
import { TOPICS } from '../../src/events/topics.js';
import { NOTHING_ACCEPTED } from '../../src/log/acceptance.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { openPool } from '../../src/projections/engine/database.js';
import { openFolder } from '../../src/projections/engine/folder.js';
import { PositionMoved, writeBatch } from '../../src/projections/engine/write-batch.js';
import { migrate, openQueries, rebuild, startProjector, type Queries } from '../../src/projections/index.js';
import { outcomesProjection } from '../../src/projections/outcomes.js';
import { checksums } from './checksums.js';
import {
  changedCapabilities,
  changedStatus,
  completedTask,
  outcome,
  registeredAgent,
  untilRouted,
} from './lifecycle.js';
import { LogWriter } from './log-writer.js';
import { openStage, type Stage } from './stage.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('views and their queries', () => {
  let stage: Stage;
  let queries: Queries;

  before(async () => {
    stage = await openStage();
    const { bus, codec, databaseUrl } = stage;
    await migrate(databaseUrl);
    queries = openQueries(databaseUrl);
    await stage.append(TOPICS.agents, 0, [
      registeredAgent('best', 4, ['typescript', 'rust']),
      registeredAgent('worst', 2, ['typescript']),
      registeredAgent('new', 3, ['typescript'], ['code-editing']),
      registeredAgent('writer', 1, ['prose'], ['documentation']),
      registeredAgent('gone', 1, ['typescript']),
      { type: 'AgentRetired', streamId: 'agent/gone', data: { agentId: 'gone', reason: 'replaced' } },
      changedStatus('worst', 'MAINTENANCE', 'new disk'),
      changedCapabilities('best', 2, ['typescript', 'rust', 'go']),
    ]);
    await stage.append(TOPICS.outcomes, 0, [
      outcome('a', 1, 'best', 'SUCCESS'),
      outcome('b', 1, 'worst', 'FAILURE'),
    ]);
    // The same agent × type in another partition: the view adds up.
    await stage.append(TOPICS.outcomes, 2, [outcome('c', 1, 'best', 'SUCCESS')]);
    await stage.append(TOPICS.tasks, 0, [...untilRouted('w1', 'new'), ...completedTask('done', 'best')]);
    await stage.append(TOPICS.tasks, 1, untilRouted('w2', 'worst'));
    for (const projection of ['agents', 'outcomes', 'tasks'])
      await rebuild({ bus, codec, databaseUrl, projection });
  });
  after(async () => {
    await queries.close();
    await stage.close();
  });

  /** In order; whatever their standing, unless the question names one, but for the retired. */
  const idsOf = async (query: Parameters<Queries['findInFleet']>[0]): Promise<string[]> => {
    const { agents } = await queries.findInFleet({ standing: 'any', ...query });
    return agents.filter(({ agent }) => !agent.retired).map(({ agent }) => agent.agentId);
  };

  it('R-102: agents by capability and task type, best first, unknown ones between good and bad', async () => {
    expect(await idsOf({ capabilities: ['typescript'] })).to.deep.equal(['best', 'new', 'worst']);
    expect(await idsOf({ capabilities: ['typescript', 'rust'] })).to.deep.equal(['best']);
    expect(await idsOf({ taskType: 'code-editing' })).to.deep.equal(['best', 'new', 'worst']);
    expect(await idsOf({ taskType: 'documentation' })).to.deep.equal(['best', 'worst', 'writer']);
    expect(await idsOf({ standing: 'AVAILABLE', minSuccess: 0.5, limit: 2 })).to.deep.equal(['best', 'new']);
    expect(await idsOf({ standing: 'MAINTENANCE' })).to.deep.equal(['worst']);
  });

  it('R-104, R-112: load is active / max × 100, and the filter is strictly below', async () => {
    const at = async (id: string): Promise<number | undefined> => (await queries.findAgent(id))?.utilisation;
    expect([await at('best'), await at('new'), await at('worst')]).to.deep.equal([0, 33.33, 50]);
    const below = (percent: number): Promise<string[]> =>
      idsOf({ capabilities: ['typescript'], belowUtilisation: percent });
    expect(await below(50)).to.deep.equal(['best', 'new']);
    expect(await below(33.33)).to.deep.equal(['best']);
    expect(await below(33.34)).to.deep.equal(['best', 'new']);
    expect(await below(0)).to.deep.equal([]);
  });

  it('R-101, R-109, R-113: status with its reason, and every version of the capabilities', async () => {
    expect(await queries.findAgent('worst')).to.include({ status: 'MAINTENANCE', statusReason: 'new disk' });
    expect(await queries.findAgent('gone')).to.include({ retired: true, statusReason: 'replaced' });
    const versions = await queries.capabilityVersions('best');
    expect(versions.map((v) => v.capabilities.length)).to.deep.equal([2, 3]);
    expect(versions[1]).to.include({ capabilityVersion: 2, actor: 'test' });
  });

  it('D-01: after a restart every agent is there, not only those of one task type', async () => {
    const again = openQueries(stage.databaseUrl);
    expect((await again.listAgents({ retired: true })).map(({ agentId }) => agentId)).to.deep.equal([
      'best',
      'gone',
      'new',
      'worst',
      'writer',
    ]);
    await again.close();
  });

  it('pages of tasks neither overlap nor leave out', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await queries.listTasks({ limit: 1, ...(after === undefined ? {} : { after }) });
      seen.push(...page.tasks.map(({ taskId }) => taskId));
      after = page.next;
    } while (after !== undefined);
    expect(seen.sort()).to.deep.equal(['done', 'w1', 'w2']);
    expect((await queries.listTasks({ state: 'routed' })).tasks).to.have.length(2);
    let failure: unknown;
    await queries.listTasks({ after: "0:'; DROP TABLE x" }).then(
      ({ tasks }) => expect(tasks).to.deep.equal([]),
      (error: unknown) => (failure = error),
    );
    expect(failure).to.equal(undefined);
    await queries.listTasks({ limit: 5000 }).catch((error: unknown) => (failure = error));
    expect(String(failure)).to.contain('BAD_LIMIT');
  });

  it('a batch that is written twice is refused by the compare-and-set and changes nothing', async () => {
    const pool = openPool(stage.databaseUrl, { name: 'twice', max: 2 });
    const { version } = (
      await stage.sql(
        `SELECT version::int FROM projection_versions WHERE projection = 'outcomes' AND state = 'live'`,
      )
    )[0] as { version: number };
    const opened = await openFolder(pool, outcomesProjection, version, 1);
    const stale = await openFolder(pool, outcomesProjection, version, 1);
    const writer = new LogWriter(TOPICS.outcomes, 1);
    writer.claim = 0;
    const said = range(5).map((i) => outcome(`x-${i}`, i, 'twice', 'SUCCESS'));
    const events = said.map((one, i): LoggedEvent => ({
      type: one.type,
      offset: i + 1,
      body: writer.body(one),
    }));
    const to = { position: 6, acceptance: { claim: 0, seq: 5 } };
    await writeBatch(pool, opened.folder, events, opened.cursor, to);
    const before = await checksums(stage.databaseUrl);
    for (const { folder } of [opened, stale]) {
      let failure: unknown;
      await writeBatch(pool, folder, events, opened.cursor, to).catch((error: unknown) => (failure = error));
      expect(failure).to.be.instanceOf(PositionMoved);
    }
    expect(await checksums(stage.databaseUrl)).to.deep.equal(before);
    expect((await queries.performance('twice'))[0]?.successes).to.equal(5);
    await pool.query(
      `UPDATE projection_offsets SET position = 0, claim = $1, seq = 0 WHERE topic = $2 AND partition = 1`,
      [NOTHING_ACCEPTED.claim, TOPICS.outcomes],
    );
    await pool.end();
  });

  it('tables of another fold version are left alone until they are rebuilt', async () => {
    const { bus, codec, databaseUrl } = stage;
    await stage.sql(`UPDATE projection_versions SET fold_version = 99 WHERE projection = 'agents'`);
    const halted: string[] = [];
    const observer = {
      applied: () => undefined,
      rejected: () => undefined,
      unknown: () => undefined,
      parked: () => undefined,
      trouble: () => undefined,
      halted: (_at: unknown, error: unknown) => void halted.push(String(error)),
    };
    const projector = await startProjector({ bus, codec, databaseUrl, observer });
    try {
      while (halted.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(halted[0]).to.contain('PROJECTION_OUTDATED').and.contain('arbiter projections rebuild agents');
      expect(projector.ready).to.equal(false);
      const rebuilt = await rebuild({ bus, codec, databaseUrl, projection: 'agents' });
      expect(rebuilt).to.include({ before: undefined, equal: true });
      const position = await stage.append(TOPICS.agents, 0, [
        changedStatus('new', 'DRAINING', 'on its way out'),
      ]);
      const reached = await queries.waitFor([{ topic: TOPICS.agents, partition: 0, position }], 15_000);
      expect(reached).to.deep.equal({ kind: 'reached' });
      expect((await queries.findAgent('new'))?.status).to.equal('DRAINING');
    } finally {
      await projector.stop();
    }
  }).timeout(30_000);

  it('migrate may be called by many processes at once', async () => {
    const before = await checksums(stage.databaseUrl);
    await Promise.all(range(4).map(() => migrate(stage.databaseUrl)));
    expect(await checksums(stage.databaseUrl)).to.deep.equal(before);
  });
});

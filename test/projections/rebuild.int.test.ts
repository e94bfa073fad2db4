import { expect } from 'chai';
import { TOPICS } from '../../src/events/topics.js';
import {
  migrate,
  openQueries,
  projectionStatus,
  rebuild,
  startProjector,
  type RebuildProgress,
} from '../../src/projections/index.js';
import { checksums } from './checksums.js';
import { completedTask, issuedVerdict, offered, outcome, registeredAgent, untilRouted } from './lifecycle.js';
import { openStage, PARTITIONS, type Stage } from './stage.js';

const NAMES = ['tasks', 'agents', 'assignments', 'outcomes', 'policies', 'verdicts'];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Some history in every log; resolves to the positions behind it. */
const history = async (
  stage: Stage,
  tasks = 60,
): Promise<{ topic: string; partition: number; position: number }[]> => {
  const positions: { topic: string; partition: number; position: number }[] = [];
  const add = async (
    topic: string,
    partition: number,
    events: Parameters<Stage['append']>[2],
  ): Promise<void> => {
    positions.push({ topic, partition, position: await stage.append(topic, partition, events) });
  };
  await add(
    TOPICS.agents,
    0,
    ['agent-a', 'agent-b'].map((id) => registeredAgent(id)),
  );
  for (const p of range(PARTITIONS)) {
    const ids = range(tasks).map((i) => `p${p}-${i}`);
    await add(TOPICS.tasks, p, [
      ...ids.flatMap((id) => completedTask(id)),
      ...untilRouted(`p${p}-open`, 'agent-b'),
    ]);
    await add(
      TOPICS.assignments,
      p,
      ids.map((id, i) => offered(id, i)),
    );
    await add(
      TOPICS.outcomes,
      p,
      ids.map((id, i) => outcome(id, i, 'agent-a', i % 3 === 0 ? 'FAILURE' : 'SUCCESS')),
    );
    await add(
      TOPICS.verdicts,
      p,
      ids.map((id) => issuedVerdict(id)),
    );
  }
  return positions;
};

/** Fails its rebuild after some batches. */
const interruptedAfter = (batches: number): RebuildProgress => {
  let left = batches;
  return {
    begin: () => undefined,
    advanced: () => {
      if (left-- <= 0) throw new Error('interrupted');
    },
    phase: () => undefined,
    end: () => undefined,
  };
};

describe('rebuild', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await openStage();
    await migrate(stage.databaseUrl);
  });
  afterEach(() => stage.close());

  it('law 1: a rebuild under live projectors and readers ends with the same checksums', async () => {
    const { bus, codec, databaseUrl } = stage;
    const wanted = await history(stage);
    const projector = await startProjector({ bus, codec, databaseUrl });
    const queries = openQueries(databaseUrl);
    const reading = { on: true };
    let reads = 0;
    try {
      await queries.waitFor(wanted, 20_000);
      const before = await checksums(databaseUrl);
      const reader = (async () => {
        while (reading.on) {
          const task = await queries.findTask('p0-0');
          if (task?.state !== 'completed') throw new Error(`a reader saw ${task?.state}`);
          await queries.listAgents();
          reads++;
        }
      })();
      for (const projection of NAMES) {
        const rebuilt = await rebuild({ bus, codec, databaseUrl, projection });
        expect(rebuilt).to.deep.include({ projection, version: 2, equal: true });
        expect(rebuilt.before).to.deep.equal(rebuilt.after);
      }
      reading.on = false;
      await reader;
      expect(reads).to.be.greaterThan(0);
      expect(await checksums(databaseUrl)).to.deep.equal(before);
      // The projector goes on with the new tables by itself.
      const position = await stage.append(TOPICS.tasks, 2, completedTask('later'));
      expect(await queries.waitFor([{ topic: TOPICS.tasks, partition: 2, position }], 10_000)).to.deep.equal({
        kind: 'reached',
      });
      expect((await queries.findTask('later'))?.state).to.equal('completed');
      const left = await stage.sql(`SELECT tablename FROM pg_tables WHERE tablename LIKE '%\\_v1'`);
      expect(left).to.deep.equal([]);
    } finally {
      reading.on = false;
      await projector.stop();
      await queries.close();
    }
  });

  it('law 1: a dropped database comes back with the same checksums', async () => {
    const { bus, codec, databaseUrl } = stage;
    const wanted = await history(stage);
    const fill = async (): Promise<void> => {
      await migrate(databaseUrl);
      const projector = await startProjector({ bus, codec, databaseUrl });
      const queries = openQueries(databaseUrl);
      expect(await queries.waitFor(wanted, 20_000)).to.deep.equal({ kind: 'reached' });
      await queries.close();
      await projector.stop();
    };
    await fill();
    const before = await checksums(databaseUrl);
    expect(before.map(({ rows }) => rows)).to.deep.equal([183, 1995, 2, 2, 180, 3, 0, 0, 180]);
    await stage.admin(`DROP DATABASE ${stage.database} WITH (FORCE)`);
    await stage.admin(`CREATE DATABASE ${stage.database}`);
    await fill();
    expect(await checksums(databaseUrl)).to.deep.equal(before);
  });

  it('E.8: an interrupted rebuild resumes where it was, and needs no projector', async () => {
    const { bus, codec, databaseUrl } = stage;
    await history(stage, 400);
    let failure: unknown;
    await rebuild({ bus, codec, databaseUrl, projection: 'tasks', progress: interruptedAfter(3) }).catch(
      (error: unknown) => (failure = error),
    );
    expect(String(failure)).to.contain('interrupted');
    const half = (await projectionStatus(databaseUrl)).find(({ state }) => state === 'building');
    const reached = half?.positions.reduce((sum, { position }) => sum + position, 0) ?? 0;
    expect(reached).to.be.greaterThan(0);
    const rebuilt = await rebuild({ bus, codec, databaseUrl, projection: 'tasks' });
    expect(rebuilt.version).to.equal(half?.version);
    // Claims are offsets without an event; only what was left was folded.
    expect(rebuilt.events).to.be.lessThan(PARTITIONS * (400 * 11 + 5) - reached + PARTITIONS + 1);
    expect(rebuilt.equal).to.equal(true);
    expect(rebuilt.after[0]?.rows).to.equal(PARTITIONS * 401);
  });

  it('a view that does not follow from the log is found out, and replaced only when told so', async () => {
    const { bus, codec, databaseUrl } = stage;
    await history(stage, 5);
    await rebuild({ bus, codec, databaseUrl, projection: 'outcomes' });
    await stage.sql(`UPDATE outcomes_rows_v2 SET successes = successes + 1 WHERE partition = 1`);
    let failure: unknown;
    await rebuild({ bus, codec, databaseUrl, projection: 'outcomes' }).catch(
      (error: unknown) => (failure = error),
    );
    expect(failure).to.have.property('code', 'PROJECTION_DIFFERS');
    const taken = await rebuild({ bus, codec, databaseUrl, projection: 'outcomes', acceptDifference: true });
    expect(taken.equal).to.equal(false);
    const again = await rebuild({ bus, codec, databaseUrl, projection: 'outcomes' });
    expect(again.equal).to.equal(true);
  });
});

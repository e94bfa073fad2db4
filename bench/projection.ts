/**
 * Figure `projection`: decode from Avro in memory + fold + one UNNEST upsert per table and batch, position
 * in the same transaction, on a real PostgreSQL in a database of its own. The broker is left out: `rebuild` has it.
 *
 *   npm run bench -- projection
 */
import type { LogRecord } from '../src/bus/port.js';
import { TOPICS } from '../src/events/topics.js';
import type { Feed } from '../src/log/feed.js';
import { LogFollower } from '../src/log/follow.js';
import { MAX_BATCH } from '../src/projections/engine/batch-size.js';
import { openPool } from '../src/projections/engine/database.js';
import { openFolder } from '../src/projections/engine/folder.js';
import { writeAroundPoison } from '../src/projections/engine/write-around-poison.js';
import { migrate } from '../src/projections/index.js';
import { tasksProjection } from '../src/projections/tasks.js';
import { completedTask } from '../test/projections/lifecycle.js';
import { LogWriter, standing, testCodec } from '../test/projections/log-writer.js';
import { serverCpuMicros, withDatabase } from './own-database.js';

const EVENTS = 220_000;
const partitions = 4;
const tasksPerPartition = Math.ceil(EVENTS / 11 / partitions);
const codec = await testCodec();

/** Lifecycles interleaved as 64 in flight would be: the events of one task are far apart. */
const history = (partition: number): readonly LogRecord[] => {
  const writer = new LogWriter(TOPICS.tasks, partition);
  const events = [];
  for (let first = 0; first < tasksPerPartition; first += 64) {
    const count = Math.min(64, tasksPerPartition - first);
    const lives = Array.from({ length: count }, (_, i) => completedTask(`bench-${partition}-${first + i}`));
    for (let step = 0; step < 11; step++)
      for (const life of lives) events.push(...life.slice(step, step + 1));
  }
  return standing(TOPICS.tasks, partition, 0, writer.encode(codec, events, 0));
};

const feedOf = (partition: number, records: readonly LogRecord[]): Feed => {
  let index = 0;
  return {
    at: { topic: TOPICS.tasks, partition },
    take: (max) => {
      const taken = records.slice(index, index + max);
      index += taken.length;
      return taken;
    },
    get position() {
      return index;
    },
    end: records.length,
    get queued() {
      return records.length - index;
    },
    error: undefined,
    close: () => undefined,
  };
};

export const run = (): Promise<object> =>
  withDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const pool = openPool(databaseUrl, { name: 'bench', max: partitions });
    const histories = Array.from({ length: partitions }, (_, p) => history(p));
    const batches: number[] = [];
    let events = 0;
    const project = async (records: readonly LogRecord[], partition: number): Promise<void> => {
      const { folder, cursor } = await openFolder(pool, tasksProjection, 1, partition);
      const follower = new LogFollower(feedOf(partition, records), cursor.acceptance, codec, () => undefined);
      for (let from = cursor; ; from = follower.cursor) {
        const followed = await follower.take(MAX_BATCH);
        if (follower.cursor.position === from.position) return;
        const begun = performance.now();
        await writeAroundPoison(pool, folder, followed, from, follower.cursor);
        batches.push(performance.now() - begun);
        events += followed.length;
      }
    };
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await Promise.all(histories.map(project));
    const seconds = (performance.now() - begun) / 1000;
    const used = process.cpuUsage(cpu);
    const server = await serverCpuMicros(pool);
    await pool.end();
    batches.sort((a, b) => a - b);
    const at = (q: number): number => Math.round((batches[Math.floor(q * batches.length)] ?? 0) * 10) / 10;
    return {
      events_per_s: Math.round(events / seconds),
      p50_ms: at(0.5),
      p95_ms: at(0.95),
      p99_ms: at(0.99),
      rss_mb: Math.round(process.memoryUsage().rss / 1e6),
      details: {
        events,
        seconds: Math.round(seconds * 100) / 100,
        partitions,
        batch: MAX_BATCH,
        latency: 'of one transaction',
        node_cpu_us_per_event: Math.round(((used.user + used.system) / events) * 10) / 10,
        postgres_cpu_us_per_event: server === undefined ? null : Math.round((server / events) * 10) / 10,
      },
    };
  });

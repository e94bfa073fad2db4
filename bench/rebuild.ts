/**
 * Figure `rebuild`: a projection from offset 0 off the real broker: fetch, decode, acceptance, fold, upsert,
 * indexes, checksums of both versions, swap. The history is written first and not timed.
 *
 *   npm run bench -- rebuild
 */
import { TOPICS } from '../src/events/topics.js';
import { migrate, rebuild } from '../src/projections/index.js';
import { completedTask } from '../test/projections/lifecycle.js';
import { openStage, PARTITIONS } from '../test/projections/stage.js';

const EVENTS = 220_000;
const tasks = Math.ceil(EVENTS / 11 / PARTITIONS);

export const run = async (): Promise<object> => {
  const stage = await openStage();
  try {
    const { bus, codec, databaseUrl } = stage;
    await migrate(databaseUrl);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let first = 0; first < tasks; first += 64) {
        const count = Math.min(64, tasks - first);
        const lives = Array.from({ length: count }, (_, i) =>
          completedTask(`bench-${partition}-${first + i}`),
        );
        const events = Array.from({ length: 11 }, (_, step) =>
          lives.flatMap((life) => life.slice(step, step + 1)),
        );
        await stage.append(TOPICS.tasks, partition, events.flat());
      }
    }
    // The first has nothing to compare with but an empty version, which it fills as well; the second is the figure.
    await rebuild({ bus, codec, databaseUrl, projection: 'tasks' });
    const cpu = process.cpuUsage();
    const rebuilt = await rebuild({ bus, codec, databaseUrl, projection: 'tasks' });
    const used = process.cpuUsage(cpu);
    return {
      events_per_s: Math.round(rebuilt.events / (rebuilt.milliseconds / 1000)),
      rss_mb: Math.round(process.memoryUsage().rss / 1e6),
      details: {
        events: rebuilt.events,
        seconds: Math.round(rebuilt.milliseconds / 10) / 100,
        partitions: PARTITIONS,
        equal: rebuilt.equal,
        rows: rebuilt.after.map(({ table, rows }) => ({ table, rows })),
        node_cpu_us_per_event: Math.round(((used.user + used.system) / rebuilt.events) * 10) / 10,
      },
    };
  } finally {
    await stage.close();
  }
};

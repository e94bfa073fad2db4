import { setTimeout as sleep } from 'node:timers/promises';
import { BusError, type Bus } from '../../src/bus/port.js';
import { OWNED_TOPICS, TOPICS } from '../../src/events/topics.js';
import { openQueries } from '../../src/projections/index.js';
import type { Connection } from '../../src/runtime/index.js';

const FINAL = new Set(['TaskCompleted', 'TaskFailed', 'TaskRejected', 'TaskCancelled']);

/** A broker that has just come back may leave a request without an answer. */
const endOffsets = async (bus: Bus, topic: string, until: number): Promise<readonly number[]> => {
  for (;;) {
    try {
      return await bus.admin.endOffsets(topic);
    } catch (error) {
      if (!(error instanceof BusError && error.retriable) || Date.now() > until) throw error;
      await sleep(1000);
    }
  }
};

/** Waits until each task has a final event, nothing moves any more and the views are there; false: the limit was reached. */
export const quiesce = async (
  { bus, codec }: Connection,
  databaseUrl: string,
  tasks: ReadonlySet<string>,
  limitMs: number,
  tell: (line: string) => void,
): Promise<boolean> => {
  const until = Date.now() + limitMs;
  const left = new Set(tasks);
  const positions = new Map<number, number>();
  let told = -1;
  while (left.size > 0) {
    if (Date.now() > until) return false;
    const ends = await endOffsets(bus, TOPICS.tasks, until);
    for (const [partition, end] of ends.entries()) {
      const from = positions.get(partition) ?? 0;
      for await (const batch of bus.readRange({ topic: TOPICS.tasks, partition }, from, end)) {
        for (const record of batch.records) {
          const decoded = await codec.decode(record);
          if (decoded.kind === 'event' && FINAL.has(decoded.name))
            left.delete((decoded.record as { taskId: string }).taskId);
        }
        positions.set(partition, batch.position);
      }
    }
    if (left.size !== told) tell(`${left.size} tasks are not final yet`);
    told = left.size;
    await sleep(1000);
  }
  const queries = openQueries(databaseUrl);
  try {
    for (let before = ''; ;) {
      const ends = await Promise.all(OWNED_TOPICS.map((topic) => endOffsets(bus, topic, until)));
      const now = JSON.stringify(ends);
      const wanted = OWNED_TOPICS.flatMap((topic, i) =>
        (ends[i] ?? []).map((position, partition) => ({ topic, partition, position })),
      );
      const { kind } = await queries.waitFor(wanted, 5000);
      if (kind === 'reached' && now === before) return true;
      if (Date.now() > until) return false;
      before = now;
      await sleep(3000);
    }
  } finally {
    await queries.close();
  }
};

import type { Bus } from '../bus/port.js';
import { TOPICS } from '../events/topics.js';
import { parseManifest } from '../log/checkpoint-form.js';
import { NOTHING_ACCEPTED, type Cursor } from '../log/index.js';

/** A shorter log is read from its beginning: that costs less than the owners' checkpoints. */
const SHORT = 20_000;
const FROM_ZERO: Cursor = { position: 0, acceptance: NOTHING_ACCEPTED };

/**
 * Where a new instance begins to read each partition of `arbiter.assignments`: no offer older than itself is its own, so the newest
 * checkpoint of the partition's owner will do, for it keeps (claim, seq) with its position (law 3); without one, 0. Only the
 * manifests are looked at, never the state beside them.
 */
export const beginnings = async (bus: Bus, short = SHORT): Promise<readonly Cursor[]> => {
  const topic = TOPICS.assignments;
  const [ends, { topicId }] = await Promise.all([
    bus.admin.endOffsets(topic),
    bus.admin.describeTopic(topic),
  ]);
  const fromZero = ends.map(() => FROM_ZERO);
  if (ends.reduce((sum, end) => sum + end, 0) <= short) return fromZero;
  const newest = await newestCuts(bus, topicId);
  return fromZero.map((zero, partition) => {
    const cut = newest.get(partition);
    return cut === undefined || cut.position > (ends[partition] ?? 0) ? zero : cut;
  });
};

const MANIFEST = new RegExp(`^${TOPICS.assignments.replace('.', '\\.')}/(\\d+)/\\d+/manifest$`);

const newestCuts = async (bus: Bus, topicId: string | null): Promise<Map<number, Cursor>> => {
  const newest = new Map<number, Cursor>();
  const begins = await bus.admin.beginOffsets(TOPICS.checkpoints);
  for (const [at, begin] of begins.entries()) {
    for await (const batch of bus.readRange({ topic: TOPICS.checkpoints, partition: at }, begin)) {
      for (const { key, value } of batch.records) {
        const named = MANIFEST.exec(key?.toString() ?? '');
        const manifest = named === null ? undefined : parseManifest(value);
        if (named === null || manifest === undefined || manifest.logTopicId !== topicId) continue;
        const { position, claim, seq } = manifest;
        const partition = Number(named[1]);
        if (position > (newest.get(partition)?.position ?? 0))
          newest.set(partition, { position, acceptance: { claim, seq } });
      }
    }
  }
  return newest;
};

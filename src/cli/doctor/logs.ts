import { OWNED_TOPICS } from '../../events/topics.js';
import { HashChain } from '../../log/hash-chain.js';
import type { Connection } from '../../runtime/connection.js';
import { openProgress } from '../progress.js';
import { ok, wrong, type Check } from './check.js';

interface Verified {
  readonly records: number;
  readonly problem?: string;
}

/** Acceptance and the chain of hashes of one partition, from offset 0 (laws 2, 3 and prevHash of part 2). */
const verifyPartition = async (
  { bus, logCodec }: Connection,
  topic: string,
  partition: number,
  advance: (by: number) => void,
): Promise<Verified> => {
  const chain = new HashChain(logCodec);
  let records = 0;
  for await (const batch of bus.readRange({ topic, partition }, 0)) {
    for (const record of batch.records) {
      const problem = chain.next(record, await logCodec.decode(record));
      if (problem !== undefined) return { records, problem: `${topic}/${partition}: ${problem}` };
    }
    records += batch.records.length;
    advance(batch.records.length);
  }
  return { records };
};

/** Reads every owned log whole. A break means that the log was cut or written by a stranger: nothing repairs that in place. */
export const checkLogs = async (connection: Connection): Promise<readonly Check[]> => {
  const { admin } = connection.bus;
  const ends = await Promise.all(OWNED_TOPICS.map((topic) => admin.endOffsets(topic)));
  const total = ends.flat().reduce((sum, end) => sum + end, 0);
  const progress = openProgress('records', total);
  try {
    const checks: Check[] = [];
    for (const [index, topic] of OWNED_TOPICS.entries()) {
      let records = 0;
      for (const partition of (ends[index] ?? []).keys()) {
        const verified = await verifyPartition(connection, topic, partition, (by) => progress.advance(by));
        records += verified.records;
        if (verified.problem === undefined) continue;
        const repair = 'stop its writers; restore the topic from a copy made before the change';
        checks.push(wrong('logs', verified.problem, repair));
      }
      checks.push(ok('logs', `${topic}: ${records} records read, ${ends[index]?.length ?? 0} partitions`));
    }
    return checks;
  } finally {
    progress.close();
  }
};

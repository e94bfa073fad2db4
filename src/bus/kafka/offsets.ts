/** Begin and end positions of partitions, as read-committed readers see them. */
import { READ_COMMITTED } from './fetch.js';
import type { KafkaBroker } from './kafkajs-protocol.js';

const TIMESTAMP = { begin: -2, end: -1 } as const;

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

/** Asks the partitions' leader. Rejects with kafkajs' errors. */
export const listOffsets = async (
  broker: KafkaBroker,
  topic: string,
  partitions: readonly number[],
  which: keyof typeof TIMESTAMP,
): Promise<PartitionOffset[]> => {
  const { responses } = await broker.listOffsets({
    isolationLevel: READ_COMMITTED,
    topics: [
      { topic, partitions: partitions.map((partition) => ({ partition, timestamp: TIMESTAMP[which] })) },
    ],
  });
  return responses.flatMap((response) =>
    response.partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) })),
  );
};

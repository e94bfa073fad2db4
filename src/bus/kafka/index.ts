/**
 * The bus on Apache Kafka (2.3 or later), by kafkajs 2.2.4: its connections and encoders, our own reading, appending,
 * publishing and group membership on top of them. Nothing outside of this folder knows kafkajs.
 */
import type { Bus } from '../port.js';
import { BusError } from '../port.js';
import { createKafkaAdmin } from './admin.js';
import { openKafkaAppender } from './appender.js';
import { toBusError } from './broker-errors.js';
import type { KafkaBusOptions } from './connection.js';
import { createCluster, cutConnections } from './connection.js';
import { joinKafkaGroup } from './group.js';
import { openKafkaPublisher } from './publisher.js';
import { RangeReader } from './range.js';
import { openKafkaReader } from './reader.js';

export type { KafkaBusOptions } from './connection.js';

/** Rejects with `UNREACHABLE`, `TIMEOUT`, `NOT_AUTHORISED` when no broker can be talked to. */
export const openKafkaBus = async (options: KafkaBusOptions): Promise<Bus> => {
  const probe = createCluster(options);
  try {
    await probe.connect();
  } catch (error) {
    throw toBusError(error, `connecting to ${options.brokers.join(', ')}`);
  } finally {
    await cutConnections(probe);
  }
  const admin = createKafkaAdmin(options);
  const ranges = new RangeReader(options);
  const open = new Set<() => Promise<void>>();
  let closed = false;
  /** What was opened is closed with the bus; what was closed before is forgotten. */
  const kept = async <K extends string, T extends Record<K, () => Promise<void>>>(
    end: K,
    opening: () => Promise<T>,
  ): Promise<T> => {
    if (closed) throw new BusError('CLOSED', 'the bus is closed', false);
    const made = await opening();
    const original = made[end].bind(made);
    const ending = (): Promise<void> => {
      open.delete(ending);
      return original();
    };
    open.add(ending);
    return Object.assign(made, { [end]: ending });
  };
  return {
    kind: 'kafka',
    admin,
    openAppender: (at) => kept('close', () => openKafkaAppender(options, at)),
    openPublisher: (limits) => kept('close', () => openKafkaPublisher(options, limits)),
    openReader: (handlers) => kept('close', () => openKafkaReader(options, handlers)),
    joinGroup: (group) => kept('leave', () => joinKafkaGroup(options, group)),
    readRange: (at, from, to) => ranges.read(at, from, to),
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([...open].map((end) => end()));
      await Promise.all([ranges.close(), admin.close()]);
    },
  };
};

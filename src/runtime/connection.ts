import {
  connectRegistry,
  createCodec,
  followSchemaLog,
  recordHash,
  registrySource,
  type Codec,
  type EventTopic,
  type Registry,
} from '../bus/codec/index.js';
import { withSharedReads } from '../bus/shared-reads.js';
import type { Bus, LogRecord } from '../bus/port.js';
import type { Decoded, LogCodec } from '../log/index.js';
import type { Endpoints } from './endpoints.js';
import { openBus } from './open-bus.js';

/** A connected process: the bus, the codec with its registry. */
export interface Connection {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly logCodec: LogCodec;
  readonly registry: Registry;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** The topics it will write to; default: all. Only their schemas must be registered. */
  readonly writes?: readonly EventTopic[];
  /** The schemas seen in the log are no longer followed; the registry still answers. */
  onSchemaLogError?(error: Error): void;
}

/** Connects, and resolves the schemas it writes with: a process starts only when it can write (law 12). */
export const connect = async (
  endpoints: Endpoints,
  clientId: string,
  options: ConnectOptions = {},
): Promise<Connection> => {
  const bus = withSharedReads(await openBus(endpoints, clientId));
  try {
    const registry = connectRegistry({ url: endpoints.schemaRegistryUrl });
    const schemas = await followSchemaLog(bus, (error) => options.onSchemaLogError?.(error));
    const codec = createCodec(registrySource(registry, schemas.log), { source: `/arbiter/${clientId}` });
    await codec.ready(options.writes);
    return {
      bus,
      codec,
      logCodec: asLogCodec(codec),
      registry,
      close: async () => {
        await schemas.close();
        await bus.close();
      },
    };
  } catch (error) {
    await bus.close();
    throw error;
  }
};

/** The codec as the log needs it: by name, the types having been checked where the records are made. */
export const asLogCodec = (codec: Codec): LogCodec => {
  const untyped = codec as {
    encode(topic: string, name: string, record: object): ReturnType<Codec['encode']>;
    decode(record: LogRecord): ReturnType<LogCodec['decode']>;
  };
  // Readers that share a fetch see the same record objects: what one of them has decoded serves them all.
  const decoded = new WeakMap<LogRecord, Decoded>();
  return {
    encode: (topic, name, record) => untyped.encode(topic, name, record),
    decode: (record) => {
      if (record.unreadable !== undefined)
        return { kind: 'undecodable', code: 'UNREADABLE_BATCH', message: record.unreadable };
      const known = decoded.get(record);
      if (known !== undefined) return known;
      const found = untyped.decode(record);
      if (!(found instanceof Promise)) decoded.set(record, found);
      return found;
    },
    hash: ({ value, headers }) => recordHash(value ?? Buffer.alloc(0), headers),
  };
};

/**
 * Opens connections. Every reader, appender, publisher and group has a cluster of its own: the broker works through one
 * connection's requests one after another, so a long poll or a slow acknowledgement must never stand before another's.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, LogEntry, Logger, SASLOptions } from 'kafkajs';
import type { BusLogger } from '../logger.js';
import type { KafkaBroker, KafkaCluster } from './kafkajs-protocol.js';
import { Cluster, createLogger } from './kafkajs-protocol.js';

export interface KafkaBusOptions {
  /** `host:port` of any brokers; the rest is learnt from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default 3000. */
  readonly connectionTimeoutMs?: number;
  /** How long an answer may take before its connection counts as broken; default 10000. */
  readonly requestTimeoutMs?: number;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  readonly logger?: BusLogger;
}

const KEEP_ALIVE_MS = 30_000;
const LEVEL_WARN = 2;

type Sockets = Set<{ readonly address: string; readonly socket: Socket }>;

const socketsOf = new WeakMap<KafkaCluster, Sockets>();

/** Remembers its sockets. Requests are whole when they are written: waiting for more (Nagle) would only add latency. */
const createSocketFactory =
  (sockets: Sockets): ISocketFactory =>
  ({ host, port, ssl, onConnect }) => {
    const socket = (ssl as unknown)
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect);
    const entry = { address: `${host}:${port}`, socket };
    sockets.add(entry);
    socket.once('close', () => {
      sockets.delete(entry);
      // kafkajs unrefs a dead socket at every disconnect, and Node waits for its connection each time: a listener more.
      socket.unref = () => socket;
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };

/**
 * Cuts the connections, all or those to one broker; whatever is in flight fails at once. kafkajs' own `disconnect` waits
 * for the answers of all pending requests, so on a connection that has fallen silent it waits for their time-out.
 */
export const cutConnections = async (cluster: KafkaCluster, broker?: KafkaBroker): Promise<void> => {
  const address =
    broker === undefined ? undefined : `${broker.connectionPool.host}:${broker.connectionPool.port}`;
  for (const one of socketsOf.get(cluster) ?? []) {
    if (address === undefined || one.address === address) one.socket.destroy(new Error('cut by this side'));
  }
  await (broker ?? cluster).disconnect().catch(() => undefined);
};

/** What a request that failed is passed on with: its connection may have fallen silent, and would be asked again. */
export const cutAndFail =
  (cluster: KafkaCluster, broker?: KafkaBroker) =>
  async (error: unknown): Promise<never> => {
    await cutConnections(cluster, broker);
    throw error;
  };

/** kafkajs calls routine reconnects errors; this adapter reports what matters itself, so its log is for debugging only. */
export const kafkaLogCreator =
  (logger: BusLogger | undefined) =>
  () =>
  ({ namespace, label, log }: LogEntry): void => {
    logger?.debug({ kafkajs: namespace, level: label, ...log }, log.message);
  };

const protocolLogger = (logger: BusLogger | undefined): Logger =>
  createLogger({ level: logger === undefined ? 0 : LEVEL_WARN, logCreator: kafkaLogCreator(logger) });

/** A cluster that is not yet connected, without any internal retry: whoever sends decides about repetition (law 4). */
export const createCluster = (options: KafkaBusOptions, requestTimeoutMs?: number): KafkaCluster => {
  const sockets: Sockets = new Set();
  const cluster = new Cluster({
    logger: protocolLogger(options.logger),
    socketFactory: createSocketFactory(sockets),
    brokers: options.brokers,
    clientId: options.clientId,
    connectionTimeout: options.connectionTimeoutMs ?? 3_000,
    requestTimeout: requestTimeoutMs ?? options.requestTimeoutMs ?? 10_000,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  });
  socketsOf.set(cluster, sockets);
  return cluster;
};

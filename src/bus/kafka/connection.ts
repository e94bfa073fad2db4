/**
 * Opens connections. Every reader, appender, publisher and group has a cluster of its own: the broker works through one
 * connection's requests one after another, so a long poll or a slow acknowledgement must never stand before another's.
 */
import { connect as connectTcp, isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, LogEntry, Logger, SASLOptions } from 'kafkajs';
import type { BusLogger } from '../logger.js';
import type { KafkaCluster } from './kafkajs-protocol.js';
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

/** Requests are whole when they are written: waiting for more (Nagle) only adds latency. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = (ssl as unknown)
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : connectTcp({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
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
export const createCluster = (options: KafkaBusOptions, requestTimeoutMs?: number): KafkaCluster =>
  new Cluster({
    logger: protocolLogger(options.logger),
    socketFactory,
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

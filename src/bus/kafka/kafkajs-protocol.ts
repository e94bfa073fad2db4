/**
 * The door to kafkajs' protocol layer (exact pin 2.2.4). The public consumer has no `assign()`, its fetcher deadlocks when
 * a handler waits for another record, and it throws a whole response away for one unknown codec; so requests are sent
 * through kafkajs' connections (TLS, SASL, versions, time-outs) and the answers to Fetch and Produce decoded here, one
 * partition at a time. Everything this adapter takes from inside kafkajs is named in this file, and only here.
 */
import { createRequire } from 'node:module';
import type { ISocketFactory, logCreator as LogCreator, Logger, SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { letEmptyQueuesRest, type PendingRequests } from './empty-queues.js';
import { beginFramesAnew, type FramedConnection } from './fresh-frames.js';

/** A request and how to read its answer, as kafkajs' connections take them. */
export interface ProtocolRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<unknown>;
  };
  readonly response: { decode(payload: Buffer): Promise<T>; parse(decoded: T): Promise<T> };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

export interface KafkaEncoder {
  writeInt8(value: number): KafkaEncoder;
  writeInt16(value: number): KafkaEncoder;
  writeInt32(value: number): KafkaEncoder;
  writeBuffer(value: Buffer): KafkaEncoder;
}

export interface KafkaConnection {
  send<T>(request: ProtocolRequest<T>): Promise<T>;
}

export interface GroupMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly GroupMember[];
}

interface OffsetsOf<P> {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly P[] }[];
}

export interface KafkaBroker {
  readonly nodeId: number | null;
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    getConnection(index: number): Promise<KafkaConnection>;
  };
  disconnect(): Promise<void>;
  isConnected(): boolean;
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }): Promise<JoinedGroup>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(
    request: { groupId: string; groupGenerationId: number; memberId: string } & OffsetsOf<{
      partition: number;
      offset: string;
      metadata: string;
    }>,
  ): Promise<unknown>;
  offsetFetch(request: { groupId: string } & OffsetsOf<{ partition: number }>): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly offset: string;
        readonly metadata: string | null;
      }[];
    }[];
  }>;
  listOffsets(
    request: { isolationLevel: number } & OffsetsOf<{ partition: number; timestamp: number }>,
  ): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
}

export interface PartitionMetadata {
  readonly partitionId: number;
  readonly leader: number;
  readonly replicas: readonly number[];
}

export interface ClusterMetadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly clusterId: string;
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly partitionMetadata: readonly PartitionMetadata[];
  }[];
}

export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  findGroupCoordinator(request: { groupId: string }): Promise<KafkaBroker>;
  readonly brokerPool: {
    readonly metadata: ClusterMetadata | null;
    refreshMetadata(topics: readonly string[]): Promise<void>;
    findBroker(request: { nodeId: string }): Promise<KafkaBroker>;
    findConnectedBroker(): Promise<KafkaBroker>;
  };
}

interface ClusterOptions {
  readonly logger: Logger;
  readonly socketFactory: ISocketFactory;
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: boolean;
  readonly retry: { readonly retries: number };
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
}

interface FetchRequest {
  readonly replicaId: number;
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

type RequestOf<T> = (options: T) => ProtocolRequest<never>['request'];

const load = createRequire(import.meta.url);

beginFramesAnew(load('kafkajs/src/network/connection') as { readonly prototype: FramedConnection });
letEmptyQueuesRest(load('kafkajs/src/network/requestQueue') as { readonly prototype: PendingRequests });

export const Cluster = load('kafkajs/src/cluster') as new (options: ClusterOptions) => KafkaCluster;
export const Encoder = load('kafkajs/src/protocol/encoder') as new (initialSize?: number) => KafkaEncoder;
export const fetchRequestV11 = load(
  'kafkajs/src/protocol/requests/fetch/v11/request',
) as RequestOf<FetchRequest>;
export const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  createErrorFromCode: (
    code: number,
  ) => Error & { readonly type: string; readonly code: number; readonly retriable: boolean };
};
export const { createLogger } = load('kafkajs/src/loggers') as {
  createLogger: (options: { level: number; logCreator: LogCreator }) => Logger;
};

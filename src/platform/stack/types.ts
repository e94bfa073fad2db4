import type { KafkaSecurity } from './kafka-security.js';

/** The three parts that Arbiter stands on. */
export type PartName = 'kafka' | 'registry' | 'postgres';

export const PART_NAMES: readonly PartName[] = ['kafka', 'registry', 'postgres'];

/** Where a part comes from: given by settings, started here as a process, or started here as a container. */
export type Origin = 'external' | 'local' | 'docker';

/** One part of a running stack. `pid` is 0 where no process of ours is behind it; `log` is '' then. */
export interface StackPart {
  readonly name: PartName;
  readonly pid: number;
  readonly port: number;
  readonly log: string;
  readonly origin: Origin;
}

/** A running stack: all that the rest of Arbiter needs to know of it. */
export interface Stack {
  /** Comma-separated host:port. */
  readonly brokers: string;
  /** Release of the broker; an external broker tells only `major.minor`, so its patch level reads `x`. */
  readonly kafkaVersion: string;
  /** Confluent-compatible API; of the local registry it ends in `/apis/ccompat/v7`. */
  readonly schemaRegistryUrl: string;
  /** `postgres://…`, with its password: not for logs. */
  readonly databaseUrl: string;
  /** For brokers that the environment names. Holds secrets: not for logs. */
  readonly kafkaSecurity?: KafkaSecurity;
  readonly parts: readonly StackPart[];
  /** The state folder. */
  readonly folder: string;
}

export interface StackOptions {
  /** The project; the state folder is `.arbiter` in it. Default: the working directory. */
  readonly project?: string;
  /** The state folder itself; wins over `project` and `ARBITER_HOME`. */
  readonly folder?: string;
  /** Default `process.env`. Read: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, ARBITER_*, JAVA_HOME, PATH, HOME. */
  readonly env?: NodeJS.ProcessEnv;
  /** No progress display. */
  readonly quiet?: boolean;
  /** How long one part may take until it answers. Default 60000 ms. */
  readonly readyTimeoutMs?: number;
}

/** What a part looks like from outside, right now. */
export type PartCondition = 'ready' | 'not answering' | 'stopped';

export interface StackStatus {
  readonly folder: string;
  /** There when all three parts are ready. */
  readonly stack: Stack | null;
  readonly parts: readonly (StackPart & { readonly condition: PartCondition })[];
}

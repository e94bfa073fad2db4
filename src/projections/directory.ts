import {
  Directory,
  type AgentQuery,
  type FoundPage,
  type KnownAgent,
} from '../aggregates/agent/find/index.js';
import type { Bus, TopicPartition } from '../bus/port.js';
import { TOPICS } from '../events/topics.js';
import { followAll, type Clock, type Following, type LogCodec, type LoggedEvent } from '../log/index.js';

export interface LiveDirectoryOptions {
  readonly bus: Bus;
  readonly codec: LogCodec;
  readonly clock: Clock;
  /** n: partitions of outcomes and tasks. */
  readonly partitions: number;
  onRejected?(at: TopicPartition, reason: string): void;
  onError(error: unknown, at: TopicPartition): void;
}

/** The registry in memory, kept up by the logs: for whoever asks thousands of times a second. */
export interface LiveDirectory {
  /** At once, from memory; throws `BAD_QUERY`. */
  find(query: AgentQuery): FoundPage;
  /** At once, from memory; undefined: there is none. */
  agent(agentId: string): KnownAgent | undefined;
  /** The agents known, retired ones included. */
  readonly size: number;
  /** Resolves when all logs have been read to their ends once: before that, answers leave out what is not read yet. */
  whenReady(): Promise<void>;
  /** Partitions that are not followed any more, and why (law 3). */
  halted(): readonly string[];
  close(): Promise<void>;
}

/**
 * Follows agents, outcomes and tasks through acceptance. Nothing writes through it and it holds no lock, so questions and
 * registrations never wait for each other; it is a cache like every view (law 1).
 */
export const openDirectory = async (options: LiveDirectoryOptions): Promise<LiveDirectory> => {
  const { bus, codec, clock } = options;
  const directory = new Directory();
  const opened: Following[] = [];
  const follow = async (
    topic: string,
    partitions: number,
    take: (events: readonly LoggedEvent[]) => void,
  ): Promise<void> => {
    const following = await followAll({
      bus,
      codec,
      clock,
      topic,
      partitions,
      onError: (error, at) => options.onError(error, at),
      onRejected: (at, reason) => options.onRejected?.(at, reason),
      onEvents: (_partition, followed) => take(followed.map(({ event }) => event)),
    });
    opened.push(following);
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((following) => following.close()));
  };
  try {
    await follow(TOPICS.agents, 1, (events) => directory.registered(events));
    await follow(TOPICS.outcomes, options.partitions, (events) => directory.observed(events));
    await follow(TOPICS.tasks, options.partitions, (events) => directory.worked(events));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    find: (query) => directory.find(query),
    agent: (agentId) => directory.agent(agentId),
    get size() {
      return directory.size;
    },
    whenReady: async () => {
      await Promise.all(opened.map((following) => following.whenCaughtUp()));
    },
    halted: () => opened.flatMap((following) => [...following.halted()].map(([p, why]) => `${p}: ${why}`)),
    close,
  };
};

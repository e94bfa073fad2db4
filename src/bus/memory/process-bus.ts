/** The port as one process of the simulation sees it. */
import type { Batch, Bus, Group, TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import { createMemoryAdmin } from './admin.js';
import { MemoryAppender } from './appender.js';
import { MemoryGroup } from './group.js';
import { Process } from './process.js';
import { MemoryPublisher } from './publisher.js';
import { MemoryReader } from './reader.js';
import type { BusClock } from './scheduler.js';
import type { World } from './world.js';

export interface ProcessBus extends Bus {
  /** Hand this clock to the code under test: its timers stop and die with the process. */
  readonly clock: BusClock;
  /** kill -9: no answer, batch, notice or timer reaches it any more; what it sent may still land. */
  kill(): void;
  /** SIGSTOP: whatever would reach it waits; its group's session ends meanwhile. */
  stop(): void;
  /** SIGCONT. */
  resume(): void;
}

interface Membership {
  readonly group: MemoryGroup;
  readonly process: Process;
}

interface WithMembers extends ProcessBus {
  readonly members: WeakMap<Group, Membership>;
  memberOf(group: Group): Membership;
}

export const createProcessBus = (world: World, name: string, first?: WithMembers): WithMembers => {
  const process = new Process(name, world.scheduler, world.latency, world.reachableAt);
  const members = first?.members ?? new WeakMap<Group, Membership>();
  const open = new Set<() => Promise<void>>();
  let closed = false;
  const check = (): void => {
    if (closed) throw new BusError('CLOSED', 'the bus is closed', false);
  };
  return {
    kind: 'memory',
    clock: process.clock,
    members,
    memberOf: (group) => {
      const found = members.get(group);
      if (found === undefined) throw new Error('expected a member of a group of this bus');
      return found;
    },
    kill: () => process.kill(),
    stop: () => process.stop(),
    resume: () => process.resume(),
    admin: createMemoryAdmin(world, process),
    openAppender: async (at) => {
      check();
      await process.ask(() => world.log(at));
      const appender = new MemoryAppender(world, process, at);
      open.add(() => appender.close());
      return appender;
    },
    openPublisher: (options) => {
      check();
      const publisher = new MemoryPublisher(world, process, options);
      open.add(() => publisher.close());
      return Promise.resolve(publisher);
    },
    openReader: (handlers) => {
      check();
      const reader = new MemoryReader(world, process, handlers);
      open.add(() => reader.close());
      return Promise.resolve(reader);
    },
    readRange: (at, from, to) => readRange(world, process, at, [from, to]),
    joinGroup: async (options) => {
      check();
      await process.ask(() => options.topics.forEach((topic) => world.topic(topic)));
      const group = new MemoryGroup(
        world,
        process,
        options,
        `${name}-${String(++world.memberships).padStart(9, '0')}`,
      );
      members.set(group, { group, process });
      open.add(() => group.leave());
      group.join();
      return group;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([...open].map((end) => end()));
    },
  };
};

async function* readRange(
  world: World,
  process: Process,
  at: TopicPartition,
  [from, to]: [number, number | undefined],
): AsyncIterable<Batch> {
  const until = await process.ask(() => {
    const log = world.log(at);
    const end = to ?? log.end;
    if (end > log.end || from > log.end || from < log.begin) {
      const message = `${at.topic}-${at.partition} holds positions ${log.begin} to ${log.end}, asked for [${from}, ${end})`;
      throw new BusError('OFFSET_OUT_OF_RANGE', message, false);
    }
    return end;
  });
  let position = from;
  while (position < until) {
    const asked = position;
    const batch = await process.ask(() => {
      const log = world.log(at);
      const read = log.read(asked, 1 + world.random.below(world.limits.maxBatch * 4), until);
      return { topic: at.topic, partition: at.partition, ...read, end: log.end };
    });
    position = batch.position;
    yield batch;
  }
}

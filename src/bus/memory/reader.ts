/** Follows partitions of the memory bus. */
import type { Batch, Reader, ReaderHandlers, TopicPartition } from '../port.js';
import { BusError, keyOf } from '../port.js';
import type { PartitionLog } from './partition-log.js';
import type { Process } from './process.js';
import type { World } from './world.js';

interface Followed {
  readonly topic: string;
  readonly partition: number;
  position: number;
  paused: boolean;
  unheard: boolean;
  /** A delivery is on its way. */
  coming: boolean;
  unwatch: () => void;
}

export class MemoryReader implements Reader {
  readonly #world: World;
  readonly #process: Process;
  readonly #handlers: ReaderHandlers;
  readonly #followed = new Map<string, Followed>();
  #closed = false;

  constructor(world: World, process: Process, handlers: ReaderHandlers) {
    this.#world = world;
    this.#process = process;
    this.#handlers = handlers;
  }

  follow(at: TopicPartition, position: number): void {
    if (this.#closed) return;
    this.unfollow(at);
    const one: Followed = {
      topic: at.topic,
      partition: at.partition,
      position,
      paused: false,
      unheard: true,
      coming: false,
      unwatch: () => undefined,
    };
    this.#followed.set(keyOf(at), one);
    this.#process.send(() => this.#begin(one));
  }

  #begin(one: Followed): void {
    if (this.#followed.get(keyOf(one)) !== one) return;
    let log: PartitionLog;
    try {
      log = this.#world.log(one);
    } catch (error) {
      this.#giveUp(one, error as BusError);
      return;
    }
    if (one.position > log.end || one.position < log.begin) {
      const message = `reading ${one.topic}-${one.partition} from position ${one.position}: it holds positions ${log.begin} to ${log.end}`;
      this.#giveUp(one, new BusError('OFFSET_OUT_OF_RANGE', message, false));
      return;
    }
    one.unwatch = this.#world.watch(log, () => this.#come(one, log));
    this.#come(one, log);
  }

  #giveUp(one: Followed, error: BusError): void {
    this.#process.post(() => {
      if (this.#followed.get(keyOf(one)) !== one) return;
      this.unfollow(one);
      this.#handlers.onError(error, { topic: one.topic, partition: one.partition });
    });
  }

  #come(one: Followed, log: PartitionLog): void {
    if (one.coming) return;
    one.coming = true;
    this.#process.post(() => {
      one.coming = false;
      this.#deliver(one, log);
    });
  }

  #deliver(one: Followed, log: PartitionLog): void {
    if (this.#closed || one.paused || this.#followed.get(keyOf(one)) !== one) return;
    const { records, position } = log.read(
      one.position,
      1 + this.#world.random.below(this.#world.limits.maxBatch),
    );
    if (position === one.position && !one.unheard) return;
    one.position = position;
    one.unheard = false;
    const batch: Batch = { topic: one.topic, partition: one.partition, records, position, end: log.end };
    if (position < log.end) this.#come(one, log);
    this.#handlers.onBatch(batch);
  }

  unfollow(at: TopicPartition): void {
    const key = keyOf(at);
    this.#followed.get(key)?.unwatch();
    this.#followed.delete(key);
  }

  pause(at: TopicPartition): void {
    const one = this.#followed.get(keyOf(at));
    if (one !== undefined) one.paused = true;
  }

  resume(at: TopicPartition): void {
    const one = this.#followed.get(keyOf(at));
    if (one?.paused !== true) return;
    one.paused = false;
    this.#process.send(() => {
      const log = this.#world.topics.get(one.topic)?.logs[one.partition];
      if (log !== undefined && this.#followed.get(keyOf(one)) === one) this.#come(one, log);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const one of [...this.#followed.values()]) this.unfollow(one);
    return Promise.resolve();
  }
}

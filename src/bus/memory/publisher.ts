/** The queueing publisher on the memory bus: one batch in flight, what is published meanwhile is the next. */
import type { OutgoingRecord, Publisher, PublisherOptions } from '../port.js';
import { BusError } from '../port.js';
import type { Process } from './process.js';
import { QUEUE_LIMITS, queueIsFull } from '../queue-limits.js';
import { sizeOf } from '../record-size.js';
import type { World } from './world.js';

interface Waiting {
  readonly topic: string;
  readonly partition: number;
  readonly record: OutgoingRecord;
  resolve(sent: { readonly offset: number }): void;
  reject(error: BusError): void;
}

export class MemoryPublisher implements Publisher {
  readonly #world: World;
  readonly #process: Process;
  readonly #limits: typeof QUEUE_LIMITS;
  #waiting: Waiting[] = [];
  #flying = 0;
  #queuedBytes = 0;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(world: World, process: Process, options: PublisherOptions = {}) {
    this.#world = world;
    this.#process = process;
    this.#limits = { ...QUEUE_LIMITS, ...options };
  }

  get queued(): number {
    return this.#waiting.length + this.#flying;
  }

  publish(topic: string, partition: number, record: OutgoingRecord): Promise<{ readonly offset: number }> {
    const where = `publish to ${topic}-${partition}`;
    if (this.#closed)
      return Promise.reject(new BusError('CLOSED', `${where}: the publisher is closed`, false));
    const full = queueIsFull(this.queued, this.#queuedBytes, this.#limits);
    if (full !== undefined) return Promise.reject(new BusError('QUEUE_FULL', `${where}: ${full}`, true));
    this.#queuedBytes += sizeOf(record);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic, partition, record, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#flying > 0 || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#flying = batch.length;
    this.#process.send(() => {
      const settle = this.#arrive(batch);
      this.#process.post(() => {
        this.#flying = 0;
        for (const { record } of batch) this.#queuedBytes -= sizeOf(record);
        for (const one of settle) one();
        if (this.queued === 0) for (const resolve of this.#idle.splice(0)) resolve();
        this.#pump();
      });
    });
  }

  /** At the broker; what to tell the callers. */
  #arrive(batch: readonly Waiting[]): (() => void)[] {
    const { random, faults, scheduler, limits } = this.#world;
    const late = (): void =>
      scheduler.post(1 + random.below(limits.lateMs), () => void batch.map((one) => this.#land(one)));
    if (random.chance(faults.publishTimeout)) {
      const fate = random.below(3);
      if (fate === 0) for (const one of batch) this.#land(one);
      if (fate === 1) late();
      return batch.map(
        (one) => () =>
          one.reject(
            new BusError(
              'DELIVERY_TIMEOUT',
              `publish to ${one.topic}-${one.partition}: not acknowledged in time`,
              true,
            ),
          ),
      );
    }
    if (random.chance(faults.publishDuplicate)) {
      if (random.chance(0.5)) late();
      else for (const one of batch) this.#land(one);
    }
    return batch.map((one) => {
      const landed = this.#land(one);
      return () => (typeof landed === 'number' ? one.resolve({ offset: landed }) : one.reject(landed));
    });
  }

  #land(one: Waiting): number | BusError {
    const bytes = sizeOf(one.record);
    const most = this.#world.maxMessageBytes(one.topic);
    if (bytes > most)
      return new BusError(
        'TOO_LARGE',
        `publish to ${one.topic}-${one.partition}: ${bytes} bytes, at most ${most}`,
        false,
      );
    try {
      return this.#world.land(one, [one.record]);
    } catch (error) {
      if (error instanceof BusError) return error;
      throw error;
    }
  }

  flush(): Promise<void> {
    if (this.queued === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }
}

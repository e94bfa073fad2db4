/** One membership on the memory bus. */
import type { CommittedOffset, Group, GroupOptions, TopicPartition } from '../port.js';
import { BusError, keyOf } from '../port.js';
import type { Coordinator } from './coordinator.js';
import type { Process } from './process.js';
import type { World } from './world.js';

export class MemoryGroup implements Group {
  readonly #world: World;
  readonly #process: Process;
  readonly #options: GroupOptions;
  readonly #coordinator: Coordinator;
  readonly #sessionMs: number;
  readonly #watcher: (state: Process['state']) => void;
  /** The generation at the coordinator; behind what the member believes when its session has ended. */
  #granted = -1;
  #left = false;
  /** Holds an assignment that it has not been told to give up. */
  believes = false;
  generation = -1;
  assigned: readonly TopicPartition[] = [];

  constructor(
    world: World,
    process: Process,
    options: GroupOptions,
    readonly memberId: string,
  ) {
    this.#world = world;
    this.#process = process;
    this.#options = options;
    this.#coordinator = world.coordinator(options.groupId);
    this.#sessionMs = options.sessionTimeoutMs ?? 6_000;
    this.#watcher = (state) => this.#processChanged(state);
    process.watchers.add(this.#watcher);
  }

  get topics(): readonly string[] {
    return this.#options.topics;
  }

  get lastHeartbeatAt(): number {
    return this.#world.scheduler.now();
  }

  join(): void {
    this.#process.send(() => {
      if (this.#left) return;
      this.#coordinator.join(this);
      // It may have stopped or died while its request was on its way.
      this.#processChanged(this.#process.state);
    });
  }

  /** The process is gone or stands still: the coordinator learns it when the session ends. */
  #processChanged(state: Process['state']): void {
    if (state === 'running') return;
    this.#world.scheduler.post(this.#sessionMs, () => {
      if (this.#process.state !== 'running') this.expire();
    });
  }

  /** The session ends at the coordinator; the member learns it from its next heartbeat, and joins again. */
  expire(): void {
    if (this.#left) return;
    this.#granted = -1;
    this.#coordinator.remove(this);
    this.#process.post(
      () => {
        if (this.#left || this.#granted !== -1 || this.#coordinator.members.has(this)) return;
        this.#revoke();
        this.join();
      },
      this.#world.random.below(2 * this.#sessionMs),
    );
  }

  /** A rebalance has begun; `noticed` is called once the member knows. */
  notice(noticed: () => void): void {
    this.#process.post(() => {
      this.#revoke();
      this.#process.send(noticed);
    });
  }

  #revoke(): void {
    if (!this.believes || this.#left) return;
    this.believes = false;
    this.assigned = [];
    this.#options.onRevoked?.();
  }

  assign(generation: number, partitions: readonly TopicPartition[]): void {
    this.#granted = generation;
    this.#process.post(() => {
      if (this.#left || this.#granted !== generation) return;
      this.believes = true;
      this.generation = generation;
      this.assigned = partitions;
      this.#options.onAssigned(partitions);
    });
  }

  #check(generation: number): void {
    if (
      this.#left ||
      !this.#coordinator.members.has(this) ||
      this.#granted !== generation ||
      this.#coordinator.generation !== generation
    ) {
      throw new BusError(
        'NOT_A_MEMBER',
        `group ${this.#options.groupId}, generation ${generation}: it has passed`,
        true,
      );
    }
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const { generation } = this;
    for (const { topic, partition, metadata } of offsets) {
      if (metadata.length > 1_024)
        throw new BusError(
          'TOO_LARGE',
          `metadata of ${topic}-${partition} has ${metadata.length} characters, at most 1024`,
          false,
        );
    }
    await this.#whileMember(() => {
      this.#check(generation);
      for (const one of offsets) this.#coordinator.committed.set(keyOf(one), one);
    });
  }

  async confirm(): Promise<void> {
    const { generation } = this;
    await this.#whileMember(() => this.#check(generation));
  }

  async #whileMember(work: () => void): Promise<void> {
    if (!this.believes || this.#left)
      throw new BusError('NOT_A_MEMBER', `group ${this.#options.groupId}: not a member at present`, true);
    const { generation } = this;
    await this.#process.ask(work);
    if (!this.#still(generation))
      throw new BusError(
        'NOT_A_MEMBER',
        `group ${this.#options.groupId}, generation ${generation}: it has passed`,
        true,
      );
  }

  #still(generation: number): boolean {
    return this.believes && !this.#left && this.generation === generation;
  }

  leave(): Promise<void> {
    if (this.#left) return Promise.resolve();
    this.#left = true;
    this.believes = false;
    this.assigned = [];
    this.#process.watchers.delete(this.#watcher);
    return this.#process.ask(() => this.#coordinator.remove(this));
  }
}

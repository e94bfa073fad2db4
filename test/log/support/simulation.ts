import { createMemoryBus, type MemoryBus, type ProcessBus } from '../../../src/bus/memory/index.js';
import { createRandom, type Random } from '../../../src/bus/memory/random.js';
import { BusError, type Batch, type Bus, type TopicPartition } from '../../../src/bus/port.js';
import {
  createCheckpointStore,
  createEdgeGate,
  openFeeds,
  openGate,
  PartitionOwner,
  silentObserver,
  sleep,
  type Checkpoint,
  type CheckpointStore,
  type Clock,
  type LogCodec,
  type LoggedEvent,
  type OwnerLimits,
  type OwnerObserver,
  type TimerGate,
} from '../../../src/log/index.js';
import { STORMY } from '../../bus/memory/stormy.js';
import { checkAll } from './checks.js';
import { counters, type Fact } from './counter-domain.js';
import type { AnyFold, Doubles } from './doubles.js';
import { AsksSeen, echoes, type CounterEvent } from './echo-domain.js';
import { IntakeStandIn } from './intake.js';
import { outsider } from './outsider.js';
import { plainCodec } from './plain-codec.js';
import { Projector, type Place } from './readers.js';
import { mustEqualReplay, replay } from './replay.js';
import { violated } from './sequential-run.js';
import { Worker } from './worker.js';

export const EDGE: TopicPartition = { topic: 'edge', partition: 0 };
export const FACTS: TopicPartition = { topic: 'facts', partition: 0 };
export const COUNTERS: TopicPartition = { topic: 'counters', partition: 0 };
export const ECHOES: TopicPartition = { topic: 'echoes', partition: 0 };
const CHECKPOINTS = 'checkpoints';

/** A clock of an owner is off by this much at most, ms. */
export const SKEW_MS = 4;

export interface Schedule {
  readonly seed: number;
  /** Facts and edge records published. */
  readonly inputs: number;
  readonly steps: number;
  /** Owners of the counters and of the echoes; no echoes: 0. */
  readonly seats: readonly [counters: number, echoes: number];
  /** Compare with a replay before every turn. */
  readonly alwaysReplay: boolean;
  readonly doubles?: Doubles;
}

/** A process that believes it owns a log, and all that it told the outside. */
export interface Seat {
  readonly log: TopicPartition;
  readonly name: string;
  readonly bus: ProcessBus;
  readonly skewMs: number;
  owner?: { stop(): void; readonly caughtUp: boolean; readonly fold: AnyFold };
  store?: CheckpointStore;
  /** Highest inbox offset that its domain has seen. */
  decided: number;
}

const LIMITS: OwnerLimits = {
  maxBytes: 2_000,
  maxRecords: 6,
  maxInputs: 4,
  graceMs: 20,
  backoffMs: 10,
  checkpointEvery: 5,
  checkpointPerStream: 0,
};

/** One seed's world: three owners of the counters, two of the echoes, an intake, a worker, a projector, and their bad luck. */
export class Simulation {
  readonly bus: MemoryBus;
  readonly random: Random;
  readonly codec = plainCodec();
  readonly seats: Seat[] = [];
  readonly intakePlace: Place = { position: 0, metadata: '' };
  readonly projector = new Projector();
  readonly worker: Worker;
  readonly checkpoints: { log: TopicPartition; checkpoint: Checkpoint }[] = [];
  /** What owners said stands in the log. */
  readonly announced: { log: TopicPartition; event: LoggedEvent }[] = [];
  calm = false;
  readonly #intake: IntakeStandIn;
  #stopped: ProcessBus[] = [];
  #failure: unknown;
  #names = 0;
  #left: number;

  constructor(readonly schedule: Schedule) {
    const faults = { ...STORMY, rebalance: 0, expire: 0 };
    this.bus = createMemoryBus({ seed: schedule.seed, faults, latencyMs: [0, 3], maxBatch: 6, lateMs: 150 });
    this.random = createRandom(schedule.seed * 7919 + 17);
    this.#left = schedule.inputs;
    const topic = (name: string, config = {}): void =>
      this.bus.createTopicsNow([{ topic: name, partitions: 1, replicationFactor: 1, config }]);
    for (const { topic: name } of [EDGE, FACTS, ECHOES]) topic(name);
    topic(COUNTERS.topic, { 'max.message.bytes': '6000' });
    topic(CHECKPOINTS, { 'cleanup.policy': 'compact' });
    this.worker = new Worker(this);
    this.#intake = new IntakeStandIn(this);
  }

  process(kind: string): ProcessBus {
    return this.bus.process(`${kind}-${++this.#names}`);
  }

  /** A failure of anything that runs by itself. */
  fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  async run(): Promise<void> {
    const { steps, seats } = this.schedule;
    for (let i = 0; i < seats[0]; i++) await this.#seat(COUNTERS);
    for (let i = 0; i < seats[1]; i++) await this.#seat(ECHOES);
    this.#intake.start();
    this.worker.start();
    for (let i = 0; i < steps; i++) {
      if (!(await this.bus.step())) await this.bus.advance(5);
      await this.#luck();
      if (this.#failure !== undefined) throw this.#failure as Error;
    }
    await this.#settle();
    checkAll(this);
  }

  async #luck(): Promise<void> {
    const { random } = this;
    if (this.#left > 0 && random.chance(0.04)) this.#input();
    if (random.chance(0.006)) await this.#replace();
    if (random.chance(0.004)) this.#stop();
    if (random.chance(0.02)) this.#resume();
    if (random.chance(0.002)) this.#intake.restart();
    if (random.chance(0.004)) this.worker.restart();
    if (random.chance(0.02)) this.#project();
  }

  #input(): void {
    const { random } = this;
    const ops = [
      'add',
      'add',
      'add',
      'cite',
      'cite',
      'arm',
      'arm',
      'arm',
      'poke',
      'poke',
      'poke',
      'poke',
    ] as const;
    const rare = ['finish', 'poison', 'huge'] as const;
    const op = random.chance(0.04) ? rare[random.below(3)] : ops[random.below(ops.length)];
    const fact: Fact = { op: op ?? 'add', counter: `c${random.below(3)}`, n: this.#left-- };
    this.publish(FACTS, fact);
  }

  publish({ topic, partition }: TopicPartition, fact: Fact): void {
    const bytes = this.codec.encode(topic, 'Fact', fact);
    const sent = this.#clients().then((publisher) =>
      publisher.publish(topic, partition, { key: null, ...bytes }),
    );
    sent.catch((error: unknown) => {
      if (!(error instanceof BusError)) this.fail(error);
    });
  }

  #publisher: ReturnType<Bus['openPublisher']> | undefined;
  #clients(): ReturnType<Bus['openPublisher']> {
    return (this.#publisher ??= this.process('clients').openPublisher());
  }

  #project(): void {
    const bus = this.process('projector');
    const crash = (): boolean => !this.calm && this.random.chance(0.2);
    this.projector.transact(bus, this.codec, COUNTERS, crash).catch(this.fail);
  }

  async #replace(): Promise<void> {
    const index = this.random.below(this.seats.length);
    const [seat] = this.seats.splice(index, 1);
    if (seat === undefined) return;
    seat.bus.kill();
    await this.#seat(seat.log);
  }

  #stop(): void {
    const seat = this.seats[this.random.below(this.seats.length)];
    const process = this.random.chance(0.3) ? this.#intake.process : seat?.bus;
    process?.stop();
    if (process !== undefined) this.#stopped.push(process);
  }

  #resume(): void {
    const [process] = this.#stopped.splice(0, 1);
    process?.resume();
  }

  async #seat(log: TopicPartition): Promise<void> {
    const bus = this.process(log.topic);
    const skewMs = this.random.below(2 * SKEW_MS + 1) - SKEW_MS;
    const seat: Seat = { log, name: `${log.topic}-${this.#names}`, bus, skewMs, decided: -1 };
    this.seats.push(seat);
    const owner = await (log === COUNTERS ? this.#ownCounters(seat) : this.#ownEchoes(seat));
    seat.owner = owner;
    void owner.run();
  }

  async #common(seat: Seat): Promise<{
    bus: Bus;
    codec: LogCodec;
    clock: Clock;
    feeds: Awaited<ReturnType<typeof openFeeds>>;
    checkpoints: CheckpointStore;
    observer: OwnerObserver;
    confirmMembership(): Promise<void>;
    afterDecision(input: unknown, events: readonly LoggedEvent[]): void;
    beforeTurn(fold: AnyFold): Promise<void>;
  }> {
    const { doubles } = this.schedule;
    const away = (): boolean => !this.calm && this.random.chance(0.01);
    const failing = withReadFailures(seat.bus, () => !this.calm && this.random.chance(0.02));
    const bus = doubles?.bus?.(failing, seat) ?? failing;
    const plain = plainCodec(away);
    const codec = doubles?.codec?.(plain, seat) ?? plain;
    const clock: Clock = {
      now: () => seat.bus.clock.now() + seat.skewMs,
      schedule: (ms, run) => seat.bus.clock.schedule(ms, run),
    };
    const store = this.#recorded(
      createCheckpointStore({
        bus: seat.bus,
        publisher: await seat.bus.openPublisher(),
        topic: CHECKPOINTS,
        partitions: 1,
        pause: () => Promise.resolve(),
        onError: () => undefined,
      }),
    );
    seat.store = store;
    return {
      bus,
      codec,
      clock,
      feeds: await openFeeds(seat.bus, 4),
      checkpoints: doubles?.checkpoints?.(store, seat) ?? store,
      observer: this.#observer(seat),
      confirmMembership: () => sleep(clock, this.random.below(10)),
      afterDecision: (_input, events) => {
        this.announced.push(...events.map((event) => ({ log: seat.log, event })));
      },
      beforeTurn: async (fold) => {
        await doubles?.beforeTurn?.(fold, seat);
        if (this.schedule.alwaysReplay) this.#mustBeReplay(fold, seat.log);
      },
    };
  }

  #mustBeReplay(fold: AnyFold, log: TopicPartition): void {
    try {
      const domain = log === COUNTERS ? counters : echoes(new Set());
      const again: AnyFold = replay(domain as never, this.codec, this.bus.recordsOf(log), fold.position);
      mustEqualReplay(fold, again, `${log.topic}: the owner's state is not the fold of the log`);
    } catch (error) {
      this.fail(error);
    }
  }

  #recorded(store: CheckpointStore): CheckpointStore {
    return {
      latest: (at, of) => store.latest(at, of),
      write: (at, checkpoint) => {
        this.checkpoints.push({ log: at, checkpoint });
        return store.write(at, checkpoint);
      },
    };
  }

  #observer(seat: Seat): OwnerObserver {
    return {
      ...silentObserver,
      status: (_at, status, detail) => {
        if (status === 'halted') this.fail(new Error(`${seat.name} halted: ${detail ?? ''}`));
      },
      parked: (_at, input, error) => {
        const op = input.kind === 'record' ? (input.record as Fact).op : 'timer';
        if (op !== 'poison' && op !== 'huge') this.fail(error);
      },
    };
  }

  async #ownCounters(seat: Seat): Promise<PartitionOwner<never, never, Fact>> {
    const common = await this.#common(seat);
    const { doubles } = this.schedule;
    const domain: typeof counters = {
      ...counters,
      decide: (view, input, context) => {
        const decision = counters.decide(view, input, context);
        if (input.kind === 'record' && decision.kind === 'events')
          seat.decided = Math.max(seat.decided, input.offset);
        return decision;
      },
    };
    const gate: TimerGate =
      doubles?.openGate === true
        ? openGate
        : createEdgeGate({
            admin: {
              ...seat.bus.admin,
              committed: (_group, topic) =>
                seat.bus.admin
                  .endOffsets(topic)
                  .then(() => [{ ...EDGE, offset: this.intakePlace.position, metadata: '' }]),
            },
            clock: common.clock,
            edgeTopics: [EDGE.topic],
            intakeGroup: 'intake',
            inboxTopic: FACTS.topic,
            pollMs: 4,
            graceMs: 100,
            onError: this.fail,
          });
    return new PartitionOwner({
      ...this.#identity(seat),
      ...common,
      domain,
      gate,
      inbox: FACTS,
      inboxOwned: false,
    }) as unknown as PartitionOwner<never, never, Fact>;
  }

  async #ownEchoes(seat: Seat): Promise<PartitionOwner<never, never, Fact>> {
    const asks = new AsksSeen();
    const domain = echoes(asks.withdrawn);
    return new PartitionOwner({
      ...this.#identity(seat),
      ...(await this.#common(seat)),
      domain,
      gate: openGate,
      inbox: COUNTERS,
      inboxOwned: true,
      ...(this.schedule.doubles?.blind === true
        ? {}
        : {
            lookAhead: ({ type, offset, record }: { type: string; offset: number; record: CounterEvent }) =>
              asks.see(type, offset, record.meta.streamId),
          }),
    }) as unknown as PartitionOwner<never, never, Fact>;
  }

  #identity(seat: Seat) {
    return {
      owner: seat.log.topic,
      instance: seat.name,
      build: 'test',
      random: () => this.random.next(),
      log: seat.log,
      partitions: 1,
      topicIds: { log: `id-of-${seat.log.topic}`, inbox: 'id-of-inbox' },
      limits: LIMITS,
    };
  }

  /** The weather clears: everything that is still to come must come, and all readers must end with the same. */
  async #settle(): Promise<void> {
    this.calm = true;
    this.bus.calm();
    while (this.#stopped.length > 0) this.#resume();
    while (this.#left > 0) this.#input();
    this.#intake.restart();
    this.worker.restart();
    for (let i = 0; i < 600; i++) {
      await this.bus.advance(10);
      if (i % 5 === 0) this.#project();
      if (this.#failure !== undefined) throw this.#failure as Error;
      if (i > 20 && this.#done()) {
        await this.bus.advance(200);
        if (this.#done()) return;
      }
    }
    violated('not at the end', {
      seats: this.seats.map(({ name, owner }) => [name, owner?.caughtUp, owner?.fold.cause]),
      facts: this.bus.endOf(FACTS),
      intake: [this.intakePlace.position, this.bus.endOf(EDGE)],
      worker: this.worker.place,
      projector: this.projector.place,
    });
  }

  #done(): boolean {
    const end = this.bus.endOf(COUNTERS);
    if (this.intakePlace.position < this.bus.endOf(EDGE)) return false;
    if (this.worker.reached < end || this.projector.place.position < end) return false;
    return this.#idle(COUNTERS) && (this.schedule.seats[1] === 0 || this.#idle(ECHOES));
  }

  /** An owner that is right about itself has decided on everything, and no timer is left. */
  #idle(log: TopicPartition): boolean {
    const claim = outsider(this.bus.recordsOf(log)).findLast(({ name }) => name === 'Claimed')?.offset;
    return this.seats.some(({ log: mine, owner }) => {
      if (mine !== log || owner?.caughtUp !== true || owner.fold.acceptance.claim !== claim) return false;
      const { index } = owner.fold.state as { index: { due: Map<string, number> } };
      return index.due.size === 0;
    });
  }
}

/** Reads of an owner that fail now and then, before or between batches. */
const withReadFailures = (bus: Bus, fails: () => boolean): Bus => ({
  ...bus,
  async *readRange(at: TopicPartition, from: number, to?: number): AsyncIterable<Batch> {
    for await (const batch of bus.readRange(at, from, to)) {
      if (fails()) throw new BusError('UNREACHABLE', 'the broker is away', true);
      yield batch;
    }
  },
});

/** Runs one schedule; throws what it found. */
export const simulate = async (schedule: Schedule): Promise<Simulation> => {
  const restore = schedule.doubles?.patch?.();
  const simulation = new Simulation(schedule);
  try {
    await simulation.run();
    return simulation;
  } finally {
    restore?.();
    for (const seat of simulation.seats) seat.bus.kill();
  }
};

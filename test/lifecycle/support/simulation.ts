import { createMemoryBus, STORMY, type MemoryBus, type ProcessBus } from '../../../src/bus/memory/index.js';
import { createRandom, type Random } from '../../../src/bus/memory/random.js';
import { BusError, type LogRecord } from '../../../src/bus/port.js';
import { OWNED_TOPICS, TOPICS, type TopicName } from '../../../src/events/topics.js';
import type { OwnersOptions, DerivedIndex } from '../../../src/log/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/edge.js';
import { Projector, follow, type Place } from '../../log/support/readers.js';
import { outsider } from '../../log/support/outsider.js';
import { violated } from '../../log/support/sequential-run.js';
import { encodeAcceptance, NOTHING_ACCEPTED, type LoggedEvent } from '../../../src/log/index.js';
import { Agent } from './agent.js';
import { mustBeReplay } from './always-replay.js';
import { checkAll } from './checks.js';
import type { Doubles } from './doubles.js';
import { SKEW_MS } from './limits.js';
import { makeOrders, type Order } from './orders.js';
import { FINAL } from './records.js';
import { seat, type Kind, type Seat } from './seats.js';
import { read, textCodec } from './text-codec.js';

export interface Schedule {
  readonly seed: number;
  readonly tasks: number;
  /** How long the bad luck lasts, ms of virtual time. */
  readonly stormMs: number;
  /** Before every turn of every owner: its state is the fold of the log. */
  readonly alwaysReplay: boolean;
  readonly doubles?: Doubles;
}

const SEATS: Readonly<Record<Kind, number>> = {
  intake: 2,
  constitution: 2,
  router: 2,
  saga: 3,
  dispatcher: 2,
  signer: 2,
  performance: 2,
  registrar: 1,
};
const AGENTS = ['ann-bot', 'ann-bot', 'ben-bot', 'cid-bot'];
const KINDS = Object.keys(SEATS) as readonly Kind[];
const TICK_MS = 20;
const START_AT = 1_700_000_000_000;

/** One seed's world: the whole chain with the real components, and its bad luck. */
export class Simulation {
  readonly bus: MemoryBus;
  readonly random: Random;
  readonly orders: readonly Order[];
  /** Orders that Kafka has acknowledged. */
  readonly acknowledged: Order[] = [];
  readonly projector = new Projector();
  /** Offset → eventId of everything that a reader with committed places has ever seen of the tasks. */
  readonly seen = new Map<number, string>();
  calm = false;
  readonly #seats: Seat[] = [];
  readonly #agents: { agentId: string; process: ProcessBus }[] = [];
  readonly #place: Place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };
  #reader: ProcessBus;
  #projector: ProcessBus;
  #edge: EdgePublisher | undefined;
  #failure: unknown;
  #names = 0;
  #rest = false;
  #intakeStands = 0;
  /** Half of the bad luck of a seed strikes one kind of component. */
  readonly #victim: Kind | undefined;

  constructor(readonly schedule: Schedule) {
    const { seed, tasks, stormMs } = schedule;
    this.random = createRandom(seed * 7919 + 17);
    const harshness = 0.2 + 1.1 * this.random.next();
    this.#victim = KINDS[this.random.below(KINDS.length)];
    const scaled = Object.entries(STORMY).map(([name, chance]) => [name, chance * harshness]);
    const faults = { ...(Object.fromEntries(scaled) as typeof STORMY), rebalance: 0.0004, expire: 0.0004 };
    this.bus = createMemoryBus({ seed, faults, latencyMs: [0, 4], lateMs: 800, startAt: START_AT });
    for (const topic of Object.values(TOPICS))
      this.bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    this.orders = makeOrders(this.random, tasks, stormMs * 0.6, START_AT);
    this.#reader = this.bus.process('reader');
    this.#projector = this.bus.process('projector');
  }

  /** A failure of anything that runs by itself. */
  fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  logOf(topic: TopicName): readonly LogRecord[] {
    return this.bus.recordsOf({ topic, partition: 0 });
  }

  /** The accepted events of an owned log, by a fold that shares nothing with the product. */
  accepted(topic: TopicName): readonly LoggedEvent[] {
    const records = new Map(this.logOf(topic).map((record) => [record.offset, record]));
    return outsider(this.logOf(topic)).flatMap(({ offset }) => {
      const record = records.get(offset);
      return record === undefined ? [] : [read(record)];
    });
  }

  #skew(): number {
    return this.random.below(2 * SKEW_MS + 1) - SKEW_MS;
  }

  async run(): Promise<void> {
    await this.#begin();
    let next = 0;
    for (let at = 0; at < this.schedule.stormMs; at += TICK_MS) {
      for (let order = this.orders[next]; order !== undefined && order.at <= at; order = this.orders[++next])
        this.#place_(order);
      await this.#tick();
      this.#luck();
    }
    await this.#settle();
    checkAll(this);
  }

  async #tick(): Promise<void> {
    await this.bus.advance(TICK_MS);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #begin(): Promise<void> {
    const people = this.bus.process('people');
    const publisher = await this.bus.run(people.openPublisher());
    this.#edge = await this.bus.run(createEdgePublisher(publisher, textCodec, people.admin));
    for (const agentId of new Set(AGENTS)) this.#register(agentId);
    for (const [kind, count] of Object.entries(SEATS))
      for (let i = 0; i < count; i++) this.#seat(kind as Kind);
    for (const agentId of AGENTS) this.#agent(agentId);
    this.#read();
  }

  #register(agentId: string): void {
    const record = {
      commandId: `register-${agentId}`,
      agentId,
      displayName: agentId,
      modelFamily: 'm',
      version: '1',
      capabilities: ['typescript'],
      taskTypes: [],
      maxConcurrency: 10,
      costPerTaskMicros: null,
      tags: {},
      ifVersion: null,
      tenant: 'acme',
      actor: 'ann',
      occurredAt: 0,
      traceparent: null,
    };
    const send = (): void => {
      this.#edge?.publish(TOPICS.agentCommands, 'RegisterAgent', agentId, record).catch(send);
    };
    send();
  }

  #place_(order: Order): void {
    const topic = order.name === 'TaskRequested' ? TOPICS.taskRequests : TOPICS.commands;
    const send = (tries: number): void => {
      this.#edge?.publish(topic as never, order.name as never, order.taskId, order.record as never).then(
        () => this.acknowledged.push(order),
        (error: unknown) => {
          if (!(error instanceof BusError)) this.fail(error);
          else if (tries > 0) send(tries - 1);
        },
      );
    };
    send(this.random.chance(0.1) ? 0 : 5);
  }

  #seat(kind: Kind): void {
    this.#seats.push(
      seat({
        kind,
        name: `${kind}-${++this.#names}`,
        bus: this.bus,
        skewMs: this.#skew(),
        random: () => this.random.next(),
        aroundOwners: (given) => this.#around(given),
        onError: this.fail,
      }),
    );
  }

  #around<Value, Index extends DerivedIndex<Value>, Record_>(
    given: OwnersOptions<Value, Index, Record_>,
  ): OwnersOptions<Value, Index, Record_> {
    const { alwaysReplay, doubles } = this.schedule;
    const observer: typeof given.observer = {
      ...given.observer,
      status: (at, status, detail) => {
        if (status === 'halted') this.fail(new Error(`${given.instance} halted: ${detail ?? ''}`));
        given.observer.status(at, status, detail);
      },
      parked: (_at, _input, error) => this.fail(error),
      streamParked: (_at, _streamId, error) => this.fail(error),
    };
    const around: OwnersOptions<Value, Index, Record_> = {
      ...given,
      observer,
      limits: { ...given.limits, backoffMs: 40, checkpointEvery: 10, maxRecords: 12, maxInputs: 5 },
      ...(alwaysReplay
        ? {
            beforeTurn: (fold) => {
              try {
                mustBeReplay(given.domain, fold, this.bus.recordsOf({ topic: given.logTopic, partition: 0 }));
              } catch (error) {
                this.fail(error);
              }
              return Promise.resolve();
            },
          }
        : {}),
    };
    return doubles?.aroundOwners?.(around) ?? around;
  }

  #agent(agentId: string): void {
    const instance = `${agentId}-${++this.#names}`;
    const process = this.bus.process(instance);
    this.#agents.push({ agentId, process });
    new Agent({
      process,
      agentId,
      instance,
      skewMs: this.#skew(),
      random: this.random,
      calm: () => this.calm,
      shows: () => !this.#rest,
      onError: this.fail,
    }).start();
  }

  /** A reader of the tasks that is restarted from its committed place now and then. */
  #read(): void {
    this.#reader.kill();
    this.#reader = this.bus.process(`reader-${++this.#names}`);
    follow({
      bus: this.#reader,
      codec: textCodec,
      at: { topic: TOPICS.tasks, partition: 0 },
      place: this.#place,
      chance: (probability) => this.calm || this.random.chance(probability),
      onEvents: (events) => {
        for (const { event } of events) {
          const known = this.seen.get(event.offset);
          const { eventId } = event.body.meta;
          if (known !== undefined && known !== eventId) violated(`two events at offset ${event.offset}`);
          this.seen.set(event.offset, eventId);
        }
      },
    }).catch(this.fail);
  }

  #project(): void {
    const at = { topic: TOPICS.tasks, partition: 0 };
    const crash = (): boolean => !this.calm && this.random.chance(0.2);
    this.projector.transact(this.#projector, textCodec, at, crash).catch(this.fail);
  }

  #luck(): void {
    const { random } = this;
    if (random.chance(0.08)) this.#crash();
    if (random.chance(0.03)) this.#leave();
    if (random.chance(0.05)) this.#stop();
    if (random.chance(0.06)) this.#resume();
    if (random.chance(0.008)) this.#standStill();
    if (random.chance(0.015)) this.#crashAgent();
    if (random.chance(0.02)) this.#read();
    if (random.chance(0.3)) this.#project();
  }

  #any(): Seat | undefined {
    const { random } = this;
    const some = random.chance(0.5) ? this.#seats.filter(({ kind }) => kind === this.#victim) : this.#seats;
    return some[random.below(some.length)];
  }

  /** kill -9, and another process in its place. */
  #crash(): void {
    const found = this.#any();
    if (found === undefined || (found.kind === 'intake' && this.#intakeStands > 0)) return;
    found.process.kill();
    this.#replace(found);
  }

  /** An orderly end: owners write a checkpoint, members leave. */
  #leave(): void {
    const found = this.#any();
    if (found?.component === undefined || found.stopped) return;
    found.component.stop().catch(this.fail);
    this.#replace(found);
  }

  #replace(old: Seat): void {
    this.#seats.splice(this.#seats.indexOf(old), 1);
    this.#seat(old.kind);
  }

  /** SIGSTOP for longer or shorter than a session. */
  #stop(): void {
    const found = this.#any();
    if (found === undefined || found.kind === 'intake') return;
    found.stopped = true;
    found.process.stop();
  }

  #resume(all = false): void {
    for (const one of this.#seats) {
      if (!one.stopped || (one.kind === 'intake' && this.#intakeStands > 0)) continue;
      one.stopped = false;
      one.process.resume();
      if (!all) return;
    }
  }

  /** Law 7: intake stands still for longer than a lease. */
  #standStill(): void {
    if (this.#intakeStands > 0) return;
    this.#intakeStands = 1;
    for (const one of this.#seats.filter(({ kind }) => kind === 'intake')) {
      one.stopped = true;
      one.process.stop();
    }
    this.bus.clock.schedule(400 + this.random.below(1400), () => {
      this.#intakeStands = 0;
    });
  }

  #crashAgent(): void {
    const [agent] = this.#agents.splice(this.random.below(this.#agents.length), 1);
    if (agent === undefined) return;
    agent.process.kill();
    this.#agent(agent.agentId);
  }

  /** The weather clears: everything that is still to come must come, and the world comes to rest. */
  async #settle(): Promise<void> {
    this.calm = true;
    this.#intakeStands = 0;
    this.bus.calm();
    this.#resume(true);
    for (let i = 0; i < 3000; i++) {
      await this.#tick();
      if (i % 5 === 0) this.#project();
      this.#rest = this.#unfinished().length === 0;
      if (!this.#rest) continue;
      const before = this.#ends();
      for (let k = 0; k < 100; k++) await this.#tick();
      for (let k = 0; k < 400; k++) {
        if (this.projector.place.position >= this.bus.endOf({ topic: TOPICS.tasks, partition: 0 })) break;
        this.#project();
        await this.#tick();
      }
      if (before === this.#ends()) return;
    }
    violated('the world does not come to rest', this.#unfinished());
  }

  #ends(): string {
    const topics = [...OWNED_TOPICS, TOPICS.facts];
    return topics.map((topic) => this.bus.endOf({ topic, partition: 0 })).join();
  }

  /** Tasks that are acknowledged or begun and not final. */
  #unfinished(): readonly string[] {
    const last = new Map<string, string>();
    for (const { name, taskId } of this.acknowledged)
      if (name === 'TaskRequested') last.set(`task/${taskId}`, 'nothing');
    for (const { type, body } of this.accepted(TOPICS.tasks)) {
      if (type === 'Claimed') continue;
      const { streamId } = body.meta;
      if (type === 'TaskReceived' || last.has(streamId)) last.set(streamId, type);
    }
    return [...last].filter(([, type]) => !FINAL.has(type)).map(([id, type]) => `${id}: ${type}`);
  }

  end(): void {
    for (const { process } of [...this.#seats, ...this.#agents]) process.kill();
    this.#reader.kill();
    this.#projector.kill();
  }
}

/** Runs one schedule; throws what it found. */
export const simulate = async (schedule: Schedule): Promise<Simulation> => {
  const restore = schedule.doubles?.patch?.();
  const simulation = new Simulation(schedule);
  try {
    await simulation.run();
    return simulation;
  } finally {
    restore?.();
    simulation.end();
  }
};

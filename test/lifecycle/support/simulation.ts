import { CALM, createMemoryBus, type MemoryBus, type ProcessBus } from '../../../src/bus/memory/index.js';
import { createRandom, type Random } from '../../../src/bus/memory/random.js';
import type { LogRecord } from '../../../src/bus/port.js';
import { OWNED_TOPICS, TOPICS, type TopicName } from '../../../src/events/topics.js';
import type { AroundOwners } from '../../../src/platform/component.js';
import { STORMY } from '../../bus/memory/stormy.js';
import { Projector, follow, type Place } from '../../log/support/readers.js';
import { outsider } from '../../log/support/outsider.js';
import { violated } from '../../log/support/sequential-run.js';
import { encodeAcceptance, NOTHING_ACCEPTED, type LoggedEvent } from '../../../src/log/index.js';
import { Agent } from './agent.js';
import { aroundOwners } from './around-owners.js';
import { BadLuck } from './bad-luck.js';
import { checkAll } from './checks.js';
import type { Doubles } from './doubles.js';
import { SESSIONS_MS, SKEW_MS } from './limits.js';
import { makeOrders, raced, type Order } from './orders.js';
import { grantOneUse } from './real-desk.js';
import { People } from './people.js';
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
  /** Inputs that an owner decides on in one turn; 1: every turn is one decision. */
  readonly maxInputs?: number;
  readonly doubles?: Doubles;
  /** The policy desk itself, and one use of one waiver that all tasks race for. */
  readonly oneUseFor?: string;
  /** Agents that work long and speak in time, and no bad luck but a broker that is away now and then. */
  readonly outages?: boolean;
  /** Every request asks for a race of two or three. */
  readonly races?: boolean;
}

const SEATS: Readonly<Record<Kind, number>> = {
  intake: 2,
  constitution: 2,
  gates: 2,
  desk: 1,
  router: 2,
  saga: 3,
  dispatcher: 2,
  signer: 2,
  performance: 2,
  registrar: 1,
};
const AGENTS = ['ann-bot', 'ann-bot', 'ben-bot', 'cid-bot'];
const PRICE = 1000;
const TICK_MS = 20;
/** Least, and how much longer at most: up to two leases. */
const OUTAGE_MS = [300, 700] as const;
const RECONNECT_MS = 300;
const START_AT = 1_700_000_000_000;

/** One seed's world: the whole chain with the real components, and its bad luck. */
export class Simulation {
  readonly bus: MemoryBus;
  readonly random: Random;
  readonly orders: readonly Order[];
  readonly projector = new Projector();
  /** Offset → eventId of everything that a reader with committed places has ever seen of the tasks. */
  readonly seen = new Map<number, string>();
  /** Owner, stream and time of a timer → the highest fact that its owner had decided on when it fired. */
  readonly cursors = new Map<string, number>();
  calm = false;
  readonly seats: Seat[] = [];
  readonly #agents: { agentId: string; process: ProcessBus }[] = [];
  readonly #place: Place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };
  #reader: ProcessBus;
  #projector: ProcessBus;
  #people: People | undefined;
  #failure: unknown;
  #names = 0;
  #rest = false;
  readonly #sessionMs: number;
  readonly #around: AroundOwners;

  constructor(readonly schedule: Schedule) {
    const { seed, tasks, stormMs } = schedule;
    this.random = createRandom(seed * 7919 + 17);
    const harshness = 0.2 + 1.1 * this.random.next();
    this.#sessionMs = SESSIONS_MS[this.random.below(SESSIONS_MS.length)] ?? 400;
    const scaled = Object.entries(STORMY).map(([name, chance]) => [name, chance * harshness]);
    const faults = { ...(Object.fromEntries(scaled) as typeof STORMY), rebalance: 0.0004, expire: 0.0004 };
    this.bus = createMemoryBus({
      seed,
      faults: schedule.outages === true ? CALM : faults,
      latencyMs: [0, 4],
      lateMs: 800,
      startAt: START_AT,
    });
    for (const topic of Object.values(TOPICS))
      this.bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    const races = schedule.races === true;
    this.orders = makeOrders(this.random, tasks, stormMs * 0.6, START_AT).map((order) =>
      races ? raced(order) : order,
    );
    this.#around = aroundOwners({
      alwaysReplay: schedule.alwaysReplay,
      maxInputs: schedule.maxInputs ?? 5,
      doubles: schedule.doubles,
      cursors: this.cursors,
      logOf: (topic) => this.logOf(topic as TopicName),
      fail: this.fail,
    });
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

  get people(): People {
    return this.#people ?? violated('nobody is there yet');
  }

  name(): number {
    return ++this.#names;
  }

  #skew(): number {
    return this.random.below(2 * SKEW_MS + 1) - SKEW_MS;
  }

  async run(): Promise<void> {
    await this.#begin();
    const luck = new BadLuck(this);
    let next = 0;
    for (let at = 0; at < this.schedule.stormMs; at += TICK_MS) {
      for (let order = this.orders[next]; order !== undefined && order.at <= at; order = this.orders[++next])
        this.people.order(order, this.random.chance(0.1) ? 0 : 5);
      await this.#tick();
      if (this.schedule.outages === true) this.#outage();
      else {
        luck.strike();
        if (this.random.chance(0.015)) this.#crashAgent();
      }
      if (this.random.chance(0.02)) this.#read();
      if (this.random.chance(0.3)) this.#project();
    }
    await this.#settle(luck);
    checkAll(this);
  }

  async #tick(): Promise<void> {
    await this.bus.advance(TICK_MS);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #begin(): Promise<void> {
    this.#people = await People.open(this.bus, this.fail);
    for (const agentId of new Set(AGENTS))
      this.people.register(agentId, this.schedule.races === true ? PRICE : null);
    for (const [kind, count] of Object.entries(SEATS))
      for (let i = 0; i < count; i++) this.#seat(kind as Kind);
    for (const agentId of AGENTS) this.#agent(agentId);
    if (this.schedule.oneUseFor !== undefined) await grantOneUse(this.bus, this.schedule.oneUseFor);
    this.#read();
  }

  #seat(kind: Kind): void {
    this.seats.push(
      seat({
        kind,
        name: `${kind}-${this.name()}`,
        bus: this.bus,
        skewMs: this.#skew(),
        sessionMs: this.#sessionMs,
        random: () => this.random.next(),
        realDesk: this.schedule.oneUseFor !== undefined,
        aroundOwners: this.#around,
        onError: this.fail,
      }),
    );
  }

  #agent(agentId: string): void {
    const instance = `${agentId}-${this.name()}`;
    const process = this.bus.process(instance);
    const { outages = false } = this.schedule;
    this.#agents.push({ agentId, process });
    new Agent({
      process,
      agentId,
      instance,
      skewMs: this.#skew(),
      random: this.random,
      calm: () => this.calm || outages,
      beats: () => (outages ? 16 : this.calm ? 3 : 8),
      shows: () => !this.#rest,
      onError: this.fail,
    }).start();
  }

  /** A reader of the tasks that is restarted from its committed place now and then. */
  #read(): void {
    this.#reader.kill();
    this.#reader = this.bus.process(`reader-${this.name()}`);
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

  replace(old: Seat): void {
    this.seats.splice(this.seats.indexOf(old), 1);
    this.#seat(old.kind);
  }

  #outage(): void {
    const [least, more] = OUTAGE_MS;
    if (this.random.chance(0.02)) this.bus.outage(least + this.random.below(more), RECONNECT_MS);
  }

  #crashAgent(): void {
    const [agent] = this.#agents.splice(this.random.below(this.#agents.length), 1);
    if (agent === undefined) return;
    agent.process.kill();
    this.#agent(agent.agentId);
  }

  /** The weather clears: everything that is still to come must come, and the world comes to rest. */
  async #settle(luck: BadLuck): Promise<void> {
    this.calm = true;
    this.bus.calm();
    luck.end();
    for (let i = 0; i < 3000; i++) {
      await this.#tick();
      if (i % 5 === 0) this.#project();
      if (i < 100 && this.random.chance(0.15)) luck.echo();
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
    for (const { name, taskId } of this.people.acknowledged)
      if (name === 'TaskRequested') last.set(`task/${taskId}`, 'nothing');
    for (const { type, body } of this.accepted(TOPICS.tasks)) {
      if (type === 'Claimed') continue;
      const { streamId } = body.meta;
      if (type === 'TaskReceived' || last.has(streamId)) last.set(streamId, type);
    }
    return [...last].filter(([, type]) => !FINAL.has(type)).map(([id, type]) => `${id}: ${type}`);
  }

  end(): void {
    for (const { process } of [...this.seats, ...this.#agents]) process.kill();
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

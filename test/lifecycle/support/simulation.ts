import { createMemoryBus, STORMY, type MemoryBus, type ProcessBus } from '../../../src/bus/memory/index.js';
import { createRandom, type Random } from '../../../src/bus/memory/random.js';
import { BusError, type LogRecord, type Publisher } from '../../../src/bus/port.js';
import type { FactMeta } from '../../../src/events/generated/events.js';
import { OWNED_TOPICS, TOPICS, type TopicName } from '../../../src/events/topics.js';
import type { DerivedIndex, Domain, OwnersOptions } from '../../../src/log/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/edge.js';
import { Projector, follow, type Place } from '../../log/support/readers.js';
import { outsider } from '../../log/support/outsider.js';
import { violated } from '../../log/support/sequential-run.js';
import { encodeAcceptance, NOTHING_ACCEPTED, type LoggedEvent } from '../../../src/log/index.js';
import { Agent } from './agent.js';
import { mustBeReplay } from './always-replay.js';
import { checkAll } from './checks.js';
import type { Doubles } from './doubles.js';
import { SESSIONS_MS, SKEW_MS } from './limits.js';
import { command, makeOrders, type Order } from './orders.js';
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
/** Who works on what. */
const ASKED: Readonly<Record<string, Kind>> = {
  SpecValidationStarted: 'constitution',
  RoutingStarted: 'router',
  TaskRouted: 'dispatcher',
  VerificationStarted: 'constitution',
  VerdictRequested: 'signer',
};
const ANSWERS: Readonly<Record<string, string>> = {
  RoutingStarted: 'RouteDecided',
  VerificationStarted: 'ResultVerified',
};
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
  /** Owner, stream and time of a timer → the highest fact that its owner had decided on when it fired. */
  readonly cursors = new Map<string, number>();
  calm = false;
  readonly #seats: Seat[] = [];
  readonly #agents: { agentId: string; process: ProcessBus }[] = [];
  readonly #place: Place = { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) };
  #reader: ProcessBus;
  #projector: ProcessBus;
  #people: Publisher | undefined;
  #edge: EdgePublisher | undefined;
  #failure: unknown;
  #names = 0;
  #rest = false;
  /** Kinds of which every process stands still. */
  readonly #still = new Set<Kind>();
  /** Half of the bad luck of a seed strikes one kind of component. */
  readonly #victim: Kind;
  readonly #sessionMs: number;
  /** How often processes crash, leave and stop, 0.3 to 1. */
  readonly #violence: number;

  constructor(readonly schedule: Schedule) {
    const { seed, tasks, stormMs } = schedule;
    this.random = createRandom(seed * 7919 + 17);
    const harshness = 0.2 + 1.1 * this.random.next();
    this.#victim = KINDS[this.random.below(KINDS.length)] ?? 'saga';
    this.#sessionMs = SESSIONS_MS[this.random.below(SESSIONS_MS.length)] ?? 400;
    this.#violence = 0.3 + 0.7 * this.random.next();
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
        this.#order(order);
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
    const publisher = (this.#people = await this.bus.run(people.openPublisher()));
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

  #order(order: Order): void {
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
        sessionMs: this.#sessionMs,
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
    const mutated = doubles?.aroundOwners?.(around) ?? around;
    return { ...mutated, domain: this.#watched(given.instance, mutated.domain) };
  }

  #watched<Value, Index extends DerivedIndex<Value>, Record_>(
    instance: string,
    domain: Domain<Value, Index, Record_>,
  ): Domain<Value, Index, Record_> {
    let cursor = -1;
    const decide: typeof domain.decide = (view, input, context) => {
      if (input.kind === 'record') cursor = input.offset;
      else this.cursors.set(`${instance} ${input.streamId} ${input.dueAt}`, cursor);
      return domain.decide(view, input, context);
    };
    return { ...domain, decide };
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
    const violence = this.#violence;
    if (random.chance(0.08 * violence)) this.#crash();
    if (random.chance(0.03 * violence)) this.#leave();
    if (random.chance(0.05 * violence)) this.#stop();
    if (random.chance(0.04)) this.#resume();
    if (random.chance(0.15)) this.#echo();
    if (random.chance(0.008)) this.#standStill('intake');
    if (random.chance(0.008)) this.#standStill(this.#victim);
    if (random.chance(0.15)) this.#interrupt();
    if (random.chance(0.015)) this.#crashAgent();
    if (random.chance(0.02)) this.#read();
    if (random.chance(0.3)) this.#project();
  }

  /** A fact that was published before comes once more: intake or a component that has begun again. */
  #echo(): void {
    const facts = this.logOf(TOPICS.facts);
    const stale = this.#staleAnswer(facts);
    if (stale !== undefined) return this.#publishAgain(stale);
    const back = this.random.chance(0.5) ? 1 + this.random.below(8) : 1 + this.random.below(facts.length + 1);
    const again = facts[facts.length - back];
    if (again !== undefined) this.#publishAgain(again);
  }

  #publishAgain({ key, value, headers }: LogRecord): void {
    this.#people?.publish(TOPICS.facts, 0, { key, value, headers }).catch(() => undefined);
  }

  /** For an ask that waits: the answer to an earlier ask of the same task and kind, as a component that is late gives it. */
  #staleAnswer(facts: readonly LogRecord[]): LogRecord | undefined {
    for (const record of this.logOf(TOPICS.tasks).slice(-4)) {
      const { type, offset, body } = read(record);
      const wanted = ANSWERS[type];
      if (wanted === undefined) continue;
      const found = facts.find((fact) => {
        const answer = read(fact);
        const meta = answer.body.meta as unknown as FactMeta;
        return (
          answer.type === wanted &&
          meta.taskId === body['taskId'] &&
          (meta.inReplyTo?.offset ?? offset) < offset
        );
      });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #any(): Seat | undefined {
    const { random } = this;
    const some = random.chance(0.5) ? this.#seats.filter(({ kind }) => kind === this.#victim) : this.#seats;
    return some[random.below(some.length)];
  }

  /** kill -9, and another process in its place. */
  #crash(): void {
    const found = this.#any();
    if (found === undefined || this.#still.has(found.kind)) return;
    found.process.kill();
    this.#replace(found);
  }

  /** An orderly end: owners write a checkpoint, members leave. */
  #leave(): void {
    const found = this.#any();
    if (found?.component === undefined || found.stopped || this.#still.has(found.kind)) return;
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
      if (!one.stopped || this.#still.has(one.kind)) continue;
      one.stopped = false;
      one.process.resume();
      if (!all) return;
    }
  }

  /** All of a kind stand still for longer than a lease; law 7: nothing expires because intake does. */
  #standStill(kind: Kind): void {
    if (this.#still.has(kind)) return;
    this.#still.add(kind);
    for (const one of this.#seats.filter((each) => each.kind === kind)) {
      one.stopped = true;
      one.process.stop();
    }
    this.bus.clock.schedule(400 + this.random.below(1200), () => this.#still.delete(kind));
  }

  /** The worst moment: those who are asked crash before they answer, and somebody takes the ask back. */
  #interrupt(): void {
    const { random } = this;
    const last = this.logOf(TOPICS.tasks).at(-1 - random.below(2));
    if (last === undefined) return;
    const { type, body } = read(last);
    const asked = ASKED[type];
    if (asked === undefined) return;
    const taskId = String(body['taskId']);
    const name = random.chance(0.5) ? 'SuspendTask' : 'CancelTask';
    if (type !== 'VerificationStarted' && random.chance(0.5))
      this.#order({ at: 0, name, taskId, record: command(`x${++this.#names}`, taskId) });
    for (const one of this.#seats.filter(({ kind }) => kind === asked)) {
      one.process.kill();
      this.#replace(one);
    }
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
    this.#still.clear();
    this.bus.calm();
    this.#resume(true);
    for (let i = 0; i < 3000; i++) {
      await this.#tick();
      if (i % 5 === 0) this.#project();
      if (i < 100 && this.random.chance(0.15)) this.#echo();
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

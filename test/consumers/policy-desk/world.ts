import {
  payloadSha256,
  policiesDomain,
  showInstant,
  type Order,
} from '../../../src/aggregates/policies/index.js';
import { createMemoryBus, type MemoryBus, type ProcessBus } from '../../../src/bus/memory/index.js';
import type { PolicyOrder, WaiverAwaited } from '../../../src/events/generated/events.js';
import { TOPICS, type TopicName } from '../../../src/events/topics.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import type { AroundOwners } from '../../../src/platform/component.js';
import { STORMY } from '../../bus/memory/stormy.js';
import { DEPLOYMENT, keysOf, orderOf, recordOf, type Keys } from '../../aggregates/policies/support.js';
import { mustBeReplay } from '../../lifecycle/support/always-replay.js';
import { read, textCodec } from '../../lifecycle/support/text-codec.js';
import { outsider } from '../../log/support/outsider.js';
import { startDesk } from './desk-seat.js';

const TICK_MS = 20;
const SECOND = 1_000_000;
/** Waivers live for so long here, µs: some of them end while the storm lasts. */
const VALID = [3 * SECOND, 20 * SECOND, 3600 * SECOND];

interface Seat {
  readonly process: ProcessBus;
  stop?: () => Promise<void>;
}

/** A tasks log without a saga, two desks that die, and people with keys who do not care. */
export class DeskSimulation {
  readonly bus: MemoryBus;
  readonly sent: PolicyOrder[] = [];
  readonly asks: { readonly taskId: string; readonly eventId: string; readonly until: number }[] = [];
  readonly #seats: Seat[] = [];
  readonly #waivers: PolicyOrder[] = [];
  readonly #around: AroundOwners;
  #failure: unknown;
  #names = 0;
  #claim = -1;
  #seq = 0;

  constructor(readonly seed: number) {
    const faults = { ...STORMY, rebalance: 0.0004, expire: 0.0004 };
    this.bus = createMemoryBus({ seed, faults, latencyMs: [0, 4], lateMs: 800 });
    for (const topic of Object.values(TOPICS))
      this.bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    this.#around = (given) => ({
      ...given,
      observer: {
        ...given.observer,
        status: (_at, status, detail) => {
          if (status === 'halted') this.#fail(new Error(`halted: ${detail ?? ''}`));
        },
        parked: (_at, _input, error) => this.#fail(error),
        streamParked: (_at, _stream, error) => this.#fail(error),
      },
      limits: {
        ...given.limits,
        backoffMs: 40,
        graceMs: 200,
        checkpointEvery: 10,
        maxRecords: 12,
        maxInputs: 5,
      },
      // Law 5: before every turn the state is the fold of the log, and nothing else.
      beforeTurn: (fold) => {
        const domain = policiesDomain({ deploymentKeys: [DEPLOYMENT.publicKeyPem] });
        mustBeReplay(domain, fold as never, this.bus.recordsOf({ topic: TOPICS.policies, partition: 0 }));
        return Promise.resolve();
      },
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  get now(): number {
    return this.bus.clock.now() * 1000;
  }

  #below(n: number): number {
    return this.bus.random.below(n);
  }

  #any<T>(list: readonly T[]): T | undefined {
    return list[this.#below(list.length)];
  }

  /** The accepted events, by a fold that shares nothing with the product. */
  accepted(topic: TopicName): readonly LoggedEvent[] {
    const records = this.bus.recordsOf({ topic, partition: 0 });
    const byOffset = new Map(records.map((record) => [record.offset, record]));
    return outsider(records).flatMap(({ offset, name }) => {
      const record = byOffset.get(offset);
      return record === undefined || name === 'Claimed' ? [] : [read(record)];
    });
  }

  async #tick(): Promise<void> {
    await this.bus.advance(TICK_MS);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  #seat(): void {
    const process = this.bus.process(`desk-${++this.#names}`);
    const seat: Seat = { process };
    this.#seats.push(seat);
    startDesk({
      process,
      name: `desk-${this.#names}`,
      key: DEPLOYMENT.key,
      sessionMs: 400,
      aroundOwners: this.#around,
    }).then(
      (component) => (seat.stop = () => component.stop()),
      (error: unknown) => this.#fail(error),
    );
  }

  #crash(): void {
    const [seat] = this.#seats.splice(this.#below(this.#seats.length), 1);
    seat?.process.kill();
    this.#seat();
  }

  /** Publishes until it is acknowledged, and sometimes once more: the desk decides once. */
  async #put(record: PolicyOrder): Promise<void> {
    const publisher = await this.bus.run(this.bus.openPublisher());
    const encoded = textCodec.encode(TOPICS.policyCommands, 'PolicyOrder', record);
    const times = this.bus.random.chance(0.2) ? 2 : 1;
    for (let done = 0; done < times;) {
      const ok = await this.bus.run(
        publisher.publish(TOPICS.policyCommands, 0, { key: null, ...encoded }).then(
          () => true,
          () => false,
        ),
      );
      if (ok) done++;
    }
    await this.bus.run(publisher.close());
    this.sent.push(record);
  }

  async #order(order: Order, by: Keys): Promise<PolicyOrder> {
    const record = recordOf(order, by);
    await this.#put(record);
    return record;
  }

  async #append(name: string, taskId: string, data: object, dueAt: number | null): Promise<string> {
    const at = { topic: TOPICS.tasks, partition: 0 };
    const faults = { appendUnacknowledged: 0, appendLate: 0, appendLost: 0, hole: 0 };
    this.bus.setFaults({ ...STORMY, rebalance: 0.0004, expire: 0.0004, ...faults });
    const appender = await this.bus.run(this.bus.openAppender(at));
    const eventId = `arbiter.tasks/0/${this.#claim}/${this.#seq}`;
    const meta = {
      claim: this.#claim,
      seq: this.#seq,
      eventId,
      streamId: `task/${taskId}`,
      tenant: 'acme',
      traceparent: null,
      dueAt,
    };
    const record = name === 'Claimed' ? { previousClaim: this.#claim } : { ...data, meta, taskId };
    const done = await this.bus.run(
      appender.append([{ key: null, ...textCodec.encode(TOPICS.tasks, name, record) }]),
    );
    if (done.kind !== 'appended') throw new Error('not appended');
    if (name === 'Claimed') this.#claim = done.baseOffset;
    else this.#seq++;
    this.bus.setFaults({ ...STORMY, rebalance: 0.0004, expire: 0.0004 });
    return eventId;
  }

  /** A task that is over its budget waits. */
  async #wait(): Promise<void> {
    const taskId = `T-${++this.#names}`;
    const until = this.now + (this.#any([SECOND, 30 * SECOND, 3600 * SECOND]) ?? SECOND);
    const lines = 10 * (1 + this.#below(6));
    const observed = {
      'diff.files': '1',
      'budget.max_files': '1',
      'diff.lines': String(100 + lines),
      'budget.max_loc': '100',
    };
    const clauses = [
      { id: 'caws.budget', title: '', severity: 'MUST', result: 'FAIL', message: '', observed },
    ];
    const about = { specId: 'FEAT-1', riskTier: this.bus.random.chance(0.2) ? 1 : 3, agentId: 'bot' };
    const body: Partial<WaiverAwaited> = {
      origin: 'RESULT',
      violations: [],
      until,
      requestedBy: this.bus.random.chance(0.2) ? 'cli:bob' : 'cli:zoe',
      retryOf: null,
      taskType: 'code',
      ...about,
    };
    const eventId = await this.#append('WaiverAwaited', taskId, { ...body, clauses }, until);
    this.asks.push({ taskId, eventId, until });
  }

  async #leave(): Promise<void> {
    const ask = this.#any(this.asks);
    if (ask !== undefined) await this.#append('CancellationAccepted', ask.taskId, {}, null);
  }

  async #ask(): Promise<void> {
    const order = orderOf('RequestWaiver', {
      waiverId: `W-${++this.#names}`,
      clause: 'caws.budget',
      taskId: null,
      specId: 'FEAT-1',
      amount: { lines: 40 * (1 + this.#below(4)) },
      paths: [],
      uses: 1 + this.#below(3),
      expiresAt: showInstant(this.now + (this.#any(VALID) ?? SECOND)),
      reason: 'the generated client is large',
    });
    this.#waivers.push(await this.#order(order, keysOf(this.bus.random.chance(0.2) ? 'bob' : 'req')));
  }

  async #decide(): Promise<void> {
    const request = this.#any(this.#waivers);
    if (request === undefined) return;
    const { waiverId, amount, uses, expiresAt, clause, taskId, specId, paths } = JSON.parse(
      Buffer.from(request.order.payload).toString(),
    ) as Extract<Order, { type: 'RequestWaiver' }>;
    const by = keysOf(this.#any(['bob', 'cyd', 'oli', 'req']) ?? 'bob');
    const requestSha256 = payloadSha256(request.order);
    const what = this.#below(10);
    if (what === 0)
      await this.#order(orderOf('DenyWaiver', { waiverId, requestSha256, reason: 'too large' }), by);
    else if (what === 1) await this.#order(orderOf('RevokeWaiver', { waiverId, reason: 'no more' }), by);
    else {
      const what = { clause, taskId, specId, paths };
      const limits = { ...what, amount, uses: 1 + this.#below(uses), expiresAt };
      await this.#order(orderOf('ApproveWaiver', { waiverId, requestSha256, ...limits, comment: '' }), by);
    }
  }

  async #override(): Promise<void> {
    const ask = this.#any(this.asks);
    if (ask === undefined) return;
    const order = orderOf('GrantOverride', {
      waiverId: `O-${++this.#names}`,
      taskId: ask.taskId,
      clauses: ['caws.budget'],
      amount: { lines: 100 },
      paths: [],
      expiresAt: showInstant(this.now + 10 * SECOND),
      justification: 'production is down and this is the repair',
    });
    await this.#order(order, keysOf('oli'));
  }

  async #register(
    name: string,
    roles: ('ADMIN' | 'APPROVER' | 'OVERRIDER' | 'REQUESTER')[],
    by: Keys,
  ): Promise<void> {
    const { publicKeyPem } = keysOf(name);
    const who = { principalId: name, displayName: '', team: '', roles, actors: [], publicKeyPem };
    await this.#order(orderOf('RegisterPrincipal', who), by);
  }

  async run(steps: number): Promise<void> {
    await this.#append('Claimed', '', {}, null);
    this.#seat();
    this.#seat();
    await this.#register('ada', ['ADMIN'], DEPLOYMENT);
    const ada = keysOf('ada');
    await this.#register('req', ['REQUESTER'], ada);
    for (const name of ['bob', 'cyd']) await this.#register(name, ['APPROVER'], ada);
    await this.#register('oli', ['OVERRIDER'], ada);
    for (let i = 0; i < steps; i++) {
      const { random } = this.bus;
      if (random.chance(0.5)) await this.#wait();
      if (random.chance(0.3)) await this.#ask();
      if (random.chance(0.7)) await this.#decide();
      if (random.chance(0.1)) await this.#override();
      if (random.chance(0.1)) await this.#leave();
      if (random.chance(0.25)) this.#crash();
      for (let k = 0; k < 1 + this.#below(10); k++) await this.#tick();
    }
    this.bus.calm();
    for (let i = 0, still = 0; i < 3000 && still < 100; i++) {
      const before = this.#ends();
      await this.#tick();
      still = before === this.#ends() ? still + 1 : 0;
    }
  }

  #ends(): string {
    const topics = [TOPICS.policies, TOPICS.policyCommands, TOPICS.facts];
    return topics.map((topic) => this.bus.endOf({ topic, partition: 0 })).join();
  }

  end(): void {
    for (const { process } of this.#seats) process.kill();
  }
}

import { createHash } from 'node:crypto';
import type { ProcessBus } from '../../../src/bus/memory/index.js';
import type { Random } from '../../../src/bus/memory/random.js';
import { BusError } from '../../../src/bus/port.js';
import type {
  AgentReportsEvents,
  AssignmentOffered,
  AssignmentRevoked,
} from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import { encodeAcceptance, NOTHING_ACCEPTED } from '../../../src/log/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/edge.js';
import { follow } from '../../log/support/readers.js';
import { PRESENCE_MS } from './limits.js';
import { textCodec } from './text-codec.js';

export interface AgentOptions {
  readonly process: ProcessBus;
  readonly agentId: string;
  /** Of this start, never used before. */
  readonly instance: string;
  readonly skewMs: number;
  readonly random: Random;
  /** True while it behaves. */
  readonly calm: () => boolean;
  /** So many reports of progress in a run, less one, at most. */
  readonly beats: () => number;
  /** False: nothing is left to do, so that the world can come to rest. */
  readonly shows: () => boolean;
  readonly onError: (error: unknown) => void;
}

type Report = keyof AgentReportsEvents;
const SLOTS = 2;
const SHA = createHash('sha256').update('the result').digest('hex');

/** A worker instance as bad as the protocol allows: silent, late, repeating itself, deaf to revocations. */
export class Agent {
  readonly #runs = new Map<number, { number: number; over: boolean }>();
  readonly #seen = new Set<number>();
  #edge: EdgePublisher | undefined;

  constructor(private readonly options: AgentOptions) {}

  start(): void {
    this.#begin().catch((error: unknown) => this.options.onError(error));
  }

  async #begin(): Promise<void> {
    const { process } = this.options;
    const publisher = await process.openPublisher();
    this.#edge = await createEdgePublisher(publisher, textCodec, process.admin);
    this.#show();
    await follow({
      bus: process,
      codec: textCodec,
      at: { topic: TOPICS.assignments, partition: 0 },
      place: { position: 0, metadata: encodeAcceptance(NOTHING_ACCEPTED) },
      chance: () => false,
      onEvents: (events) =>
        events.forEach(({ event }) => {
          const body = event.body as unknown as AssignmentOffered & AssignmentRevoked;
          if (body.workerInstance !== this.options.instance && body.workerInstance !== '') return;
          if (event.type === 'AssignmentOffered') this.#offered(body);
          else if (event.type === 'AssignmentRevoked') this.#revoked(body);
        }),
    });
  }

  #now(): number {
    return (this.options.process.clock.now() + this.options.skewMs) * 1000;
  }

  #active(): number {
    return [...this.#runs.values()].filter(({ over }) => !over).length;
  }

  #show(): void {
    const { agentId, instance, process } = this.options;
    if (this.options.shows()) {
      const freeSlots = Math.max(0, SLOTS - this.#active());
      const seen = { agentId, instance, slots: SLOTS, freeSlots, leaving: false, build: 'sim' };
      this.#edge
        ?.publish(TOPICS.presence, 'WorkerSeen', instance, { ...seen, occurredAt: this.#now() })
        .catch(() => undefined);
    }
    process.clock.schedule(PRESENCE_MS, () => this.#show());
  }

  #offered(offer: AssignmentOffered): void {
    const { random, calm } = this.options;
    if (this.#seen.has(offer.token) || offer.acceptBy <= this.#now()) return;
    this.#seen.add(offer.token);
    const run = { number: 0, over: false };
    if (this.#active() >= SLOTS)
      return this.#say(offer, run, 'AssignmentDeclined', { busy: true, reason: 'full' });
    if (!calm() && random.chance(0.06)) return;
    if (!calm() && random.chance(0.12))
      return this.#say(offer, run, 'AssignmentDeclined', { busy: random.chance(0.6), reason: 'no' });
    this.#runs.set(offer.token, run);
    if (calm() || random.chance(0.8)) this.#say(offer, run, 'AssignmentAccepted', {});
    const beat = 40 + random.below(120);
    this.#work(offer, run, { beat, left: random.below(this.options.beats()) });
  }

  #work(offer: AssignmentOffered, run: Run, plan: { readonly beat: number; readonly left: number }): void {
    const { random, calm, process } = this.options;
    process.clock.schedule(plan.beat, () => {
      if (run.over) return;
      if (!calm() && random.chance(0.08)) return void (run.over = true);
      if (plan.left === 0) return this.#finish(offer, run);
      if (random.chance(0.8)) this.#say(offer, run, 'Heartbeat', { diff: null });
      else this.#say(offer, run, 'ProgressReported', { message: 'on it', percent: 50 });
      this.#work(offer, run, { ...plan, left: plan.left - 1 });
    });
  }

  #finish(offer: AssignmentOffered, run: Run): void {
    const { random } = this.options;
    run.over = true;
    const usage = { inputTokens: 1, outputTokens: 2, costMicros: 3 };
    if (random.chance(0.15)) {
      const failureClass = random.chance(0.5) ? 'AGENT' : 'INFRASTRUCTURE';
      return this.#say(offer, run, 'ExecutionFailed', { failureClass, reason: 'broken', output: '', usage });
    }
    const resultSha256 = random.chance(0.25) ? null : SHA;
    const result = { commit: null, ref: null, resultSha256, exitCode: 0, output: '', usage, evidence: [] };
    this.#say(offer, run, 'ResultSubmitted', { result });
  }

  #revoked({ token }: AssignmentRevoked): void {
    const { random, calm } = this.options;
    const run = this.#runs.get(token);
    this.#seen.add(token);
    if (run !== undefined && (calm() || random.chance(0.8))) run.over = true;
  }

  #say(offer: AssignmentOffered, run: Run, name: Report, particulars: object): void {
    const { random, calm, process, agentId, instance } = this.options;
    const number = run.number++;
    const head = {
      reportId: `${instance}/${offer.token}/${number}`,
      taskId: offer.taskId,
      token: offer.token,
      agentId,
      workerInstance: instance,
      number,
      tenant: 'acme',
      occurredAt: this.#now(),
      traceparent: null,
    };
    const send = (): void => this.#send(name, offer.taskId, { ...head, ...particulars });
    if (!calm() && random.chance(0.06)) process.clock.schedule(random.below(1500), send);
    else send();
    if (!calm() && random.chance(0.2)) process.clock.schedule(random.below(1500), send);
  }

  #send(name: Report, key: string, record: object, tries = 2): void {
    this.#edge?.publish(TOPICS.agentReports, name, key, record as never).catch((error: unknown) => {
      if (!(error instanceof BusError)) return this.options.onError(error);
      if (tries > 0) this.#send(name, key, record, tries - 1);
    });
  }
}

interface Run {
  number: number;
  over: boolean;
}

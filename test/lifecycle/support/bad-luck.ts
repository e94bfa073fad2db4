import type { MemoryBus } from '../../../src/bus/memory/index.js';
import type { Random } from '../../../src/bus/memory/random.js';
import type { LogRecord } from '../../../src/bus/port.js';
import type { FactMeta } from '../../../src/events/generated/events.js';
import { TOPICS, type TopicName } from '../../../src/events/topics.js';
import { command } from './orders.js';
import type { People } from './people.js';
import { KINDS, type Kind, type Seat } from './seats.js';
import { read } from './text-codec.js';

/** What bad luck can lay its hands on. */
export interface Struck {
  readonly bus: MemoryBus;
  readonly random: Random;
  readonly seats: readonly Seat[];
  readonly people: People;
  readonly fail: (error: unknown) => void;
  logOf(topic: TopicName): readonly LogRecord[];
  replace(seat: Seat): void;
  /** A number never used before. */
  name(): number;
}

/** Who works on what. */
const ASKED: Readonly<Record<string, Kind>> = {
  SpecValidationStarted: 'constitution',
  RoutingStarted: 'router',
  TaskRouted: 'dispatcher',
  VerificationStarted: 'constitution',
  GateStarted: 'gates',
  WaiverAwaited: 'desk',
  VerdictRequested: 'signer',
};
const ANSWERS: Readonly<Record<string, string>> = {
  RoutingStarted: 'RouteDecided',
  VerificationStarted: 'ResultVerified',
  GateStarted: 'GateReported',
  WaiverAwaited: 'WaiverDecided',
};

/** Crashes, orderly ends, processes and whole components that stand still, repeats, and interruptions at the worst moment. */
export class BadLuck {
  /** Kinds of which every process stands still. */
  readonly #still = new Set<Kind>();
  /** Half of it strikes one kind of component. */
  readonly #victim: Kind;
  /** How often processes crash, leave and stop, 0.3 to 1. */
  readonly #violence: number;

  constructor(private readonly world: Struck) {
    this.#victim = KINDS[world.random.below(KINDS.length)] ?? 'saga';
    this.#violence = 0.3 + 0.7 * world.random.next();
  }

  strike(): void {
    const { random } = this.world;
    const violence = this.#violence;
    if (random.chance(0.08 * violence)) this.#crash();
    if (random.chance(0.03 * violence)) this.#leave();
    if (random.chance(0.05 * violence)) this.#stop();
    if (random.chance(0.04)) this.#resume();
    if (random.chance(0.15)) this.echo();
    if (random.chance(0.008)) this.#standStill('intake');
    if (random.chance(0.008)) this.#standStill(this.#victim);
    if (random.chance(0.15)) this.#interrupt();
  }

  /** A fact that was published before comes once more: intake or a component that has begun again. */
  echo(): void {
    const facts = this.world.logOf(TOPICS.facts);
    const stale = this.#staleAnswer(facts);
    if (stale !== undefined) return this.world.people.again(stale);
    const back = this.world.random.chance(0.5)
      ? 1 + this.world.random.below(8)
      : 1 + this.world.random.below(facts.length + 1);
    const again = facts[facts.length - back];
    if (again !== undefined) this.world.people.again(again);
  }

  /** For an ask that waits: the answer to an earlier ask of the same task and kind, as a component that is late gives it. */
  #staleAnswer(facts: readonly LogRecord[]): LogRecord | undefined {
    for (const record of this.world.logOf(TOPICS.tasks).slice(-4)) {
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
    const { random } = this.world;
    const some = random.chance(0.5)
      ? this.world.seats.filter(({ kind }) => kind === this.#victim)
      : this.world.seats;
    return some[random.below(some.length)];
  }

  /** kill -9, and another process in its place. */
  #crash(): void {
    const found = this.#any();
    if (found === undefined || this.#still.has(found.kind)) return;
    found.process.kill();
    this.world.replace(found);
  }

  /** An orderly end: owners write a checkpoint, members leave. */
  #leave(): void {
    const found = this.#any();
    if (found?.component === undefined || found.stopped || this.#still.has(found.kind)) return;
    found.component.stop().catch(this.world.fail);
    this.world.replace(found);
  }

  /** SIGSTOP for longer or shorter than a session. */
  #stop(): void {
    const found = this.#any();
    if (found === undefined || found.kind === 'intake') return;
    found.stopped = true;
    found.process.stop();
  }

  /** SIGCONT for one of those that stopped. */
  #resume(): void {
    const one = this.world.seats.find(({ stopped, kind }) => stopped && !this.#still.has(kind));
    if (one === undefined) return;
    one.stopped = false;
    one.process.resume();
  }

  /** Nobody stands still any more. */
  end(): void {
    this.#still.clear();
    for (const one of this.world.seats) {
      one.stopped = false;
      one.process.resume();
    }
  }

  /** All of a kind stand still for longer than a lease; law 7: nothing expires because intake does. */
  #standStill(kind: Kind): void {
    if (this.#still.has(kind)) return;
    this.#still.add(kind);
    for (const one of this.world.seats.filter((each) => each.kind === kind)) {
      one.stopped = true;
      one.process.stop();
    }
    this.world.bus.clock.schedule(400 + this.world.random.below(1200), () => this.#still.delete(kind));
  }

  /** The worst moment: those who are asked crash before they answer, and somebody takes the ask back. */
  #interrupt(): void {
    const { random } = this.world;
    const last = this.world.logOf(TOPICS.tasks).at(-1 - random.below(2));
    if (last === undefined) return;
    const { type, body } = read(last);
    const asked = ASKED[type];
    if (asked === undefined) return;
    const taskId = String(body['taskId']);
    const name = random.chance(0.5) ? 'SuspendTask' : 'CancelTask';
    if (type !== 'VerificationStarted' && random.chance(0.5))
      this.world.people.order({ at: 0, name, taskId, record: command(`x${this.world.name()}`, taskId) }, 2);
    for (const one of this.world.seats.filter(({ kind }) => kind === asked)) {
      one.process.kill();
      this.world.replace(one);
    }
  }
}

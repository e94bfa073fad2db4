import {
  BusError,
  type Appender,
  type AppendOutcome,
  type Bus,
  type LogRecord,
  type OutgoingRecord,
  type TopicPartition,
} from '../../../src/bus/port.js';
import type { LogMeta } from '../../../src/events/generated/events.js';
import type { Decoded, LogCodec, LoggedEvent } from '../../../src/log/index.js';
import { KeyedState } from '../../../src/log/keyed-state.js';
import { LogTail } from '../../../src/log/log-tail.js';
import { PartitionFold } from '../../../src/log/partition-fold.js';
import { AppendRequest } from '../../../src/log/request.js';
import type { AnyFold, Doubles } from './doubles.js';
import { takeAny } from './replay.js';

export interface Mutant extends Doubles {
  readonly name: string;
  /** The fault in a word, and the law it breaks. */
  readonly breaks: string;
  /** Where to begin to look: one schedule in hundreds shows it. Default 1. */
  readonly firstSeed?: number;
}

/** Replaces one method of a class of the product; the answer puts it back. */
const patchMethod = <This, Args extends unknown[], Result>(
  prototype: object,
  name: string,
  make: (original: (this: This, ...args: Args) => Result) => (this: This, ...args: Args) => Result,
): (() => void) => {
  const was = Object.getOwnPropertyDescriptor(prototype, name);
  if (typeof was?.value !== 'function') throw new Error(`there is no method ${name} to replace`);
  Object.defineProperty(prototype, name, { ...was, value: make(was.value as never) });
  return () => void Object.defineProperty(prototype, name, was);
};

type Append = [records: readonly OutgoingRecord[]];
type Fold = [record: LogRecord, decoded: Decoded];
interface Tail {
  readonly fold: AnyFold;
  read(to: number): Promise<void>;
}
interface Request {
  cause: number;
  readonly events: readonly LoggedEvent[];
  readonly options: { readonly state: object };
}
interface State {
  readonly index: { moved: unknown };
  settle(): void;
}

const doubt = (message: string): BusError => new BusError('TIMEOUT', message, true);

/** In doubt, the same bytes once more. */
const sendingAgain = (bus: Bus): Bus => ({
  ...bus,
  openAppender: async (at) => {
    let appender = await bus.openAppender(at);
    const append: Appender['append'] = async (records) => {
      const outcome = await appender.append(records);
      if (outcome.kind !== 'doubtful') return outcome;
      appender = await bus.openAppender(at);
      return appender.append(records);
    };
    return { append, close: () => appender.close() };
  },
});

const changed = (codec: LogCodec, change: (meta: LogMeta) => LogMeta): LogCodec => ({
  ...codec,
  encode: (topic, name, record) => {
    const { meta } = record as { meta?: LogMeta };
    return codec.encode(topic, name, meta === undefined ? record : { ...record, meta: change(meta) });
  },
});

/** An event as if it had the stamp that the fold expects. */
const restamped = (decoded: Decoded, stamp: { claim: number; seq: number }): Decoded => {
  if (decoded.kind !== 'event' || decoded.name === 'Claimed') return decoded;
  const { meta } = decoded.record as { meta: LogMeta };
  return { ...decoded, record: { ...decoded.record, meta: { ...meta, ...stamp } } };
};

const folds = new WeakMap<object, AnyFold>();

/** Each breaks one law in one place, around the real code; the simulation must see every one of them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'adopts its speculative state although the request landed elsewhere',
    breaks: 'gap=predict, law 4',
    patch: () =>
      patchMethod<Tail, Append, Promise<AppendOutcome>>(
        LogTail.prototype,
        'append',
        (append) =>
          async function (records) {
            const mine = this.fold.acceptance.claim;
            const outcome = await append.call(this, records);
            const gap = outcome.kind === 'appended' && outcome.baseOffset > this.fold.position;
            if (!gap || mine < 0) return outcome;
            await this.read(outcome.baseOffset);
            return this.fold.acceptance.claim === mine
              ? outcome
              : { kind: 'doubtful', error: doubt('another claim') };
          },
      ),
  },
  {
    name: 'writes its own cursor into checkpoints',
    breaks: 'ckCursor, law 5',
    beforeTurn: async (fold, seat) => {
      if (seat.decided <= fold.cause || fold.state.anyParked) return;
      await seat.store?.write(seat.log, { ...takeAny(fold), cause: seat.decided });
    },
  },
  {
    name: 'begins its owned inbox at 0 after a takeover',
    breaks: 'chainStart=zero, law 5',
    patch: () => {
      const undo = (['fold', 'adopt', 'begin'] as const).map((name) =>
        patchMethod<{ cause: number; options: { at: TopicPartition } }, unknown[], unknown>(
          PartitionFold.prototype,
          name,
          (run) =>
            function (...args) {
              run.apply(this, args);
              if (this.options.at.topic === 'echoes') this.cause = -1;
            },
        ),
      );
      return () => undo.forEach((back) => back());
    },
  },
  {
    name: 'commits a low-water mark with the acceptance of what it has read since',
    breaks: 'meta=own, laws 3 and 6',
    markAtEnd: true,
  },
  {
    name: 'names events by cause and place in the decision',
    breaks: 'eid, law 8',
    codec: (codec) =>
      changed(codec, (meta) => ({ ...meta, eventId: `counters/0/${meta.cause}/${meta.decisionIndex}` })),
  },
  {
    name: 'stamps timer events with the last accepted cause, not with the cursor',
    breaks: 'timerCause, law 5',
    firstSeed: 401,
    beforeTurn: (fold) => {
      folds.set(fold.state, fold);
      return Promise.resolve();
    },
    patch: () =>
      patchMethod<Request, [input: { kind: string }, context: unknown], unknown>(
        AppendRequest.prototype,
        'add',
        (add) =>
          function (input, context) {
            if (input.kind !== 'timer') return add.call(this, input, context);
            const { cause } = this;
            const fold = folds.get(this.options.state);
            this.cause = this.events.at(-1)?.body.meta.cause ?? fold?.cause ?? cause;
            const added = add.call(this, input, context);
            this.cause = cause;
            return added;
          },
      ),
  },
  { name: 'fires timers without waiting for intake', breaks: 'lag, law 7', openGate: true },
  { name: 'does not look ahead in an owned inbox', breaks: 'owner2=readahead, law 5', blind: true },
  {
    name: 'sends again after doubt',
    breaks: 'law 4',
    bus: sendingAgain,
  },
  {
    name: 'decides again under the same claim after doubt',
    breaks: 'law 4',
    patch: () =>
      patchMethod<Tail, Append, Promise<AppendOutcome>>(
        LogTail.prototype,
        'append',
        (append) =>
          async function (records) {
            const outcome = await append.call(this, records);
            return outcome.kind === 'doubtful'
              ? { kind: 'refused', error: doubt('taken for a refusal') }
              : outcome;
          },
      ),
  },
  // Acceptance without the seq is none of these: no owner leaves a gap or a double under its own claim, so no schedule tells it
  // apart. It guards against a log that was cut or written by a stranger: `acceptance.unit.test.ts`, `owner.unit.test.ts`.
  {
    name: 'accepts what an older claim lands behind a newer one',
    breaks: 'laws 2 and 3',
    patch: () =>
      patchMethod<AnyFold, Fold, unknown>(
        PartitionFold.prototype,
        'fold',
        (fold) =>
          function (record, decoded) {
            fold.call(this, record, restamped(decoded, this.acceptance));
          },
      ),
  },
  {
    name: 'keeps its speculative state when the request is lost',
    breaks: 'law 4, undo',
    patch: () =>
      patchMethod<State, [], unknown>(
        KeyedState.prototype,
        'rollback',
        () =>
          function () {
            this.settle();
          },
      ),
  },
  {
    name: 'undoes values but not the timers derived from them',
    breaks: 'law 4, undo',
    patch: () =>
      patchMethod<State, [mark?: number], unknown>(
        KeyedState.prototype,
        'rollback',
        (rollback) =>
          function (mark) {
            const { index } = this;
            const { moved } = index;
            index.moved = () => undefined;
            rollback.call(this, mark);
            index.moved = moved;
          },
      ),
  },
];

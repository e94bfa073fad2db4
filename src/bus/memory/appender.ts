/** The append of law 4 on the memory bus, with its doubts. */
import type { Appender, AppendOutcome, OutgoingRecord, TopicPartition } from '../port.js';
import { BusError } from '../port.js';
import type { Process } from './process.js';
import { sizeOf } from '../record-size.js';
import type { World } from './world.js';

export class MemoryAppender implements Appender {
  readonly #world: World;
  readonly #process: Process;
  readonly #at: TopicPartition;
  #abandon: ((outcome: AppendOutcome) => void) | undefined;
  #spoilt: BusError | undefined;

  constructor(world: World, process: Process, at: TopicPartition) {
    this.#world = world;
    this.#process = process;
    this.#at = at;
  }

  async append(records: readonly OutgoingRecord[]): Promise<AppendOutcome> {
    if (this.#spoilt !== undefined) return { kind: 'refused', error: this.#spoilt };
    if (this.#abandon !== undefined)
      return this.#refused('BROKER', 'another append is in flight; an owner has one at a time (law 4)', true);
    if (records.length === 0) return this.#refused('INVALID_RECORD', 'no records', false);
    const outcome = await new Promise<AppendOutcome>((resolve) => {
      this.#abandon = resolve;
      this.#process.send(() => this.#arrive(records, (answer) => this.#process.post(() => resolve(answer))));
    });
    this.#abandon = undefined;
    if (outcome.kind === 'doubtful')
      this.#spoilt ??= this.#error(
        'CLOSED',
        'an earlier append is in doubt; claim anew with a new appender (law 4)',
        false,
      );
    return outcome;
  }

  #error(code: BusError['code'], message: string, retriable: boolean): BusError {
    return new BusError(code, `append to ${this.#at.topic}-${this.#at.partition}: ${message}`, retriable);
  }

  #refused(code: BusError['code'], message: string, retriable: boolean): AppendOutcome {
    return { kind: 'refused', error: this.#error(code, message, retriable) };
  }

  /** At the broker. */
  #arrive(records: readonly OutgoingRecord[], answer: (outcome: AppendOutcome) => void): void {
    const { random, faults, scheduler, limits } = this.#world;
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    const most = this.#world.maxMessageBytes(this.#at.topic);
    if (bytes > most) return answer(this.#refused('TOO_LARGE', `${bytes} bytes, at most ${most}`, false));
    if (!this.#world.topics.has(this.#at.topic))
      return answer(this.#refused('UNKNOWN_TOPIC', 'there is no such topic', true));
    const doubtful: AppendOutcome = { kind: 'doubtful', error: this.#error('TIMEOUT', 'no answer', true) };
    const dice = random.next();
    let bound = faults.appendUnacknowledged;
    if (dice < bound) {
      this.#world.land(this.#at, records);
      return answer(doubtful);
    }
    if (dice < (bound += faults.appendLate)) {
      scheduler.post(1 + random.below(limits.lateMs), () => {
        if (this.#world.topics.has(this.#at.topic)) this.#world.land(this.#at, records);
      });
      return answer(doubtful);
    }
    if (dice < bound + faults.appendLost) return answer(doubtful);
    return answer({ kind: 'appended', baseOffset: this.#world.land(this.#at, records) });
  }

  close(): Promise<void> {
    this.#spoilt ??= this.#error('CLOSED', 'the appender is closed', false);
    this.#abandon?.({ kind: 'doubtful', error: this.#error('CLOSED', 'closed while in flight', false) });
    return Promise.resolve();
  }
}

import { TABLE } from './table.js';
import type { AskKind, Timer } from '../events/generated/events.js';
import type { DerivedIndex, DueTimer } from '../log/domain.js';
import type { SagaValue, TaskState } from '../aggregates/task/state.js';
import type { Surroundings } from '../aggregates/task/draft.js';
import { Answers } from './answers.js';
import { FinishedSet } from './finished.js';
import { IndexedHeap } from './indexed-heap.js';

interface Waiting {
  readonly priority: number;
  readonly offset: number;
}
interface SetTimer {
  readonly dueAt: number;
  readonly timer: Timer;
}

const isFinal = (value: SagaValue | undefined): boolean =>
  value?.kind === 'task' && TABLE[value.state].final === true;

const timerOf = (value: SagaValue | undefined): SetTimer | undefined => {
  if (value === undefined || value.kind === 'partition' || isFinal(value)) return undefined;
  const { dueAt, timer } = value;
  return dueAt === null || timer === null ? undefined : { dueAt, timer };
};

const holdsSlot = (task: TaskState): boolean => TABLE[task.state].slot === true;
/** Sealed ones wait too, for the signer: were it down, they would pile up. */
const waits = (task: TaskState): boolean => !holdsSlot(task) && TABLE[task.state].final !== true;
const inLine = (value: SagaValue | undefined): Waiting | undefined =>
  value?.kind === 'task' && value.state === 'queued' && value.queueReason === 'IN_FLIGHT_LIMIT'
    ? { priority: value.request.priority, offset: value.request.offset }
    : undefined;

/** What the saga must know of all tasks of a partition at once. Every move is undone by the opposite move. */
export class SagaIndex implements DerivedIndex<SagaValue>, Surroundings {
  readonly #timers = new IndexedHeap<SetTimer>((a, b) => a.dueAt - b.dueAt);
  /** More urgent first, then the older request. */
  readonly #line = new IndexedHeap<Waiting>((a, b) => b.priority - a.priority || a.offset - b.offset);
  readonly #finished = new FinishedSet();
  readonly #answers = new Answers();
  #inFlight = 0;
  #waiting = 0;
  #remembered = 0;
  #live = 0;
  readonly #inState = new Map<TaskState['state'], number>();

  moved(streamId: string, before: SagaValue | undefined, after: SagaValue | undefined): void {
    this.#count(before, -1);
    this.#count(after, 1);
    this.#moveTimer(streamId, timerOf(before), timerOf(after));
    this.#moveInLine(streamId, inLine(before), inLine(after));
    if (before === undefined || after === undefined) return;
    if (isFinal(after) && !isFinal(before)) this.#finished.add(streamId);
    if (isFinal(before) && !isFinal(after)) this.#finished.delete(streamId);
    this.#moveAnswer(before, after);
  }

  #count(value: SagaValue | undefined, by: 1 | -1): void {
    if (value === undefined || value.kind === 'partition' || isFinal(value)) return;
    if (value.kind === 'unseen') {
      this.#remembered += by * value.remembered.length;
      return;
    }
    this.#live += by;
    this.#inState.set(value.state, (this.#inState.get(value.state) ?? 0) + by);
    if (holdsSlot(value)) this.#inFlight += by;
    else if (waits(value)) this.#waiting += by;
  }

  #moveTimer(streamId: string, before: SetTimer | undefined, after: SetTimer | undefined): void {
    if (after !== undefined) {
      if (before?.dueAt !== after.dueAt || before.timer !== after.timer) this.#timers.set(streamId, after);
    } else if (before !== undefined) this.#timers.delete(streamId);
  }

  #moveInLine(streamId: string, before: Waiting | undefined, after: Waiting | undefined): void {
    if (after !== undefined) this.#line.set(streamId, after);
    else if (before !== undefined) this.#line.delete(streamId);
  }

  /** An answer belongs to the later of the two values; going back takes it away again. */
  #moveAnswer(before: SagaValue, after: SagaValue): void {
    if (before.kind !== 'task' || after.kind !== 'task' || before.version === after.version) return;
    const forward = after.version > before.version;
    const [older, newer] = forward ? [before, after] : [after, before];
    if (newer.answered === null || newer.answered === older.answered) return;
    this.#answers.count(newer.answered.kind, newer.answered.at, forward ? 1 : -1);
  }

  /** Tasks that are routed, executed or verified. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Tasks that hold no slot and are not finished. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Tasks that are not finished. */
  get live(): number {
    return this.#live;
  }

  /** Tasks that are not finished, by state. */
  get inState(): ReadonlyMap<TaskState['state'], number> {
    return this.#inState;
  }

  get rememberedCommands(): number {
    return this.#remembered;
  }

  get finished(): number {
    return this.#finished.size;
  }

  get finishedBytes(): number {
    return this.#finished.bytes;
  }

  isFinished(streamId: string): boolean {
    return this.#finished.has(streamId);
  }

  firstAnswerAfter(kind: AskKind, since: number): number | undefined {
    return this.#answers.firstAfter(kind, since);
  }

  nextQueued(count: number): readonly string[] {
    return this.#line.size === 0 ? [] : this.#line.first(count);
  }

  nextTimer(): DueTimer | undefined {
    const first = this.#timers.peek();
    return first && { streamId: first.id, ...first.item };
  }

  save(): unknown {
    return { finished: this.#finished.save(), answers: this.#answers.save() };
  }

  load(saved: unknown): void {
    const { finished, answers } = saved as { finished: string; answers: ReturnType<Answers['save']> };
    this.#finished.load(finished);
    this.#answers.load(answers);
  }
}

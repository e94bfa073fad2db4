/**
 * What happens when. In a simulation time is virtual and nothing happens by itself: the test steps. With a real clock the
 * same tasks run by themselves.
 */

/** Time as an input (law 8); the shape that the owners of logs take, too. */
export interface BusClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms`; the returned function cancels it. */
  schedule(ms: number, run: () => void): () => void;
}

interface Task {
  at: number;
  order: number;
  /** Timers wait for time to pass; everything else is a message on its way. */
  readonly timer: boolean;
  run: (() => void) | undefined;
}

export class Scheduler implements BusClock {
  readonly #heap: Task[] = [];
  readonly #real: BusClock | undefined;
  #now: number;
  #order = 0;
  #messages = 0;

  constructor(startAt: number, real?: BusClock) {
    this.#now = startAt;
    this.#real = real;
  }

  now(): number {
    return this.#real?.now() ?? this.#now;
  }

  /** Messages on their way; timers do not count. */
  get messages(): number {
    return this.#messages;
  }

  schedule(ms: number, run: () => void): () => void {
    return this.#add(ms, run, true);
  }

  /** Schedules a message. */
  post(ms: number, run: () => void): void {
    this.#add(ms, run, false);
  }

  #add(ms: number, run: () => void, timer: boolean): () => void {
    if (this.#real !== undefined) return this.#real.schedule(ms, run);
    const task: Task = { at: this.#now + Math.max(0, ms), order: this.#order++, timer, run };
    if (!timer) this.#messages++;
    this.#heap.push(task);
    this.#up(this.#heap.length - 1);
    return () => {
      task.run = undefined;
    };
  }

  /** When the next task is due. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Runs the next task, the time being its time from then on. False if there is none. */
  runNext(): boolean {
    this.#dropCancelled();
    const task = this.#pop();
    if (task === undefined) return false;
    this.#now = Math.max(this.#now, task.at);
    if (!task.timer) this.#messages--;
    const { run } = task;
    task.run = undefined;
    run?.();
    return true;
  }

  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
  }

  #before(a: Task, b: Task): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #up(from: number): void {
    const heap = this.#heap;
    let child = from;
    const task = heap[child];
    if (task === undefined) return;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !this.#before(task, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = task;
  }

  #pop(): Task | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const task = heap.pop();
    if (first === undefined || task === undefined || heap.length === 0) return first;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && this.#before(right, below)) {
        below = right;
        child++;
      }
      if (!this.#before(below, task)) break;
      heap[parent] = below;
      parent = child;
    }
    heap[parent] = task;
    return first;
  }
}

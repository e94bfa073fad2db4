import type { DerivedIndex, DueTimer } from '../../../src/log/index.js';

export interface Timed {
  readonly due: number | null;
  readonly done: boolean;
}

/** Timers that are set and streams that are finished, both by stream: undone exactly by the swapped move. */
export class TimersAndFinished implements DerivedIndex<Timed> {
  readonly due = new Map<string, number>();
  readonly finished = new Set<string>();

  moved(streamId: string, before: Timed | undefined, after: Timed | undefined): void {
    if (before?.due != null) this.due.delete(streamId);
    if (before?.done === true) this.finished.delete(streamId);
    if (after?.due != null) this.due.set(streamId, after.due);
    if (after?.done === true) this.finished.add(streamId);
  }

  next(): DueTimer | undefined {
    let first: DueTimer | undefined;
    for (const [streamId, dueAt] of this.due) {
      const earlier = dueAt - (first?.dueAt ?? Infinity);
      if (earlier < 0 || (earlier === 0 && streamId < (first?.streamId ?? '')))
        first = { streamId, timer: 'LEASE', dueAt };
    }
    return first;
  }
}

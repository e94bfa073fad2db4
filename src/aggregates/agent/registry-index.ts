import type { DerivedIndex, DueTimer } from '../../log/domain.js';
import type { RegistryValue } from './state.js';

const staleAtOf = (value: RegistryValue | undefined): number | null =>
  value?.kind === 'agent' && !value.retired && !value.left ? value.staleAt : null;

/** How many agents there are, retired ones included, and which of them is the first to leave. */
export class RegistryIndex implements DerivedIndex<RegistryValue> {
  #agents = 0;
  readonly #staleAt = new Map<string, number>();
  /** The earliest, while it is known: agents are at most some thousands, and timers change rarely. */
  #earliest: DueTimer | undefined;
  #isKnown = true;

  get agents(): number {
    return this.#agents;
  }

  moved(streamId: string, before: RegistryValue | undefined, after: RegistryValue | undefined): void {
    this.#agents += Number(after?.kind === 'agent') - Number(before?.kind === 'agent');
    const [was, is] = [staleAtOf(before), staleAtOf(after)];
    if (was === is) return;
    if (is === null) this.#staleAt.delete(streamId);
    else this.#staleAt.set(streamId, is);
    if (this.#earliest?.streamId === streamId) this.#isKnown = false;
    else if (is !== null && this.#isKnown) this.#earliest = earlier(this.#earliest, streamId, is);
  }

  nextTimer(): DueTimer | undefined {
    if (!this.#isKnown) {
      this.#earliest = undefined;
      for (const [streamId, dueAt] of this.#staleAt)
        this.#earliest = earlier(this.#earliest, streamId, dueAt);
      this.#isKnown = true;
    }
    return this.#earliest;
  }
}

/** Ties are broken by id: the answer depends on the entries alone. */
const earlier = (known: DueTimer | undefined, streamId: string, dueAt: number): DueTimer =>
  known !== undefined && (known.dueAt < dueAt || (known.dueAt === dueAt && known.streamId < streamId))
    ? known
    : { streamId, timer: 'DEADLINE', dueAt };

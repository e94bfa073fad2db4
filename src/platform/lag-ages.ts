/** Looks kept per partition: more are thinned out. */
const MOST_LOOKS = 256;

interface Look {
  readonly at: number;
  readonly end: number;
}

/**
 * How long the oldest record not read has been known of. The time since a partition was last seen at its end would grow
 * for ever under steady load, however fast the reader is.
 */
export class LagAges {
  readonly #looks = new Map<string, Look[]>();

  constructor(private readonly now: () => number) {}

  /** Milliseconds; 0 when nothing is behind, or what is behind is seen for the first time. */
  see(key: string, position: number, end: number): number {
    const at = this.now();
    const looks = (this.#looks.get(key) ?? []).filter((look) => look.end > position);
    if (end <= position) {
      this.#looks.delete(key);
      return 0;
    }
    if (looks.at(-1)?.end !== end) looks.push({ at, end });
    if (looks.length > MOST_LOOKS) looks.splice(1, looks.length - MOST_LOOKS);
    this.#looks.set(key, looks);
    return at - (looks[0]?.at ?? at);
  }
}

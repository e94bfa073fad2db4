import type { Row } from './table.js';

/**
 * The rows of one partition that are likely to change again, as committed. Bounded: the row unused longest goes first. It is
 * believed only as long as every compare-and-set succeeds; after a lost one it is thrown away.
 */
export class RowCache {
  readonly #rows = new Map<string, Row>();

  constructor(private readonly maxRows = 4096) {}

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  set(key: string, row: Row): void {
    this.#rows.delete(key);
    if (this.#rows.size >= this.maxRows) {
      const oldest = this.#rows.keys().next();
      if (oldest.done !== true) this.#rows.delete(oldest.value);
    }
    this.#rows.set(key, row);
  }

  delete(key: string): void {
    this.#rows.delete(key);
  }
}

/** Conditions with their parameters; values never become part of the SQL text. */
export class Where {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  /** Registers a parameter and returns its placeholder. */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  and(condition: string): void {
    this.#conditions.push(condition);
  }

  toString(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`;
  }
}

export const MAX_LIMIT = 1000;

/** A page is never longer than 1000 rows (law 13). Throws `BAD_LIMIT`. */
export const limitOf = (limit: number | undefined, standard: number): number => {
  if (limit === undefined) return standard;
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new Error(`BAD_LIMIT: expected a whole number from 1 to ${MAX_LIMIT}, found ${limit}`);
};

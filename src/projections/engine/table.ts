/** What a column holds. Whole numbers only (counts, micros, offsets): sums of floats depend on their order. */
export type ColumnType = 'text' | 'bigint' | 'jsonb' | 'bytea' | 'boolean';

/** A value of a row as the folds hold it; `jsonb` columns hold any JSON value. */
export type Cell = string | number | boolean | Buffer | object | null;

/** A row by column name. */
export type Row = Readonly<Record<string, Cell>>;

/** A row that belongs to the batch being folded. */
export type DraftRow = Record<string, Cell>;

export interface Index {
  /** Unique within the table; the version is added to it. */
  readonly name: string;
  /** What follows `ON <table>`, e.g. `(agent_id) WHERE state = 'executing'`. */
  readonly on: string;
}

/** A table of a projection, whatever its version. */
export interface Table {
  /** Without the version: `tasks_rows` becomes `tasks_rows_v1`. */
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly key: readonly string[];
  readonly indexes: readonly Index[];
}

/** The name of one version of a table. */
export const versioned = (table: Table, version: number): string => `${table.name}_v${version}`;

/** Bounds what may become a key: an index entry of PostgreSQL ends at 2704 bytes. */
export const MAX_KEY_BYTES = 1024;

const keyPart = (value: Cell | undefined): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new Error(`NO_KEY: expected text or a number as a key, found ${typeof value}`);
};

/** The key of a row as one string, for maps. Throws `KEY_TOO_LONG`, `NO_KEY`. */
export const keyText = (table: Table, row: Row): string => {
  const [only] = table.key;
  const text =
    table.key.length === 1 && only !== undefined
      ? keyPart(row[only])
      : table.key.map((column) => keyPart(row[column])).join('\u0000');
  if (text.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES)
    throw new Error(`KEY_TOO_LONG: expected a key of at most ${MAX_KEY_BYTES} bytes in ${table.name}`);
  return text;
};

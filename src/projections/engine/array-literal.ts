import type { Cell, ColumnType, Row } from './table.js';

/**
 * One column of many rows as an array literal of PostgreSQL. Written by hand, for it is the hot path of every batch and the
 * driver's general serialiser costs as much as the fold.
 */
export const arrayLiteral = (rows: readonly Row[], column: string, type: ColumnType): string => {
  const write = WRITERS[type];
  let text = '{';
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]?.[column] ?? null;
    if (i > 0) text += ',';
    text += value === null ? 'NULL' : write(value);
  }
  return `${text}}`;
};

const quoted = (text: string): string => `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;

/** PostgreSQL has no NUL in text; what an agent sends is hostile bytes, and must not stop a projection. */
export const withoutNul = (text: string): string =>
  text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;

/** What PostgreSQL itself would say to such a value (`numeric_value_out_of_range`). */
const OUT_OF_RANGE = '22003';

const plain = (value: Cell): string => {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw Object.assign(new Error(`expected a whole number, found ${value}`), { code: OUT_OF_RANGE });
  return typeof value === 'number' ? value.toString() : JSON.stringify(value);
};

const json = (value: Cell): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? withoutNul(inner) : inner));

const WRITERS: Readonly<Record<ColumnType, (value: Cell) => string>> = {
  text: (value) => quoted(withoutNul(value as string)),
  bigint: plain,
  boolean: plain,
  jsonb: (value) => quoted(json(value)),
  bytea: (value) => `"\\\\x${(value as Buffer).toString('hex')}"`,
};

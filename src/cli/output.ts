import { styleText } from 'node:util';
import { CliError, FAILED, failureOf, oneLine, withoutPasswords } from './failure.js';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

const isColoured = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';

/** Colours on a terminal only, and not with NO_COLOR. */
export const paint = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  isColoured(stream) ? styleText(style, text) : text;

// Titles, reasons and output of agents are hostile bytes: an escape sequence in them would drive the terminal.
// eslint-disable-next-line no-control-regex -- exactly these are taken out
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;
export const printable = (text: string): string => text.replace(CONTROL, '\ufffd');

/** C1 controls are legal in JSON and drive some terminals. Escaped they are the same JSON, so that a signature still holds. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** One JSON document, or one item of a list: a line on stdout. */
export const json = (value: unknown): void => {
  process.stdout.write(`${jsonText(plainData(value))}\n`);
};

/** A line for people on stdout. */
export const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** Everything that is not the answer: on stderr. */
export const note = (line: string): void => {
  process.stderr.write(`${printable(withoutPasswords(line))}\n`);
};

export const showError = (error: unknown, asJson: boolean): void => {
  const failure = failureOf(error);
  if (asJson) process.stderr.write(`${jsonText({ error: failure })}\n`);
  else note(`${paint('red', 'error', process.stderr)} ${oneLine(failure)}`);
  if (process.env['ARBITER_DEBUG'] && error instanceof Error) note(error.stack ?? '');
};

export const exitOf = (error: unknown): number => (error instanceof CliError ? error.exit : FAILED);

/** Bytes as text: digests (32 bytes) in hex, everything else in base64. Maps become objects. */
export const plainData = (value: unknown): unknown => {
  if (Buffer.isBuffer(value) || value instanceof Uint8Array)
    return Buffer.from(value).toString(value.length === 32 ? 'hex' : 'base64');
  if (value instanceof Map) return plainData(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plainData);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainData(inner)]));
};

/** Keys of one object in snake_case; keys further inside may be data and stay. */
export const snake = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );

/** µs since the epoch → RFC 3339 with microseconds; null stays null. */
export const instant = (micros: number | null): string | null => {
  if (micros === null) return null;
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
};

/** For tables: seconds are enough for people. */
export const moment = (micros: number | null): string =>
  micros === null ? '' : new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ');

const STYLES: Readonly<Record<string, Style>> = {
  completed: 'green',
  PASSED: 'green',
  ready: 'green',
  ok: 'green',
  AVAILABLE: 'green',
  failed: 'red',
  rejected: 'red',
  FAILED: 'red',
  error: 'red',
  'not answering': 'red',
  stopped: 'red',
  cancelled: 'yellow',
  warning: 'yellow',
};

/** A word that says how things stand, in its colour. */
export const mood = (word: string): string => {
  const style = STYLES[word];
  return style === undefined ? word : paint(style, word);
};

type Cell = string | number | null | undefined;
const LONGEST_CELL = 100;

const cellOf = (cell: Cell): string => {
  const text = printable(String(cell ?? '')).replace(/\s+/gu, ' ');
  return mood(text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text);
};

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table for people on stdout. */
export const table = async (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  nothing = 'none',
): Promise<void> => {
  if (rows.length === 0) {
    print(paint('dim', nothing));
    return;
  }
  const { default: Table } = await import('cli-table3');
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };
  const made = new Table({ head: head.map((word) => paint('bold', word)), chars: NO_LINES, style });
  for (const row of rows) made.push(row.map(cellOf));
  for (const line of made.toString().split('\n')) print(line.trimEnd());
};

/** Name and value, one a line. */
export const facts = (pairs: readonly (readonly [string, Cell])[]): void => {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown)
    print(`${paint('dim', name.padEnd(width))}  ${mood(printable(String(value)))}`);
};

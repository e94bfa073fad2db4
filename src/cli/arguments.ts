import { InvalidArgumentError } from 'commander';

/** Parsers of option values: each says what it expected and what it found. Commander names the option. */
export const refuse = (expected: string, found: string): never => {
  throw new InvalidArgumentError(`expected ${expected}, found ${JSON.stringify(found.slice(0, 80))}.`);
};

export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : refuse(`a whole number from ${least} to ${most}`, text);
  };

/** A part of a whole, 0 to 1. */
export const share = (text: string): number => {
  const value = /^\d?\.?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 1 ? value : refuse('a number from 0 to 1', text);
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `90s`, `10m`, `2h`, `1d` → milliseconds, more than 0. */
export const duration = (text: string): number => {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const value = match === null ? 0 : Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0));
  return value > 0 ? value : refuse('a duration such as 90s, 10m, 2h or 1d', text);
};

const LAST_INSTANT = Date.UTC(9999, 11, 31);

/** An instant (ISO 8601 with its zone) or `+2h` from now → µs since the epoch. */
export const deadline = (text: string, now: number = Date.now()): number => {
  const expected = 'an instant such as 2030-01-31T12:00:00Z, or a time from now such as +2h';
  if (text.startsWith('+')) {
    try {
      const at = now + duration(text.slice(1));
      return at <= LAST_INSTANT ? at * 1000 : refuse(expected, text);
    } catch {
      return refuse(expected, text);
    }
  }
  const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$/.test(text);
  // The parser moves a day that the calendar does not have to the next month (D-18).
  const inCalendar = new Date(text.slice(0, 10)).getUTCDate() === Number(text.slice(8, 10));
  const at = zoned && inCalendar ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? refuse(expected, text) : at * 1000;
};

/** US dollars → millionths. */
export const dollars = (text: string): number => {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1e6) : Number.NaN;
  return Number.isNaN(value) ? refuse('an amount in US dollars such as 2.50', text) : value;
};

/** For options given several times. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `key=value`, given several times. A key given twice is an error: one of the two would be lost. */
export const pairs = (
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const at = text.indexOf('=');
  if (at < 1) return refuse('key=value', text);
  const key = text.slice(0, at);
  if (Object.hasOwn(before, key)) return refuse(`${key} once`, text);
  return Object.fromEntries([...Object.entries(before), [key, text.slice(at + 1)]]);
};

/** A comma-separated list of words; empty ones are errors. */
export const words = (text: string): readonly string[] => {
  const list = text.split(',').map((word) => word.trim());
  return list.includes('') ? refuse('words separated by commas', text) : list;
};

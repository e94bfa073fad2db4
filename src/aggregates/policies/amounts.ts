import { DIMENSIONS } from './clause-rules.js';

/** Whole numbers by dimension: files, lines, points. What is not named is zero. */
export type Amount = Readonly<Record<string, number>>;

/** Upper bounds of what one waiver may allow (D-21). */
export const MOST_AMOUNT: Amount = { files: 10_000, lines: 1_000_000, points: 10_000 };

const of = (amount: Amount, dimension: string): number =>
  Object.hasOwn(amount, dimension) ? (amount[dimension] ?? 0) : 0;

const made = (value: (dimension: string) => number): Amount =>
  Object.fromEntries(DIMENSIONS.map((d) => [d, value(d)] as const).filter(([, n]) => n > 0));

export const least = (a: Amount, b: Amount): Amount => made((d) => Math.min(of(a, d), of(b, d)));
export const minus = (a: Amount, b: Amount): Amount => made((d) => Math.max(0, of(a, d) - of(b, d)));
export const plus = (a: Amount, b: Amount): Amount => made((d) => of(a, d) + of(b, d));
export const isNothing = (amount: Amount): boolean => DIMENSIONS.every((d) => of(amount, d) === 0);
export const isWithin = (a: Amount, most: Amount): boolean =>
  DIMENSIONS.every((d) => of(a, d) <= of(most, d));

/** What is wrong with an amount as given; undefined: nothing. */
export const amountProblem = (amount: Amount, measures: readonly string[]): string | undefined => {
  for (const [dimension, value] of Object.entries(amount)) {
    if (!measures.includes(dimension)) {
      const may = measures.length === 0 ? 'none: the clause has no measure' : measures.join(', ');
      return `amount.${dimension.slice(0, 32)}: expected ${may}`;
    }
    const most = of(MOST_AMOUNT, dimension);
    if (!Number.isInteger(value) || value < 1 || value > most)
      return `amount.${dimension}: expected 1 to ${most}, found ${value}`;
  }
  if (measures.length > 0 && Object.keys(amount).length === 0)
    return `amount: expected at least one of ${measures.join(', ')}; without an amount nothing would be allowed`;
  return undefined;
};

/** For people: `40 lines, 2.5 points`. */
export const showAmount = (amount: Amount): string =>
  DIMENSIONS.filter((d) => of(amount, d) > 0)
    .map((d) => `${d === 'points' ? of(amount, d) / 100 : of(amount, d)} ${d}`)
    .join(', ');

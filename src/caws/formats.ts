/** Formats that CAWS checks the same way in specs, waivers and events. */

/** An upper-case id that ends in a number: `FEAT-12`, `CAWS-FIX-3a`. */
export const SPEC_ID = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/;

/** A waiver's id: as a spec's, with at most one letter behind the number. */
export const WAIVER_ID = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]?$/;

export const HASH = /^sha256:[0-9a-f]{64}$/;
export type Hash = `sha256:${string}`;

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

export function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && HASH.test(value);
}

export function isSpecId(value: unknown): value is string {
  return typeof value === 'string' && SPEC_ID.test(value);
}

/** An ISO 8601 date and time with a zone, by its shape alone: `2026-02-30T00:00:00Z` has it too. */
export function hasMomentShape(value: unknown): value is string {
  return typeof value === 'string' && MOMENT.test(value);
}

/** Milliseconds since the epoch, or null: never NaN, which is neither before nor after any moment (D-18). */
export function momentOf(value: unknown): number | null {
  if (!hasMomentShape(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What was found, for a message: quoted and short. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length <= 80 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 77))}...`;
    case 'number':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'a list' : 'a mapping';
    default:
      return `a ${typeof value}`;
  }
}

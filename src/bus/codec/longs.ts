import avsc from 'avsc';

/**
 * What a long may be. avsc's zig-zag works in doubles: it writes negatives beyond -2^52 with the wrong sign, without a word.
 * What can be read is what can be written, so that no report of a stranger can poison the fact made from it.
 */
export const MAX_LONG = Number.MAX_SAFE_INTEGER - 1;
export const MIN_LONG = -(2 ** 52);
export const LONG_RANGE = 'a whole number from -2^52 to 2^53-2';

export const isExactLong = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) <= MAX_LONG && (value as number) >= MIN_LONG;

type Hook = ((found: unknown, type: unknown) => void) | undefined;

class ExactLong extends avsc.types.LongType {
  _check(value: unknown, _flags: unknown, hook: Hook): boolean {
    const exact = isExactLong(value);
    if (!exact && hook) hook(value, this);
    return exact;
  }
}

const EXACT_LONG = new ExactLong();

/** avsc's `typeHook`: every long is an exact one, logical types included (micros stay plain numbers). */
export const exactLongs = (schema: unknown): avsc.Type | undefined =>
  schema === 'long' || (schema as { type?: unknown }).type === 'long' ? EXACT_LONG : undefined;

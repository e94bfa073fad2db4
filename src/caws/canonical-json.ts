/** Rules of {@link canonicalJson}, as CAWS names them; the last one is ours. */
export type CanonicalRule =
  | 'evidence.canonical.non_finite_number'
  | 'evidence.canonical.unsupported_type'
  | 'evidence.canonical.circular_reference'
  | 'arbiter.canonical.too_deep';

/** A value that has no canonical form. `path` names the place: `data.items[3].n`, or `<root>`. */
export class CanonicalError extends Error {
  readonly path: string;

  constructor(
    readonly rule: CanonicalRule,
    what: string,
    trail: readonly (string | number)[],
  ) {
    const path = render(trail);
    super(`${what} at ${path}`);
    // CAWS' name for it, by which callers of its kernel recognise the error.
    this.name = 'EvidenceCanonicalError';
    this.path = path;
  }
}

/** Events come from strangers: a value nested deeper than this is refused before the stack is. */
const MAX_DEPTH = 512;

/**
 * The one text of a JSON value: keys sorted by UTF-16 code unit, no spaces, keys without a value left out, empty slots of arrays
 * `null`. It is what `event_hash` is taken over, so two equal events have equal bytes.
 * @throws CanonicalError for NaN, infinities, functions, symbols, bigints, cycles and a lone `undefined`: JSON.stringify would
 * drop or replace them silently.
 */
export function canonicalJson(value: unknown): string {
  return encode(value, '', [], new Set());
}

type Trail = (string | number)[];

function encode(value: unknown, within: string, trail: Trail, open: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw new CanonicalError('evidence.canonical.non_finite_number', `non-finite number ${value}`, trail);
    case 'object':
      return value === null ? 'null' : encodeObject(value, trail, open);
    default:
      throw new CanonicalError(
        'evidence.canonical.unsupported_type',
        `unsupported type ${typeof value}${within}`,
        trail,
      );
  }
}

function encodeObject(value: object, trail: Trail, open: Set<object>): string {
  if (open.has(value)) {
    throw new CanonicalError('evidence.canonical.circular_reference', 'circular reference', trail);
  }
  if (open.size >= MAX_DEPTH) {
    throw new CanonicalError('arbiter.canonical.too_deep', `deeper than ${MAX_DEPTH} levels`, trail);
  }
  open.add(value);
  const text = Array.isArray(value) ? encodeArray(value, trail, open) : encodeRecord(value, trail, open);
  open.delete(value);
  return text;
}

function encodeArray(items: readonly unknown[], trail: Trail, open: Set<object>): string {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    trail.push(i);
    parts.push(items[i] === undefined ? 'null' : encode(items[i], ' in array element', trail, open));
    trail.pop();
  }
  return `[${parts.join(',')}]`;
}

function encodeRecord(record: object, trail: Trail, open: Set<object>): string {
  const parts: string[] = [];
  for (const key of Object.keys(record).sort()) {
    const value = (record as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const name = JSON.stringify(key);
    trail.push(key);
    parts.push(`${name}:${encode(value, ` for property ${name}`, trail, open)}`);
    trail.pop();
  }
  return `{${parts.join(',')}}`;
}

function render(trail: readonly (string | number)[]): string {
  const path = trail.reduce<string>((at, step) => {
    if (typeof step === 'number') return `${at}[${step}]`;
    return at === '' ? step : `${at}.${step}`;
  }, '');
  return path === '' ? '<root>' : path;
}

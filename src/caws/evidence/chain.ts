import { CanonicalError } from '../canonical-json.js';
import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { isHash, isRecord, shown } from '../formats.js';
import type { Checked } from '../result.js';
import { refuse } from '../result.js';
import type { ChainedEvent } from './event.js';
import { computeEventHash } from './event-hash.js';

/** A line as it was read: nothing about it is known yet. */
type Line = Readonly<Record<string, unknown>>;

/**
 * Checks that a log is whole, in the order given (`evidence.chain.*`): all violations, since one must not hide the next.
 * Such a chain shows a change, a gap and a swap, but not a tail that was cut off nor a log that was written anew: for that,
 * compare `seq` and `event_hash` of the end with what was signed elsewhere.
 */
export function verifyChain(events: readonly ChainedEvent[]): Checked<readonly ChainedEvent[]> {
  const lines: readonly unknown[] = events;
  const seen = new Set<number>();
  const errors: Diagnostic[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (!isRecord(line)) {
      errors.push(at(i, '', 'event.envelope_invalid', `found ${shown(line)}`, 'Restore the line.'));
      continue;
    }
    const last = lines[i - 1];
    const before = i === 0 ? null : isRecord(last) ? last : undefined;
    errors.push(...seqRules(line, before, i, seen), ...linkRules(line, before, i), ...hashRules(line, i));
  }
  return errors.length > 0 ? refuse(...errors) : { ok: true, value: events };
}

function seqRules(
  { seq }: Line,
  before: Line | null | undefined,
  index: number,
  seen: Set<number>,
): Diagnostic[] {
  const wrong = (rule: string, message: string): Diagnostic =>
    at(index, '/seq', `chain.seq_${rule}`, message, 'Restore the log from a copy that verifies.');
  if (typeof seq !== 'number' || !Number.isInteger(seq)) {
    return [wrong('not_integer', `seq must be a whole number; found ${shown(seq)}`)];
  }
  if (seq < 1) return [wrong('not_positive', `seq begins with 1; found ${seq}`)];
  const found: Diagnostic[] = [];
  if (seen.has(seq)) found.push(wrong('duplicate', `seq ${seq} occurs before`));
  seen.add(seq);
  const last = before === null ? 0 : before?.seq;
  if (typeof last === 'number' && Number.isInteger(last) && seq !== last + 1) {
    found.push(wrong('gap', `seq must be ${last + 1}; found ${seq}`));
  }
  return found;
}

function linkRules({ prev_hash }: Line, before: Line | null | undefined, index: number): Diagnostic[] {
  const wrong = (rule: string, message: string): Diagnostic[] => [
    at(index, '/prev_hash', `chain.${rule}`, message, 'Restore the log from a copy that verifies.'),
  ];
  if (before === null) {
    const message = `the first event must have the prev_hash null; found ${shown(prev_hash)}`;
    return prev_hash === null ? [] : wrong('genesis_prev_hash_not_null', message);
  }
  if (prev_hash === null)
    return wrong('non_genesis_prev_hash_null', 'only the first event has the prev_hash null');
  if (!isHash(prev_hash))
    return wrong('prev_hash_malformed', `prev_hash is no hash; found ${shown(prev_hash)}`);
  const expected = before?.event_hash;
  if (!isHash(expected) || prev_hash === expected) return [];
  return wrong(
    'prev_hash_mismatch',
    `prev_hash must be ${expected}, the hash of the event before; found ${prev_hash}`,
  );
}

function hashRules(line: Line, index: number): Diagnostic[] {
  const wrong = (rule: string, message: string): Diagnostic[] => [
    at(
      index,
      '/event_hash',
      `chain.event_hash_${rule}`,
      message,
      'Restore the event from a copy that verifies.',
    ),
  ];
  const { event_hash } = line;
  if (!isHash(event_hash)) return wrong('malformed', `event_hash is no hash; found ${shown(event_hash)}`);
  try {
    const computed = computeEventHash(line);
    return computed === event_hash
      ? []
      : wrong('mismatch', `the event hashes to ${computed}; found ${event_hash}`);
  } catch (error) {
    if (!(error instanceof CanonicalError)) throw error;
    return wrong('mismatch', `the event cannot be hashed: ${error.message}`);
  }
}

function at(index: number, field: string, rule: string, message: string, repair: string): Diagnostic {
  return errorAt(`evidence.${rule}`, `event ${index}: ${message}`, { pointer: `/${index}${field}` }, repair);
}

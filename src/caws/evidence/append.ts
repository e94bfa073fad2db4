import { CanonicalError } from '../canonical-json.js';
import { errorAt } from '../diagnostic.js';
import { isHash, shown } from '../formats.js';
import type { Checked } from '../result.js';
import { refuse } from '../result.js';
import type { ChainedEvent } from './event.js';
import { validateEventBody } from './event-body.js';
import { computeEventHash } from './event-hash.js';

/**
 * The event that follows `previous` (null before the first) and says `body`. The same arguments give the same event: no clock, no
 * chance.
 */
export function prepareAppend(previous: ChainedEvent | null, body: unknown): Checked<ChainedEvent> {
  const checked = validateEventBody(body);
  if (!checked.ok) return checked;
  const { seq, event_hash } = previous ?? { seq: 0, event_hash: null };
  if (!Number.isInteger(seq) || (previous !== null && seq < 1)) {
    const message = `the event before has the seq ${shown(seq)}`;
    return refuse(
      errorAt(
        'evidence.chain.seq_not_integer',
        message,
        { pointer: '/seq' },
        'Append after an event of the log.',
      ),
    );
  }
  if (event_hash !== null && !isHash(event_hash)) {
    const message = `the event before has the hash ${shown(event_hash)}`;
    return refuse(
      errorAt(
        'evidence.chain.event_hash_malformed',
        message,
        { pointer: '/event_hash' },
        'Append after an event of the log.',
      ),
    );
  }
  const { event, ts, actor, spec_id, data } = checked.value;
  const placed = {
    seq: seq + 1,
    event,
    ts,
    actor,
    ...(spec_id === undefined ? {} : { spec_id }),
    data,
    prev_hash: event_hash,
  };
  try {
    return { ok: true, value: { ...placed, event_hash: computeEventHash(placed) } };
  } catch (error) {
    if (!(error instanceof CanonicalError)) throw error;
    const repair = 'Write numbers, texts, flags, lists and mappings only.';
    return refuse(errorAt(error.rule, error.message, { pointer: '/data' }, repair));
  }
}

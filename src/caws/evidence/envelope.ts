import { HASH, SPEC_ID } from '../formats.js';
import type { Schema } from '../schema-words.js';
import { closed, count, exactly, filled, flag, matching, moment, oneOf } from '../schema-words.js';
import { EVENT_TYPES } from './event-types.js';

const seq = { type: 'integer', minimum: 1 } as const;
const specId = matching(SPEC_ID);
const links = {
  prev_hash: { type: ['string', 'null'], pattern: HASH.source },
  event_hash: matching(HASH),
} as const;

/** A line of the event log (`events.v1`). Which types need a spec_id, and their `data`, are checked beside it. */
export const envelope: Schema = closed(
  {
    seq,
    ts: moment,
    actor: closed(
      { kind: oneOf('human', 'agent', 'system', 'automation'), id: filled },
      { session_id: filled, platform: filled },
    ),
    event: oneOf(...EVENT_TYPES),
    data: { type: 'object' },
    ...links,
  },
  { spec_id: specId },
);

/** The one line of v10 that v12 still reads: the actor is a text and the session stands beside it. */
export const legacyEnvelope: Schema = closed(
  {
    seq,
    ts: moment,
    actor: filled,
    event: exactly('validation_completed'),
    spec_id: specId,
    data: closed(
      { passed: flag },
      {
        compliance_score: { type: 'number', minimum: 0, maximum: 1 },
        grade: oneOf('A', 'B', 'C', 'D', 'F'),
        error_count: count,
        warning_count: count,
      },
    ),
    ...links,
  },
  { session_id: filled },
);

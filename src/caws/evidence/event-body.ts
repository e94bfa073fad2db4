import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { hasMomentShape, isRecord, shown } from '../formats.js';
import type { Checked } from '../result.js';
import { refuse } from '../result.js';
import type { EventBody } from './event.js';
import { actorRules, payloadRules, specIdRules } from './event-fields.js';
import { specIdClassOf } from './event-types.js';

const CHAIN_FIELDS = ['seq', 'prev_hash', 'event_hash'];

/** Checks what a writer wants to append, before it gets its place in the chain; all violations. */
export function validateEventBody(input: unknown): Checked<EventBody> {
  if (!isRecord(input)) {
    const message = `an event must be a mapping; found ${shown(input)}`;
    return refuse(errorAt('evidence.event.envelope_invalid', message, { pointer: '/' }, 'Write a mapping.'));
  }
  const errors = [
    ...CHAIN_FIELDS.filter((field) => field in input).map(placeTaken),
    ...typeRules(input),
    ...timeRules(input.ts),
    ...actorRules(input.actor),
  ];
  return errors.length > 0 ? refuse(...errors) : { ok: true, value: input as unknown as EventBody };
}

function placeTaken(field: string): Diagnostic {
  const message = `${field} is decided by the chain and not by the writer`;
  return errorAt(
    'evidence.event.envelope_invalid',
    message,
    { pointer: `/${field}` },
    `Remove \`${field}\`.`,
  );
}

function typeRules({ event, spec_id, data }: Readonly<Record<string, unknown>>): Diagnostic[] {
  if (typeof event !== 'string' || specIdClassOf(event) === null) {
    const message = `no such type of event: ${shown(event)}`;
    return [
      errorAt('evidence.event.unknown_type', message, { pointer: '/event' }, 'Write a type of CAWS v12.'),
    ];
  }
  const missing = errorAt(
    'evidence.event.data_missing',
    'the event has no data',
    { pointer: '/data' },
    'Write `data: {}` where there is nothing to say.',
  );
  return [...specIdRules(event, spec_id), ...(data === undefined ? [missing] : payloadRules(event, data))];
}

function timeRules(ts: unknown): Diagnostic[] {
  if (hasMomentShape(ts)) return [];
  const repair = 'Write a time with a zone, such as 2026-01-31T12:00:00Z.';
  return [
    errorAt('evidence.event.timestamp_invalid', 'ts is no time with a zone', { pointer: '/ts' }, repair),
  ];
}

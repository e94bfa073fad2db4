import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { isRecord, shown } from '../formats.js';
import type { Checked } from '../result.js';
import { refuse } from '../result.js';
import { compileShape, pointerOf, wordingOf } from '../shape.js';
import { envelope, legacyEnvelope } from './envelope.js';
import type { ChainedEvent } from './event.js';
import { actorRules, payloadRules, specIdRules } from './event-fields.js';

let current: ValidateFunction | undefined;
let legacy: ValidateFunction | undefined;

/**
 * Checks one line of the log: the envelope with its place in the chain, and everything a body must be. Whether the hashes are
 * right is `verifyChain`'s question. A v10 line `validation_completed` is read as it stands, since its hash is of those bytes.
 */
export function validateChainedEvent(input: unknown): Checked<ChainedEvent> {
  if (!isRecord(input)) {
    const message = `an event must be a mapping; found ${shown(input)}`;
    return refuse(errorAt('evidence.event.envelope_invalid', message, { pointer: '/' }, 'Write a mapping.'));
  }
  const errors = input.event === 'validation_completed' ? legacyRules(input) : rules(input);
  return errors.length > 0 ? refuse(...errors) : { ok: true, value: input as unknown as ChainedEvent };
}

function rules(input: Readonly<Record<string, unknown>>): Diagnostic[] {
  const { event, spec_id, actor, data } = input;
  const typed = typeof event === 'string';
  return [
    ...shapeErrors((current ??= compileShape(envelope)), input),
    ...(typed ? specIdRules(event, spec_id) : []),
    ...(actor === undefined ? [] : actorRules(actor)),
    ...(typed && data !== undefined ? payloadRules(event, data) : []),
  ];
}

function legacyRules(input: Readonly<Record<string, unknown>>): Diagnostic[] {
  return [
    ...shapeErrors((legacy ??= compileShape(legacyEnvelope)), input),
    ...specIdRules('spec_validated', input.spec_id),
  ];
}

function shapeErrors(check: ValidateFunction, input: unknown): Diagnostic[] {
  if (check(input)) return [];
  return (check.errors ?? []).map((error) => {
    const { message, repair } = wordingOf(error);
    return errorAt(`evidence.${ruleOf(error)}`, message, { pointer: pointerOf(error) }, repair);
  });
}

const RULES: Readonly<Record<string, string>> = {
  '/event enum': 'event.unknown_type',
  '/spec_id pattern': 'event.spec_id_invalid',
  '/actor required': 'actor.missing',
  '/actor/kind enum': 'actor.kind_invalid',
  '/seq type': 'chain.seq_not_integer',
  '/seq minimum': 'chain.seq_not_positive',
  '/prev_hash pattern': 'chain.prev_hash_malformed',
  '/event_hash pattern': 'chain.event_hash_malformed',
};

const RULES_OF_PLACES: Readonly<Record<string, string>> = {
  '/ts': 'event.timestamp_invalid',
  '/actor/id': 'actor.id_empty',
  '/actor/session_id': 'actor.session_id_empty',
  '/actor/platform': 'actor.platform_empty',
};

function ruleOf({ instancePath: at, keyword }: ErrorObject): string {
  if (at.startsWith('/data')) return 'event.payload_invalid';
  return RULES[`${at} ${keyword}`] ?? RULES_OF_PLACES[at] ?? 'event.envelope_invalid';
}

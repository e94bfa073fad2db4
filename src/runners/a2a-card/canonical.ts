import { canonicalJson } from '../../caws/canonical-json.js';
import type { AgentCard } from './schema.js';

/** JSON as the canonical forms see it. */
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

/**
 * Fields that A2A 1.0 marks REQUIRED, or whose presence its protocol buffer tells apart (`optional`): they stay in the signed
 * form whatever they hold; all others stay only where they differ from their default (A2A 1.0 section 8.4.1).
 */
const KEPT: ReadonlySet<string> = new Set([
  ...['name', 'description', 'supportedInterfaces', 'version', 'documentationUrl', 'capabilities'],
  ...[
    'defaultInputModes',
    'defaultOutputModes',
    'skills',
    'iconUrl',
    'provider',
    'streaming',
    'pushNotifications',
  ],
  ...['extendedAgentCard', 'skillQuery'],
]);
const KEPT_IN_SKILL: ReadonlySet<string> = new Set(['id', 'name', 'description', 'tags']);
const KEPT_IN_INTERFACE: ReadonlySet<string> = new Set(['url', 'protocolBinding', 'protocolVersion']);
const KEPT_IN_PROVIDER: ReadonlySet<string> = new Set(['url', 'organization']);
const KEPT_IN_EXTENSION: ReadonlySet<string> = new Set(['params']);

const without = (value: Json, kept: ReadonlySet<string>): Json =>
  Object.fromEntries(Object.entries(value).filter(([key, inner]) => kept.has(key) || !isEmpty(inner)));

const each = (value: unknown, change: (item: Json) => Json): unknown =>
  Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? change(item) : item)) : value;

/** As section 8.4.1 says: required fields and those with presence stay, other defaults go. */
const asSpecified = (card: Json): Json => {
  const capabilities = isObject(card['capabilities'])
    ? without(
        {
          ...card['capabilities'],
          extensions: each(card['capabilities']['extensions'] ?? [], (one) =>
            without(one, KEPT_IN_EXTENSION),
          ),
        },
        KEPT,
      )
    : card['capabilities'];
  const provider = card['provider'];
  return without(
    {
      ...card,
      capabilities,
      supportedInterfaces: each(card['supportedInterfaces'], (one) => without(one, KEPT_IN_INTERFACE)),
      skills: each(card['skills'], (one) => without(one, KEPT_IN_SKILL)),
      ...(isObject(provider) ? { provider: without(provider, KEPT_IN_PROVIDER) } : {}),
    },
    KEPT,
  );
};

/** Booleans without presence: false is the same as nothing. */
const PLAIN_BOOLEANS: ReadonlySet<string> = new Set(['required', 'pkceRequired']);

/** As the Python SDK signs: everything empty goes, at every depth, required or not. */
const withoutEmpty = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) {
    const kept = value.map((item: unknown) => withoutEmpty(item)).filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (isObject(value)) {
    const kept = Object.entries(value)
      .map(([name, inner]) => [name, withoutEmpty(inner, name)] as const)
      .filter(([, inner]) => inner !== undefined && inner !== null);
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
  return value === '' || (value === false && PLAIN_BOOLEANS.has(key)) ? undefined : value;
};

/** RFC 8785: for parsed JSON, our canonical text is that. */
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));

/** The payload that we sign: A2A 1.0 section 8.4.1, RFC 8785. */
export const signedForm = (card: AgentCard): Uint8Array => {
  const { signatures: _signatures, ...rest } = card;
  return bytesOf(asSpecified(rest));
};

/**
 * The payloads that a signature may be of. Signers differ in which defaults they leave out; all forms of a card say the same, so
 * a signature of any of them is one of the card.
 */
export const signedForms = (card: AgentCard): readonly Uint8Array[] => {
  const { signatures: _signatures, ...rest } = card;
  return [asSpecified(rest), withoutEmpty(rest), rest].map(bytesOf);
};

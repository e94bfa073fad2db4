import { z } from 'zod';
import { CardError } from './card-error.js';

const text = z.string().max(8192);
const required = text.min(1);
const list = <T extends z.ZodType>(item: T, most = 200): z.ZodArray<T> => z.array(item).max(most);
const struct = z.record(z.string(), z.unknown());

const agentInterface = z.looseObject({
  url: required,
  protocolBinding: required,
  protocolVersion: required,
  tenant: text.optional(),
});

const extension = z.looseObject({
  uri: text.optional(),
  description: text.optional(),
  required: z.boolean().optional(),
  params: struct.optional(),
});

const skill = z.looseObject({
  id: required,
  name: required,
  description: text,
  tags: list(text),
  examples: list(text).optional(),
  inputModes: list(text).optional(),
  outputModes: list(text).optional(),
});

const signature = z.looseObject({ protected: required, signature: required, header: struct.optional() });

/** AgentCard of A2A 1.0, as its protocol buffer says it in JSON. What is not known is kept and takes part in signatures. */
const card = z.looseObject({
  name: required,
  description: text,
  version: text,
  supportedInterfaces: list(agentInterface, 50).min(1),
  provider: z.looseObject({ url: text, organization: text }).optional(),
  documentationUrl: text.optional(),
  iconUrl: text.optional(),
  capabilities: z.looseObject({
    streaming: z.boolean().optional(),
    pushNotifications: z.boolean().optional(),
    extendedAgentCard: z.boolean().optional(),
    extensions: list(extension, 50).optional(),
  }),
  securitySchemes: struct.optional(),
  securityRequirements: z.array(struct).max(50).optional(),
  defaultInputModes: list(text),
  defaultOutputModes: list(text),
  skills: list(skill),
  signatures: list(signature, 20).optional(),
});

export type AgentCard = z.infer<typeof card>;
export type CardSignature = z.infer<typeof signature>;

/** A card is read before anybody is trusted. */
export const MAX_CARD_BYTES = 256 * 1024;
const MAX_DEPTH = 64;

const isTooDeep = (value: unknown, left: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1)));

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new CardError('CARD_NOT_JSON', '/', 'one JSON document in UTF-8', found, 'correct the file');
  }
};

/**
 * An agent card from bytes of a stranger: bounded, and checked before anything else looks at it.
 * @throws CardError CARD_TOO_LARGE, CARD_NOT_JSON, BAD_CARD
 */
export const readCard = (bytes: Uint8Array): AgentCard => {
  if (bytes.byteLength > MAX_CARD_BYTES)
    throw new CardError(
      'CARD_TOO_LARGE',
      '/',
      `at most ${MAX_CARD_BYTES} bytes`,
      `${bytes.byteLength}`,
      'shorten it',
    );
  const value = parsed(bytes);
  if (isTooDeep(value, MAX_DEPTH))
    throw new CardError('BAD_CARD', '/', `at most ${MAX_DEPTH} levels`, 'more', 'flatten it');
  if (typeof value === 'object' && value !== null && 'url' in value && !('supportedInterfaces' in value))
    throw new CardError(
      'BAD_CARD',
      '/supportedInterfaces',
      'an agent card of A2A 1.0',
      'a card of A2A 0.3 (url, without supportedInterfaces)',
      'ask the agent with the header A2A-Version: 1.0',
    );
  const result = card.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = `/${issue?.path.join('/') ?? ''}`;
  throw new CardError(
    'BAD_CARD',
    place,
    'what A2A 1.0 says of an AgentCard',
    issue?.message ?? '',
    `correct ${place}`,
  );
};

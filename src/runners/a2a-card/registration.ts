import { createHash } from 'node:crypto';
import type { RegisterAgent } from '../../events/generated/events.js';
import { CardError } from './card-error.js';
import type { AgentCard } from './schema.js';
import type { CardChecked } from './signature.js';
import { termsOf } from './terms-extension.js';

export type CardRegistration = Omit<
  RegisterAgent,
  'commandId' | 'agentId' | 'ifVersion' | 'tenant' | 'actor' | 'occurredAt' | 'traceparent'
>;

/** The words that tell languages and specialisations from other tags. */
export interface KnownWords {
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
}

const WORD = /^[^\s\p{C}]{1,50}$/u;

/** Tags and ids of skills as the registry has words: what is a known language or specialisation goes there. */
const wordsOfSkills = (
  card: AgentCard,
  known: KnownWords,
): Record<'languages' | 'specialisations' | 'capabilities', string[]> => {
  const words = new Set(
    card.skills.flatMap(({ id, tags }) => [id, ...tags]).map((word) => word.toLowerCase()),
  );
  const fit = [...words].filter((word) => WORD.test(word)).slice(0, 50);
  const languages = fit.filter((word) => known.languages.includes(word));
  const specialisations = fit.filter((word) => known.specialisations.includes(word));
  const capabilities = fit.filter((word) => !languages.includes(word) && !specialisations.includes(word));
  return { languages, specialisations, capabilities };
};

const NO_WORDS = { languages: [], specialisations: [], capabilities: [] };

/**
 * What a card registers. Skills say what an agent is good at; our extension, where it is there, says it in the registry's words.
 * @param bytes the card as it was read: its digest goes into the log
 * @throws CardError BAD_CARD
 */
export const registrationFrom = (
  card: AgentCard,
  bytes: Uint8Array,
  checked: CardChecked | null,
  known: KnownWords,
): CardRegistration => {
  const terms = termsOf(card);
  const skills = terms.stated ? NO_WORDS : wordsOfSkills(card, known);
  const [preferred] = card.supportedInterfaces;
  if (preferred === undefined || !URL.canParse(preferred.url))
    throw new CardError(
      'BAD_CARD',
      '/supportedInterfaces/0/url',
      'an absolute URL',
      preferred?.url ?? 'none',
      'correct it',
    );
  const { url, protocolBinding, protocolVersion } = preferred;
  return {
    displayName: card.name.slice(0, 256),
    modelFamily: terms.modelFamily,
    version: card.version.slice(0, 256),
    capabilities: terms.capabilities ?? skills.capabilities,
    taskTypes: terms.taskTypes,
    languages: terms.languages ?? skills.languages,
    specialisations: terms.specialisations ?? skills.specialisations,
    maxConcurrency: terms.concurrency,
    costPerTaskMicros: null,
    reach: { kind: 'A2A', url, argv: [], binding: protocolBinding, protocolVersion },
    price: terms.price,
    quotas: terms.quotas,
    tags: terms.tags,
    card: {
      sha256: createHash('sha256').update(bytes).digest(),
      keyId: checked?.keyId ?? null,
      algorithm: checked?.algorithm ?? null,
    },
  };
};

/** An id for an agent out of the name in its card. */
export const agentIdFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/gu, '-')
    .replace(/^[-._]+|[-.]+$/gu, '')
    .slice(0, 64);

import { z } from 'zod';
import type { AgentPrice, AgentQuota } from '../../events/generated/events.js';
import { CardError } from './card-error.js';
import type { AgentCard } from './schema.js';

/** Our extension of the agent card: what A2A has no field for. */
export const TERMS_EXTENSION = 'urn:arbiter:agent-terms:1';

const words = z.array(z.string().min(1).max(50)).max(50);
const money = z.number().min(0).max(1e9).nullable().default(null);

const params = z.strictObject({
  modelFamily: z.string().max(256).default(''),
  taskTypes: words.default([]),
  languages: words.optional(),
  specialisations: words.optional(),
  capabilities: words.optional(),
  concurrency: z.int().min(1).max(10_000).default(1),
  price: z
    .strictObject({
      currency: z.string().regex(/^[A-Z]{3}$/),
      perTask: money,
      perMillionInputTokens: money,
      perMillionOutputTokens: money,
    })
    .optional(),
  quotas: z
    .array(
      z.strictObject({
        unit: z.enum(['TASKS', 'TOKENS', 'COST']),
        amount: z.number().min(0).max(1e12),
        windowSeconds: z.number().min(1).max(31_622_400),
        resetAt: z.iso.datetime({ offset: true }).optional(),
      }),
    )
    .max(8)
    .default([]),
  tags: z.record(z.string().max(100), z.string().max(100)).default({}),
});

export type CardTerms = Omit<z.infer<typeof params>, 'price' | 'quotas'> & {
  /** The card has them: what they leave out is meant so. */
  readonly stated: boolean;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
};

const micros = (amount: number | null): number | null => (amount === null ? null : Math.round(amount * 1e6));
const units = (amount: number | null): number | undefined => (amount === null ? undefined : amount / 1e6);

/**
 * Our terms out of a card; a card without them has the defaults.
 * @throws CardError BAD_CARD where an extension is required that we do not know, or ours does not hold
 */
export const termsOf = (card: AgentCard): CardTerms => {
  const extensions = card.capabilities.extensions ?? [];
  extensions.forEach(({ uri, required }, at) => {
    if (required !== true || uri === TERMS_EXTENSION) return;
    const place = `/capabilities/extensions/${at}/required`;
    throw new CardError(
      'BAD_CARD',
      place,
      'extensions that are known here',
      `${uri ?? ''}, required`,
      'ask for a card without it',
    );
  });
  const at = extensions.findIndex(({ uri }) => uri === TERMS_EXTENSION);
  const result = params.safeParse(extensions[at]?.params ?? {});
  if (!result.success) {
    const [issue] = result.error.issues;
    const place = `/capabilities/extensions/${at}/params/${issue?.path.join('/') ?? ''}`;
    throw new CardError(
      'BAD_CARD',
      place,
      `what ${TERMS_EXTENSION} says`,
      issue?.message ?? '',
      `correct ${place}`,
    );
  }
  const { price, quotas, ...rest } = result.data;
  return {
    ...rest,
    stated: at >= 0,
    price:
      price === undefined
        ? null
        : {
            currency: price.currency,
            perTaskMicros: micros(price.perTask),
            inputPerMillionMicros: micros(price.perMillionInputTokens),
            outputPerMillionMicros: micros(price.perMillionOutputTokens),
          },
    quotas: quotas.map(({ unit, amount, windowSeconds, resetAt }) => ({
      unit: unit === 'COST' ? 'COST_MICROS' : unit,
      amount: Math.round(unit === 'COST' ? amount * 1e6 : amount),
      windowMs: Math.round(windowSeconds * 1000),
      resetAt: resetAt === undefined ? null : Date.parse(resetAt) * 1000,
    })),
  };
};

const present = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** Terms as they stand in a card; nothing that is a default, so that every signer sees the same form. */
export const termsParams = (terms: Omit<CardTerms, 'stated'>): Record<string, unknown> => {
  const { price, quotas, concurrency } = terms;
  const filled = (list: readonly string[] | undefined): readonly string[] | undefined =>
    list === undefined || list.length === 0 ? undefined : list;
  return present({
    modelFamily: terms.modelFamily === '' ? undefined : terms.modelFamily,
    taskTypes: filled(terms.taskTypes),
    languages: filled(terms.languages),
    specialisations: filled(terms.specialisations),
    capabilities: filled(terms.capabilities),
    concurrency,
    price:
      price === null
        ? undefined
        : present({
            currency: price.currency,
            perTask: units(price.perTaskMicros),
            perMillionInputTokens: units(price.inputPerMillionMicros),
            perMillionOutputTokens: units(price.outputPerMillionMicros),
          }),
    quotas:
      quotas.length === 0
        ? undefined
        : quotas.map(({ unit, amount, windowMs, resetAt }) =>
            present({
              unit: unit === 'COST_MICROS' ? 'COST' : unit,
              amount: unit === 'COST_MICROS' ? amount / 1e6 : amount,
              windowSeconds: windowMs / 1000,
              resetAt: resetAt === null ? undefined : new Date(resetAt / 1000).toISOString(),
            }),
          ),
    tags: Object.keys(terms.tags).length === 0 ? undefined : terms.tags,
  });
};

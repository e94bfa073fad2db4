import type { CodecOptions } from './codec.js';
import { CodecError } from './errors.js';
import type { KnownSchema, SchemaSource } from './source.js';

const MAX_NEGATIVE = 10_000;

/**
 * Asks the registry for the text of an id that stands in a record. The ids come from whoever may write to an inbox, so
 * the answer "there is none" is kept for a while, one id is asked for once at a time, and all questions together are
 * spaced out.
 *
 * A registry that does not know our own schemas has been wiped or is the wrong one: then an unknown id proves nothing,
 * and the look-up rejects with the retriable `REGISTRY_WIPED` so that nothing is dead-lettered for it.
 */
export const idLookup = (
  source: SchemaSource,
  own: readonly KnownSchema[],
  options: Pick<CodecOptions, 'lookupsPerSecond' | 'negativeTtlMs' | 'now'>,
): ((id: number) => Promise<string | undefined>) => {
  const now = options.now ?? ((): number => performance.now());
  const ttl = options.negativeTtlMs ?? 30_000;
  const gap = 1000 / (options.lookupsPerSecond ?? 100);
  const unknownUntil = new Map<number, number>();
  const asked = new Map<number, Promise<string | undefined>>();
  let nextAt = 0;

  const turn = async (): Promise<void> => {
    const at = Math.max(nextAt, now());
    nextAt = at + gap;
    const wait = at - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  };

  const ask = async (id: number): Promise<string | undefined> => {
    await turn();
    const text = await source.textOfId(id);
    if (text !== undefined) return text;
    await assertNotWiped(source, own);
    if (unknownUntil.size >= MAX_NEGATIVE) unknownUntil.clear();
    unknownUntil.set(id, now() + ttl);
    return undefined;
  };

  return (id) => {
    const until = unknownUntil.get(id);
    if (until !== undefined && until > now()) return Promise.resolve(undefined);
    const inFlight = asked.get(id);
    if (inFlight) return inFlight;
    const question = ask(id).finally(() => asked.delete(id));
    asked.set(id, question);
    return question;
  };
};

const assertNotWiped = async (source: SchemaSource, own: readonly KnownSchema[]): Promise<void> => {
  const first = own[0];
  if (first && (await source.idOf(first.subject, first.text)) === undefined)
    throw new CodecError(
      'REGISTRY_WIPED',
      `the registry does not hold ${first.subject}: it is empty or the wrong one; run: arbiter schemas restore`,
      { subject: first.subject },
      true,
    );
};

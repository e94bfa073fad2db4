import { decodeProtectedHeader, flattenedVerify, FlattenedSign } from 'jose';
import { signedForm, signedForms } from './canonical.js';
import { CardError } from './card-error.js';
import { ALGORITHMS, type CardKeys, type SigningKey } from './keys.js';
import type { AgentCard, CardSignature } from './schema.js';

/** Which key said that the card is its own. */
export interface CardChecked {
  readonly keyId: string;
  readonly algorithm: string;
}

type Tried = CardChecked | { readonly why: string };

const tryOne = async (
  { protected: head, signature }: CardSignature,
  forms: readonly Uint8Array[],
  keys: CardKeys,
): Promise<Tried> => {
  let header: { alg?: string; kid?: string };
  try {
    header = decodeProtectedHeader({ protected: head });
  } catch {
    return { why: 'a protected header that is not base64url of JSON' };
  }
  const { alg = 'none', kid } = header;
  // Neither `none` nor a shared secret may stand for a public key; a key named by the card itself (jku, jwk) is never fetched.
  if (!ALGORITHMS.includes(alg))
    return { why: `algorithm ${JSON.stringify(alg)}, of ${ALGORITHMS.join(', ')}` };
  const key = await keys.find(kid, alg);
  if (key === undefined) return { why: `key ${JSON.stringify(kid ?? '')}, which is not among those given` };
  for (const form of forms) {
    const payload = Buffer.from(form).toString('base64url');
    const verified = await flattenedVerify({ protected: head, payload, signature }, key.key, {
      algorithms: [alg],
    }).then(
      () => true,
      () => false,
    );
    if (verified) return { keyId: key.keyId, algorithm: alg };
  }
  return { why: `a signature of key ${JSON.stringify(key.keyId)} that does not match the card` };
};

/**
 * Checks the signatures of a card: one by a key given must hold (A2A 1.0 section 8.4.3).
 * @throws CardError CARD_UNSIGNED, BAD_SIGNATURE
 */
export const checkCard = async (card: AgentCard, keys: CardKeys): Promise<CardChecked> => {
  const signatures = card.signatures ?? [];
  if (signatures.length === 0)
    throw new CardError(
      'CARD_UNSIGNED',
      '/signatures',
      'a signature',
      'none',
      'take it unsigned: --unsigned',
    );
  const forms = signedForms(card);
  const tried: string[] = [];
  for (const signature of signatures) {
    const result = await tryOne(signature, forms, keys);
    if ('keyId' in result) return result;
    tried.push(result.why);
  }
  throw new CardError(
    'BAD_SIGNATURE',
    '/signatures',
    'one that holds, by a key given',
    tried.join('; '),
    'ask its owner for the card and the key again',
  );
};

/** The card with a signature of this key, beside those it has. */
export const signCard = async (
  card: AgentCard,
  { key, keyId, algorithm }: SigningKey,
): Promise<AgentCard> => {
  const jws = await new FlattenedSign(signedForm(card))
    .setProtectedHeader({ alg: algorithm, kid: keyId, typ: 'JOSE' })
    .sign(key);
  const one = { protected: jws.protected ?? '', signature: jws.signature };
  return { ...card, signatures: [...(card.signatures ?? []), one] };
};

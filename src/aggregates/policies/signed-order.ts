import { createHash, verify } from 'node:crypto';
import type { SignedOrder } from '../../events/generated/events.js';
import { pae, sign, VerdictError, type SigningKey } from '../../verdicts/index.js';
import { isRecord, parseJson } from '../../verdicts/json.js';
import { loadVerifyingKey } from '../../verdicts/keys.js';
import {
  FORMS,
  isOrderName,
  MOST_ORDER_BYTES,
  ORDER_TYPE,
  type Order,
  type OrderName,
} from './order-forms.js';

const MOST_SIGNATURES = 4;
const MOST_SIGNATURE_BYTES = 256;

/** A key that counts, and whose it is. */
export interface Trusted {
  readonly publicKeyPem: string;
  /** The principal; null: the deployment itself. */
  readonly principalId: string | null;
}

/** An order whose signature is good. */
export interface ReadOrder {
  readonly order: Order;
  readonly signedBy: string | null;
  /** Hex digest of the payload's bytes. */
  readonly sha256: string;
}

/** Why an order does not count, with as much of it as could be read. */
export interface Unread {
  readonly code: 'BAD_ORDER' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE' | 'WRONG_DEPLOYMENT' | 'COMMAND_ID_MISMATCH';
  readonly message: string;
  readonly name: string;
  readonly subject: string;
  readonly signedBy: string | null;
}

/** Whoever makes an order writes it once; these bytes are signed, sent and kept. */
export const signOrder = (order: Order, key: SigningKey): SignedOrder => {
  const payload = Buffer.from(JSON.stringify(FORMS[order.type].parse(order)), 'utf8');
  const { signatures } = sign(ORDER_TYPE, payload, key);
  return {
    payloadType: ORDER_TYPE,
    payload,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig, 'base64') })),
  };
};

export const payloadSha256 = ({ payload }: Pick<SignedOrder, 'payload'>): string =>
  createHash('sha256').update(payload).digest('hex');

/** What an order that does not count is recognised by: its bytes. */
export const unreadId = (commandId: string, { payloadType, payload, signatures }: SignedOrder): string => {
  const hash = createHash('sha256');
  const parts = [
    commandId,
    payloadType,
    payload,
    ...signatures.flatMap(({ keyid, sig }) => [keyid ?? '', sig]),
  ];
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return `unread/${hash.digest('hex')}`;
};

/**
 * Reads an order and checks whose it is: a DSSE signature (threshold 1) by a key that is trusted, over exactly these bytes.
 * Nothing of the payload is believed before.
 * @param keyOf the trusted key of that key id
 */
export const readOrder = (
  signed: SignedOrder,
  commandId: string,
  trust: { readonly deployments: ReadonlySet<string>; keyOf(keyId: string): Trusted | undefined },
): ReadOrder | Unread => {
  const { payload, payloadType, signatures } = signed;
  const said = payload.length <= MOST_ORDER_BYTES ? parseJson(payload) : undefined;
  const about = { ...aboutOf(said), signedBy: null };
  const bad = (code: Unread['code'], message: string, signedBy: string | null = null): Unread => ({
    ...about,
    code,
    message,
    signedBy,
  });
  if (payload.length > MOST_ORDER_BYTES)
    return bad('BAD_ORDER', `payload: at most ${MOST_ORDER_BYTES} bytes, found ${payload.length}`);
  if (payloadType !== ORDER_TYPE)
    return bad('BAD_ORDER', `payloadType: expected ${ORDER_TYPE}, found another`);
  if (signatures.length === 0 || signatures.length > MOST_SIGNATURES)
    return bad('BAD_ORDER', `signatures: expected 1 to ${MOST_SIGNATURES}, found ${signatures.length}`);
  const known = signatures.flatMap(({ keyid, sig }) => {
    const trusted = keyid === null ? undefined : trust.keyOf(keyid);
    return trusted === undefined ? [] : [{ trusted, sig }];
  });
  if (known.length === 0)
    return bad('UNKNOWN_KEY', 'no signature is by a key of a principal; register the key first');
  const good = known.find(({ trusted, sig }) => isSignedBy(signed, sig, trusted.publicKeyPem));
  if (good === undefined) return bad('BAD_SIGNATURE', 'the signature does not fit payload and key');
  const signedBy = good.trusted.principalId;
  const checked = checkForm(said);
  if (typeof checked === 'string') return bad('BAD_ORDER', checked, signedBy);
  if (!trust.deployments.has(checked.deployment))
    return bad('WRONG_DEPLOYMENT', 'the order was signed for another deployment', signedBy);
  if (checked.commandId !== commandId)
    return bad('COMMAND_ID_MISMATCH', 'the record names another command than the signed payload', signedBy);
  return { order: checked, signedBy, sha256: payloadSha256(signed) };
};

/** The type and the subject that an order names, for the record of its refusal only. */
const aboutOf = (said: unknown): { readonly name: string; readonly subject: string } => {
  if (!isRecord(said)) return { name: '', subject: '' };
  const subject = said['waiverId'] ?? said['principalId'] ?? said['taskId'] ?? said['askEventId'];
  return {
    name: isOrderName(said['type']) ? said['type'] : '',
    subject: typeof subject === 'string' ? subject.slice(0, 256) : '',
  };
};

const isSignedBy = (signed: SignedOrder, sig: Uint8Array, publicKeyPem: string): boolean => {
  if (sig.length === 0 || sig.length > MOST_SIGNATURE_BYTES) return false;
  const { key } = loadVerifyingKey(publicKeyPem);
  return verify('sha256', pae(signed.payloadType, signed.payload), { key, dsaEncoding: 'der' }, sig);
};

const checkForm = (said: unknown): Order | string => {
  if (!isRecord(said) || !isOrderName(said['type'])) {
    return `payload: expected a JSON object whose type is one of ${Object.keys(FORMS).join(', ')}`;
  }
  const parsed = FORMS[said['type'] satisfies OrderName].safeParse(said);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? 'payload'}: ${issue?.message ?? 'not as expected'}`.slice(0, 500);
};

/** The key id of a public key in PEM, and the PEM as we write it; undefined: it is no ECDSA P-256 public key. */
export const publicKeyOf = (
  pem: string,
): { readonly keyId: string; readonly publicKeyPem: string } | undefined => {
  try {
    const { keyId, key } = loadVerifyingKey(pem);
    return { keyId, publicKeyPem: key.export({ type: 'spki', format: 'pem' }).toString() };
  } catch (error) {
    if (error instanceof VerdictError) return undefined;
    throw error;
  }
};

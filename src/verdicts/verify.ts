import { verify as verifyBytes } from 'node:crypto';
import { decodeBase64 } from './base64.js';
import { IN_TOTO, pae } from './dsse.js';
import { VerdictError } from './errors.js';
import { isRecord, parseJson } from './json.js';
import { loadVerifyingKey, type VerifyingKey } from './keys.js';
import { readStatement, type Statement } from './read.js';

export const MOST_ENVELOPE_BYTES = 512 * 1024;
const MOST_PAYLOAD_BYTES = 256 * 1024;
const MOST_SIGNATURES = 8;
const MOST_KEYS = 32;
// A P-256 signature in DER is at most 72 bytes; the rest is room for other algorithms beside ours.
const MOST_SIGNATURE_BYTES = 8192;

export type Refusal =
  | 'ENVELOPE_TOO_LARGE'
  | 'ENVELOPE_INVALID'
  | 'KEY_INVALID'
  | 'SIGNATURE_INVALID'
  | 'PAYLOAD_TYPE_UNSUPPORTED'
  | 'STATEMENT_INVALID';

export type Verification =
  | {
      readonly ok: true;
      readonly statement: Statement;
      /** the bytes that were verified, and of which `statement` is the parsed form */
      readonly payload: Buffer;
      /** the trusted key that verified, not what the envelope claims */
      readonly keyId: string;
      /** true only if verificationResult is exactly "PASSED" */
      readonly passed: boolean;
    }
  | { readonly ok: false; readonly code: Refusal; readonly message: string };

/**
 * Verifies a DSSE envelope with keys the caller already trusts (DSSE v1.0.2, threshold 1). `keyid` is not authenticated: it
 * only says which key to try first. `ok` says that the statement is authentic, whatever it says: act on `passed`
 * together with the digest in hand (`passesDigest`), and deny without it (in-toto's monotonic principle).
 */
export function verifyEnvelope(json: Uint8Array, publicKeyPems: readonly string[]): Verification {
  const opened = openEnvelope(json, publicKeyPems);
  if (!opened.ok) return opened;
  const statement = readStatement(opened.payload);
  if (typeof statement === 'string') return refusal('STATEMENT_INVALID', statement);
  const passed = statement.predicate.verificationResult === 'PASSED';
  return { ok: true, statement, payload: opened.payload, keyId: opened.keyId, passed };
}

export type OpenedEnvelope =
  | {
      readonly ok: true;
      /** the bytes that were verified: an in-toto statement of any predicate */
      readonly payload: Buffer;
      /** the trusted key that verified, not what the envelope claims */
      readonly keyId: string;
    }
  | { readonly ok: false; readonly code: Refusal; readonly message: string };

/** Verifies the signature of an in-toto DSSE envelope and returns its payload unread, as {@link verifyEnvelope} does first. */
export function openEnvelope(json: Uint8Array, publicKeyPems: readonly string[]): OpenedEnvelope {
  const envelope = readEnvelope(json);
  if ('code' in envelope) return { ok: false, ...envelope };
  const keys = readKeys(publicKeyPems);
  if ('code' in keys) return { ok: false, ...keys };

  const signed = pae(envelope.payloadType, envelope.payload);
  const keyId = verifyingKey(signed, envelope.signatures, keys.keys);
  if (keyId === undefined) {
    return refusal('SIGNATURE_INVALID', 'no signature of the envelope verifies with a trusted key');
  }
  // Only after the signature: an unsigned type must not choose the message.
  if (envelope.payloadType !== IN_TOTO) {
    return refusal('PAYLOAD_TYPE_UNSUPPORTED', `payloadType: expected ${IN_TOTO}, found another one`);
  }
  return { ok: true, payload: envelope.payload, keyId };
}

/** Whether this verification allows the artifact with that digest. Anything missing, unknown or different is a no. */
export function passesDigest(verification: Verification, algorithm: string, hex: string): boolean {
  if (!verification.ok || !verification.passed || hex === '') return false;
  return verification.statement.subject.some(
    ({ digest }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === hex,
  );
}

interface Opened {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Buffer }[];
}
interface Refused {
  readonly code: Refusal;
  readonly message: string;
}

function readEnvelope(json: Uint8Array): Opened | Refused {
  if (json.length > MOST_ENVELOPE_BYTES) {
    return {
      code: 'ENVELOPE_TOO_LARGE',
      message: `envelope: at most ${MOST_ENVELOPE_BYTES} bytes, found ${json.length}`,
    };
  }
  const parsed = parseJson(json);
  if (!isRecord(parsed)) return envelopeInvalid('a JSON object in UTF-8', 'something else');
  const { payload: encoded, payloadType, signatures: listed } = parsed;
  const payload = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  if (payload === undefined) return envelopeInvalid('base64 in payload', typeof encoded);
  if (payload.length > MOST_PAYLOAD_BYTES) {
    return {
      code: 'ENVELOPE_TOO_LARGE',
      message: `payload: at most ${MOST_PAYLOAD_BYTES} bytes, found ${payload.length}`,
    };
  }
  if (typeof payloadType !== 'string') return envelopeInvalid('a string in payloadType', typeof payloadType);
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST_SIGNATURES) {
    return envelopeInvalid(
      `1 to ${MOST_SIGNATURES} signatures`,
      Array.isArray(listed) ? String(listed.length) : typeof listed,
    );
  }
  const signatures: { keyid: string; sig: Buffer }[] = [];
  for (const one of listed as readonly unknown[]) {
    const sig = isRecord(one) && typeof one['sig'] === 'string' ? decodeBase64(one['sig']) : undefined;
    if (!isRecord(one) || sig === undefined || sig.length === 0 || sig.length > MOST_SIGNATURE_BYTES) {
      return envelopeInvalid('base64 in every signatures[].sig', 'something else');
    }
    signatures.push({ keyid: typeof one['keyid'] === 'string' ? one['keyid'] : '', sig });
  }
  return { payload, payloadType, signatures };
}

function readKeys(pems: readonly string[]): { readonly keys: readonly VerifyingKey[] } | Refused {
  if (pems.length === 0 || pems.length > MOST_KEYS) {
    return {
      code: 'KEY_INVALID',
      message: `expected 1 to ${MOST_KEYS} trusted public keys, found ${pems.length}`,
    };
  }
  try {
    return { keys: pems.map(loadVerifyingKey) };
  } catch (error) {
    if (error instanceof VerdictError) return { code: 'KEY_INVALID', message: error.message };
    throw error;
  }
}

function verifyingKey(
  signed: Buffer,
  signatures: Opened['signatures'],
  keys: readonly VerifyingKey[],
): string | undefined {
  for (const { keyid, sig } of signatures) {
    const named = keys.filter((key) => key.keyId === keyid);
    for (const { key, keyId } of [...named, ...keys.filter((key) => key.keyId !== keyid)]) {
      if (verifyBytes('sha256', signed, { key, dsaEncoding: 'der' }, sig)) return keyId;
    }
  }
  return undefined;
}

function refusal(
  code: Refusal,
  message: string,
): { readonly ok: false; readonly code: Refusal; readonly message: string } {
  return { ok: false, code, message };
}

function envelopeInvalid(expected: string, found: string): Refused {
  return { code: 'ENVELOPE_INVALID', message: `envelope: expected ${expected}, found ${found}` };
}

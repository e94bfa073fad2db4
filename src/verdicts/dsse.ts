import { sign as signBytes } from 'node:crypto';
import { loadSigningKey, type SigningKey } from './keys.js';

/** in-toto Statement v1 in DSSE: the plain media type, known to every tool. */
export const IN_TOTO = 'application/vnd.in-toto+json';

/** DSSE v1.0.2 envelope in its JSON form: `payload` and `sig` are standard base64. */
export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The same envelope as raw bytes, as a record on the bus carries it. */
export interface RawEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyid: string | null; readonly sig: Uint8Array }[];
}

/** Pre-Authentication Encoding (DSSE v1.0.2): lengths in bytes, so that no two (type, body) pairs share an encoding. */
export function pae(payloadType: string, body: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${body.length} `), body]);
}

/**
 * Signs the exact bytes given: ECDSA P-256, SHA-256, ASN.1 DER. Two signatures of the same bytes differ; the payload never does.
 * @param key PEM, or a key loaded once by `loadSigningKey`
 * @throws VerdictError KEY_INVALID
 */
export function sign(payloadType: string, payload: Uint8Array, key: string | SigningKey): Envelope {
  const signer = typeof key === 'string' ? loadSigningKey(key) : key;
  const sig = signBytes('sha256', pae(payloadType, payload), { key: signer.key, dsaEncoding: 'der' });
  return envelopeFrom({ payloadType, payload, signatures: [{ keyid: signer.keyId, sig }] });
}

/** The JSON form of an envelope kept as raw bytes. */
export function envelopeFrom(raw: RawEnvelope): Envelope {
  return {
    payload: Buffer.from(raw.payload).toString('base64'),
    payloadType: raw.payloadType,
    signatures: raw.signatures.map(({ keyid, sig }) => ({
      keyid: keyid ?? '',
      sig: Buffer.from(sig).toString('base64'),
    })),
  };
}

/** The bytes of the envelope that are digested, stored and handed out; one way to write them, so digests agree everywhere. */
export function envelopeBytes(envelope: Envelope): Buffer {
  const { payload, payloadType, signatures } = envelope;
  const plain = signatures.map(({ keyid, sig }) => ({ keyid, sig }));
  return Buffer.from(JSON.stringify({ payload, payloadType, signatures: plain }), 'utf8');
}

import {
  calculateJwkThumbprint,
  exportJWK,
  importJWK,
  importPKCS8,
  importSPKI,
  importX509,
  type JWK,
} from 'jose';
import { CardError } from './card-error.js';

/** Signatures of public keys only. */
export const ALGORITHMS: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
];

type Key = Awaited<ReturnType<typeof importSPKI>>;

/** The keys whose word counts. */
export interface CardKeys {
  /** The key of that id that may be used so; a lone PEM key has no id of its own and is taken for every one. */
  find(
    kid: string | undefined,
    algorithm: string,
  ): Promise<{ readonly key: Key; readonly keyId: string } | undefined>;
}

export interface SigningKey {
  readonly key: Key;
  readonly keyId: string;
  readonly algorithm: string;
}

const bad = (place: string, found: string): CardError =>
  new CardError(
    'BAD_KEY',
    place,
    'a public key: PEM (SPKI or certificate), JWK or JWK set',
    found,
    'name another file',
  );

const asKey = (key: Key | Uint8Array, place: string): Key => {
  if (key instanceof Uint8Array) throw bad(place, 'a shared secret');
  return key;
};

const isJwk = (value: unknown): value is JWK =>
  typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string';

const jwksOf = (text: string, place: string): readonly JWK[] => {
  const value = parsedJson(text);
  if (value === undefined) throw bad(place, 'neither PEM nor JSON');
  const found: unknown =
    typeof value === 'object' && value !== null && 'keys' in value ? value.keys : [value];
  const list: readonly unknown[] = Array.isArray(found) ? found : [];
  const keys = list.filter(isJwk);
  if (keys.length === 0 || keys.length < list.length) throw bad(place, 'JSON without a key in it');
  if (keys.some((key) => 'd' in key || key.kty === 'oct')) throw bad(place, 'a private key or a secret');
  return keys;
};

/**
 * Keys from a file: one PEM key or certificate, a JWK, or a JWK set.
 * @throws CardError BAD_KEY
 */
export const readKeys = (text: string, place: string): CardKeys => {
  const isCertificate = text.includes('-----BEGIN CERTIFICATE-----');
  if (isCertificate || text.includes('-----BEGIN PUBLIC KEY-----')) {
    return {
      find: async (kid, algorithm) => {
        const key = await (isCertificate ? importX509 : importSPKI)(text, algorithm).catch(() => undefined);
        return key && { key, keyId: kid ?? place };
      },
    };
  }
  const keys = jwksOf(text, place);
  return {
    find: async (kid, algorithm) => {
      const jwk =
        keys.find((one) => one.kid === kid) ??
        (keys.length === 1 && keys[0]?.kid === undefined ? keys[0] : undefined);
      if (jwk === undefined || (jwk.alg !== undefined && jwk.alg !== algorithm)) return undefined;
      const key = await importJWK(jwk, algorithm).catch(() => undefined);
      return key && { key: asKey(key, place), keyId: kid ?? (await calculateJwkThumbprint(jwk)) };
    },
  };
};

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const DEFAULT_ALGORITHM: Readonly<Record<string, string>> = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' };

/**
 * A private key to sign with: a JWK, or PKCS #8 in PEM (P-256, or Ed25519).
 * @throws CardError BAD_KEY
 */
export const readSigningKey = async (text: string, place: string, kid?: string): Promise<SigningKey> => {
  const failed = (): CardError =>
    new CardError(
      'BAD_KEY',
      place,
      'a private key: PKCS #8 in PEM, or a JWK',
      'something else',
      'name another file',
    );
  if (text.includes('-----BEGIN PRIVATE KEY-----')) {
    for (const algorithm of ['ES256', 'EdDSA']) {
      const key = await importPKCS8(text, algorithm, { extractable: true }).catch(() => undefined);
      if (key === undefined) continue;
      return { key, algorithm, keyId: kid ?? (await calculateJwkThumbprint(await exportJWK(key))) };
    }
    throw failed();
  }
  const jwk = parsedJson(text);
  if (!isJwk(jwk) || !('d' in jwk)) throw failed();
  const algorithm = jwk.alg ?? DEFAULT_ALGORITHM[jwk.kty ?? ''] ?? '';
  if (!ALGORITHMS.includes(algorithm)) throw failed();
  const key = await importJWK(jwk, algorithm).catch(() => undefined);
  if (key === undefined) throw failed();
  return { key: asKey(key, place), algorithm, keyId: kid ?? jwk.kid ?? (await calculateJwkThumbprint(jwk)) };
};

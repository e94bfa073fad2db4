import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { VerdictError } from './errors.js';

/** A private key, parsed once: parsing PEM costs more than the signature. */
export interface SigningKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

export interface VerifyingKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** A new ECDSA P-256 pair: the public half as SPKI PEM, the private half as unencrypted PKCS#8 PEM (the caller keeps it 0600). */
export function generateKeyPair(): { publicKeyPem: string; privateKeyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKeyPem: publicKey, privateKeyPem: privateKey };
}

/** Lower-case hex SHA-256 of the key's SPKI DER: `openssl pkey -pubin -in k.pem -outform DER | sha256sum`. */
export function keyId(publicKeyPem: string): string {
  return loadVerifyingKey(publicKeyPem).keyId;
}

/** @throws VerdictError KEY_INVALID when it is not an unencrypted ECDSA P-256 private key */
export function loadSigningKey(privateKeyPem: string): SigningKey {
  const key = parsed(() => createPrivateKey(privateKeyPem), 'private');
  return { keyId: spkiDigest(createPublicKey(key)), key };
}

/**
 * @throws VerdictError KEY_INVALID when it is not an ECDSA P-256 public key. A private key is refused although a public one
 * could be derived from it: whoever hands a private key to a verifier has mixed up two files.
 */
export function loadVerifyingKey(publicKeyPem: string): VerifyingKey {
  if (publicKeyPem.includes('PRIVATE KEY')) {
    throw new VerdictError(
      'KEY_INVALID',
      'expected a public key in PEM, found a private key: pass the public file',
    );
  }
  const key = parsed(() => createPublicKey(publicKeyPem), 'public');
  return { keyId: spkiDigest(key), key };
}

function parsed(parse: () => KeyObject, half: 'public' | 'private'): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    // The library's message may quote the input, and the input may be a secret.
    throw new VerdictError('KEY_INVALID', `expected an unencrypted ${half} key in PEM, found something else`);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== 'ec' || curve !== 'prime256v1') {
    const found = [key.asymmetricKeyType, curve].filter((part) => part !== undefined).join(' ');
    throw new VerdictError('KEY_INVALID', `expected an ECDSA P-256 key, found ${found}`);
  }
  return key;
}

function spkiDigest(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

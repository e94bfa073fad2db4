import { readFile, stat } from 'node:fs/promises';
import { keysFolder } from '../../runtime/endpoints.js';
import { keyFiles, readSigningKey } from '../../runtime/signing-key.js';
import { keyId } from '../../verdicts/index.js';
import { ok, wrong, type Check } from './check.js';

/** The signing key is there, ours alone, and the public half is its own. */
export const checkKeys = async (folder: string): Promise<readonly Check[]> => {
  const keys = keysFolder({ folder });
  const { privateKeyPath, publicKeyPath } = keyFiles(keys);
  const [signing, publicPem, around] = await Promise.all([
    readSigningKey(keys),
    readFile(publicKeyPath, 'utf8').catch(() => undefined),
    stat(keys),
  ]);
  if ((around.mode & 0o022) !== 0) {
    const found = (around.mode & 0o777).toString(8);
    return [wrong('keys', `${keys}: others may write to it (mode ${found})`, `chmod 700 ${keys}`)];
  }
  if (publicPem === undefined) {
    const repair = `openssl pkey -in ${privateKeyPath} -pubout -out ${publicKeyPath}`;
    return [wrong('keys', `no public key at ${publicKeyPath}`, repair)];
  }
  if (keyId(publicPem) !== signing.keyId) {
    const repair = `openssl pkey -in ${privateKeyPath} -pubout -out ${publicKeyPath}`;
    return [wrong('keys', `${publicKeyPath} is not the public half of ${privateKeyPath}`, repair)];
  }
  return [ok('keys', `${signing.keyId.slice(0, 16)}…, private key readable for its owner alone`)];
};

import { createPublicKey, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateKeyPair, loadSigningKey, type SigningKey } from '../verdicts/index.js';

export interface KeyFiles {
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
}

export const keyFiles = (folder: string): KeyFiles => ({
  privateKeyPath: path.join(folder, 'verdicts.key.pem'),
  publicKeyPath: path.join(folder, 'verdicts.pub.pem'),
});

/** Writes the whole file or nothing; false: there is one already. */
const writeOnce = async (file: string, text: string, mode: number): Promise<boolean> => {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode, flag: 'wx' });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(draft);
  }
};

/**
 * Makes the signing key, 0600, unless there is one. Two that do it at once end up with one key; the public half is made from
 * the private one that is there, so that a crash in between leaves no half pair.
 */
export const ensureSigningKey = async (folder: string): Promise<KeyFiles> => {
  const files = keyFiles(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const exists = await stat(files.privateKeyPath).catch(() => undefined);
  if (exists === undefined) await writeOnce(files.privateKeyPath, generateKeyPair().privateKeyPem, 0o600);
  await chmod(files.privateKeyPath, 0o600);
  const key = createPublicKey(await readFile(files.privateKeyPath, 'utf8'));
  const publicKeyPem = key.export({ type: 'spki', format: 'pem' }).toString();
  const found = await readFile(files.publicKeyPath, 'utf8').catch(() => undefined);
  if (found === undefined) await writeOnce(files.publicKeyPath, publicKeyPem, 0o644);
  return files;
};

/** Loads the signing key. Throws when it is missing or readable for others. */
export const readSigningKey = async (folder: string): Promise<SigningKey> => {
  const { privateKeyPath } = keyFiles(folder);
  const found = await stat(privateKeyPath).catch(() => undefined);
  if (found === undefined) {
    throw new Error(`NO_SIGNING_KEY: expected ${privateKeyPath}, found nothing; run: arbiter up`);
  }
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw new Error(
      `KEY_READABLE_FOR_OTHERS: ${privateKeyPath}: expected mode 600, found ${mode}; run: chmod 600 on it`,
    );
  }
  return loadSigningKey(await readFile(privateKeyPath, 'utf8'));
};

import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
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

/** Makes the signing key, 0600, unless there is one. Two that do it at once end up with one key. */
export const ensureSigningKey = async (folder: string): Promise<KeyFiles> => {
  const files = keyFiles(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { privateKeyPem, publicKeyPem } = generateKeyPair();
  try {
    await writeFile(files.privateKeyPath, privateKeyPem, { mode: 0o600, flag: 'wx' });
    await writeFile(files.publicKeyPath, publicKeyPem, { mode: 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(files.privateKeyPath, 0o600);
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

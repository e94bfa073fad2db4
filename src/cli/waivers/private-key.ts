import { readFile, stat } from 'node:fs/promises';
import type { SigningKey } from '../../verdicts/index.js';
import { misuse } from '../failure.js';

/** The private key that an order is signed with. Rejects where it is missing, readable for others, or no ECDSA P-256 key. */
export const readPrivateKey = async (file: string): Promise<SigningKey> => {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw misuse(
      `the private key at ${file}`,
      'no such file',
      'make one: arbiter principals keygen NAME',
      'NO_SUCH_FILE',
    );
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw misuse(`mode 600 of ${file}`, mode, `chmod 600 ${file}`, 'KEY_READABLE_FOR_OTHERS');
  }
  const { loadSigningKey } = await import('../../verdicts/index.js');
  return loadSigningKey(await readFile(file, 'utf8'));
};

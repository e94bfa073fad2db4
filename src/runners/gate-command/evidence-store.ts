import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Evidence by the SHA-256 of its bytes. */
export interface EvidenceStore {
  /** @returns the lower-case hex SHA-256; what is there already is not written again */
  put(bytes: Uint8Array): Promise<string>;
  /** undefined for what is not there, or is not what its name says any more. */
  get(sha256: string): Promise<Buffer | undefined>;
}

/** A content-addressed folder, for this user's eyes only: reports quote source code. */
export function evidenceStore(folder: string): EvidenceStore {
  const placeOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  return {
    put: async (bytes) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const place = placeOf(sha256);
      await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
      const aside = `${place}.${randomBytes(6).toString('hex')}`;
      await writeFile(aside, bytes, { mode: 0o400, flag: 'wx' });
      try {
        // There whole or not at all, and never changed once it is there.
        await link(aside, place);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        // Its age is that of its last use, for whoever deletes old evidence.
        await utimes(place, new Date(), new Date());
      } finally {
        await rm(aside, { force: true });
      }
      return sha256;
    },
    get: async (sha256) => {
      if (!/^[0-9a-f]{64}$/u.test(sha256)) return undefined;
      const bytes = await readFile(placeOf(sha256)).catch(() => undefined);
      return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sha256
        ? bytes
        : undefined;
    },
  };
}

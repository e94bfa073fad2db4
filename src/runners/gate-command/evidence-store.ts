import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Evidence by the SHA-256 of its bytes. */
export interface EvidenceStore {
  /** @returns the lower-case hex SHA-256; what is there already is not written again */
  put(bytes: Uint8Array): Promise<string>;
}

/** A content-addressed folder, for this user's eyes only: reports quote source code. */
export function evidenceStore(folder: string): EvidenceStore {
  return {
    put: async (bytes) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const shelf = join(folder, sha256.slice(0, 2));
      const place = join(shelf, sha256);
      await mkdir(shelf, { recursive: true, mode: 0o700 });
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
  };
}

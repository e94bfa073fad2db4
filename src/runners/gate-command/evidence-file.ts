import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../gates/index.js';

const TICK_MS = 10;

export type EvidenceFile =
  { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly problem: Problem };

/**
 * The bytes of a report that a stranger's program wrote, after all its processes are gone: no link is followed on the whole way, no pipe
 * waited for, nothing that is too long read, and nothing that was there before the program began.
 * @param startedAt milliseconds since the epoch, before the program was started
 */
export async function readEvidenceFile(
  root: string,
  path: string,
  startedAt: number,
  most: number,
): Promise<EvidenceFile> {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/');
    const stat = await lstat(join(root, folder)).catch(() => undefined);
    if (stat === undefined) return missing(path);
    if (!stat.isDirectory())
      return refused(path, 'not_a_file', `\`${folder}\` on its way is no folder, but a link or a file`);
  }
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = join(root, path);
  const named = await lstat(file).catch(() => undefined);
  if (named === undefined) return missing(path);
  if (!named.isFile())
    return refused(path, 'not_a_file', 'it is no plain file, but a link, folder, pipe or device');
  const handle = await open(file, flags).catch(() => undefined);
  if (handle === undefined) return refused(path, 'unreadable', 'it cannot be opened');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return refused(path, 'not_a_file', 'it is no plain file');
    if (stat.nlink > 1) return refused(path, 'not_a_file', 'it has more than one name');
    // The kernel's own time of the last change: unlike the others, no program can set it. Its clock ticks every 10 ms at worst.
    if (stat.ctimeMs + TICK_MS < startedAt) return refused(path, 'stale', 'it is older than the command');
    if (stat.size > most)
      return refused(path, 'too_large', `it has ${stat.size} bytes; at most ${most} are read`);
    const bytes = Buffer.alloc(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { ok: true, bytes: bytes.subarray(0, filled) };
  } catch {
    return refused(path, 'unreadable', 'it cannot be read');
  } finally {
    await handle.close();
  }
}

function missing(path: string): EvidenceFile {
  return refused(path, 'missing', 'the command has not written it');
}

function refused(path: string, rule: string, why: string): EvidenceFile {
  const repair = `Let the command write its report to \`${path}\`, as a plain file.`;
  return {
    ok: false,
    problem: { rule: `arbiter.evidence.${rule}`, message: `\`${path}\` is no evidence: ${why}`, repair },
  };
}

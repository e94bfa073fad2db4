import type { FileChange } from '../../aggregates/constitution/index.js';
import { GitError, NEEDED_GIT } from './errors.js';

/** One entry with the blob ids that the line counts of copies need. */
export interface DiffEntry extends FileChange {
  readonly newId: string;
}

type Status = FileChange['status'];

const STATUS: Readonly<Record<string, Status>> = {
  A: 'ADDED',
  M: 'MODIFIED',
  D: 'DELETED',
  R: 'RENAMED',
  C: 'COPIED',
  T: 'TYPE_CHANGED',
};

interface RawEntry {
  readonly status: Status;
  readonly path: string;
  readonly oldPath: string | null;
  readonly oldMode: string;
  readonly newMode: string;
  readonly newId: string;
}

interface Counts {
  readonly insertions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/**
 * Reads the output of `git diff-tree -r --raw --numstat -z -M -C`: all raw entries, then the counts of the same entries. Paths are
 * bytes to git; bytes that are no UTF-8 become U+FFFD, which the constitution refuses.
 * @throws GitError GIT_OUTPUT if anything is left over or missing
 */
export function parseDiff(output: Buffer, place: string): DiffEntry[] {
  const fields = output.toString('utf8').split('\0');
  if (fields.pop() !== '') throw strange(place, 'an entry without an end');
  const raw: RawEntry[] = [];
  let at = 0;
  const next = (): string => {
    const field = fields[at++];
    if (field === undefined) throw strange(place, 'an entry that breaks off');
    return field;
  };
  while (fields[at]?.startsWith(':') === true) raw.push(readRaw(next, place));
  const entries = raw.map((entry) => ({ ...entry, ...readCounts(next, entry, place) }));
  if (at !== fields.length) throw strange(place, `${fields.length - at} fields more than expected`);
  return entries;
}

const RAW = /^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([A-Z])(\d*)$/u;

function readRaw(next: () => string, place: string): RawEntry {
  const header = next();
  const found = RAW.exec(header);
  if (found === null) throw strange(place, JSON.stringify(header.slice(0, 200)));
  const letter = found[5] ?? '';
  const first = next();
  const moved = letter === 'R' || letter === 'C';
  return {
    status: STATUS[letter] ?? 'UNKNOWN',
    path: moved ? next() : first,
    oldPath: moved ? first : null,
    oldMode: found[1] ?? '',
    newMode: found[2] ?? '',
    newId: found[4] ?? '',
  };
}

function readCounts(next: () => string, entry: RawEntry, place: string): Counts {
  const line = next();
  const found = /^(-|\d{1,12})\t(-|\d{1,12})\t([^]*)$/u.exec(line);
  if (found === null) throw strange(place, JSON.stringify(line.slice(0, 200)));
  const [, insertions = '-', deletions = '-', path = ''] = found;
  const oldPath = path === '' ? next() : null;
  const newPath = path === '' ? next() : path;
  if (newPath !== entry.path || oldPath !== entry.oldPath) {
    throw strange(
      place,
      `the counts of ${JSON.stringify(newPath.slice(0, 100))} in place of ${JSON.stringify(entry.path.slice(0, 100))}`,
    );
  }
  if (insertions === '-' || deletions === '-') return { insertions: 0, deletions: 0, binary: true };
  return { insertions: Number(insertions), deletions: Number(deletions), binary: false };
}

function strange(place: string, found: string): GitError {
  return new GitError({
    code: 'GIT_OUTPUT',
    place,
    expected: 'the output of git diff-tree',
    found,
    repair: `Check that it is ${NEEDED_GIT}; report this.`,
  });
}

/** One entry of Arbiter's own diff between the base and the result. */
export interface FileChange {
  readonly status: 'ADDED' | 'MODIFIED' | 'DELETED' | 'RENAMED' | 'COPIED' | 'TYPE_CHANGED' | 'UNKNOWN';
  /** The path in the result; of a deletion, the path that is gone. Relative, `/` between segments, exactly as in the tree. */
  readonly path: string;
  /** Where a rename or a copy came from, else null. */
  readonly oldPath: string | null;
  /** Six octal digits as git writes them; `000000` where there is no such side. */
  readonly oldMode: string;
  readonly newMode: string;
  /** Lines; 0 for binaries. A copy counts with all its lines. */
  readonly insertions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

export const MODE_SYMLINK = '120000';
export const MODE_SUBMODULE = '160000';
export const MODE_NONE = '000000';

/** The paths a change touches: both sides of a rename; the source of a copy is only read. */
export function touchedPaths(change: FileChange): string[] {
  return change.status === 'RENAMED' && change.oldPath !== null
    ? [change.oldPath, change.path]
    : [change.path];
}

/** Every touched path once, in code unit order, so that no judgement depends on the order of the diff. */
export function allTouchedPaths(changes: readonly FileChange[]): string[] {
  return [...new Set(changes.flatMap(touchedPaths))].sort();
}

const KEYS = [
  'path',
  'oldPath',
  'status',
  'oldMode',
  'newMode',
  'insertions',
  'deletions',
  'binary',
] as const;

/** The changes in one order, whatever order the diff had. */
export function inOneOrder(changes: readonly FileChange[]): FileChange[] {
  return [...changes].sort((a, b) => {
    for (const key of KEYS) {
      const [left, right] = [String(a[key]), String(b[key])];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  });
}

import type { FileChange } from './file-change.js';
import { allTouchedPaths, MODE_NONE, MODE_SUBMODULE, MODE_SYMLINK } from './file-change.js';
import type { FileFacts, Twin } from './result-question.js';
import type { Finding, Violation } from './judgement.js';
import { failed, passed } from './judgement.js';

/** Names that mean another file, or git's own folder, on some file system. */
export function caseAndNamesFinding({ changes, twins }: FileFacts): Finding {
  const paths = allTouchedPaths(changes);
  const violations = [
    ...paths.flatMap(oddName),
    ...collisions(changes),
    ...twins.map(besideTwin),
    ...twice(changes),
    ...changes.flatMap(unknownStatus),
  ];
  const observed = { 'paths.touched': String(paths.length), 'paths.unsafe': String(violations.length) };
  if (violations.length === 0) return passed('no touched path is unsafe', observed);
  return failed(`${violations.length} touched paths are unsafe`, violations, observed);
}

function oddName(path: string): Violation[] {
  const why = whyOdd(path);
  if (why === null) return [];
  const message = `\`${path}\` ${why}`;
  return [
    { rule: 'arbiter.paths.odd_name', path, message, repair: 'Rename it, or take it out of the change.' },
  ];
}

function whyOdd(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.includes('\ufffd')) return 'is not valid UTF-8';
  if (hasControl(path)) return 'holds a control character';
  if (/\p{Cf}/u.test(path)) return 'holds an invisible character, which some file systems pass over';
  if (path.includes('\\')) return 'holds a backslash, which separates folders on Windows';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'has an empty, `.` or `..` segment';
  if (parts.some((part) => /[. ]$/u.test(part)))
    return 'has a segment that ends in a dot or a blank, which Windows leaves out';
  if (parts.some(isGitFolder)) return 'leads into git’s own folder on some file system';
  return null;
}

function hasControl(path: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/u.test(path); // eslint-disable-line no-control-regex -- these are what we look for
}

/** `.git` as NTFS and HFS+ read it: any case, trailing dots and spaces, the short name, ignorable characters, streams. */
function isGitFolder(part: string): boolean {
  const plain = part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu, '')
    .toLowerCase()
    .replace(/:.*$/u, '')
    .replace(/[. ]+$/u, '');
  return plain === '.git' || plain === 'git~1';
}

/** Two names in the result that a case-folding or normalising file system holds to be one. */
function collisions(changes: readonly FileChange[]): Violation[] {
  const seen = new Map<string, string>();
  const present = [...new Set(changes.filter((c) => c.newMode !== MODE_NONE).map((c) => c.path))].sort();
  return present.flatMap((path) => {
    const key = path.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, path);
      return [];
    }
    const message = `\`${path}\` and \`${other}\` are the same file where case or Unicode form does not matter`;
    return [{ rule: 'arbiter.paths.case_collision', path, message, repair: 'Rename one of the two.' }];
  });
}

/** The same with a name that the change does not touch. */
function besideTwin({ path, twin }: Twin): Violation {
  const message = `\`${path}\` and \`${twin}\` are the same file where case or Unicode form does not matter`;
  return { rule: 'arbiter.paths.case_collision', path, message, repair: 'Use the name that is there.' };
}

/** One path in two entries: a tree that no git would write, and that every reader takes differently. */
function twice(changes: readonly FileChange[]): Violation[] {
  const paths = changes.map((change) => change.path).sort();
  const repeated = new Set(paths.filter((path, i) => i > 0 && path === paths[i - 1]));
  return [...repeated].map((path) => {
    const message = `\`${path}\` is in the tree more than once`;
    return {
      rule: 'arbiter.paths.duplicate',
      path,
      message,
      repair: 'Make the commit anew with git itself.',
    };
  });
}

function unknownStatus(change: FileChange): Violation[] {
  if (change.status !== 'UNKNOWN') return [];
  const message = `git reports a kind of change for \`${change.path}\` that Arbiter does not know`;
  return [
    {
      rule: 'arbiter.paths.unknown_status',
      path: change.path,
      message,
      repair: 'Make the change in another way.',
    },
  ];
}

/** The contents of a submodule are not in the diff, so nothing about them can be judged. */
export function submodulesFinding({ changes }: FileFacts): Finding {
  const found = touching(changes, MODE_SUBMODULE);
  if (found.length === 0) return passed('no submodule is touched');
  const violations = found.map(({ path }) => ({
    rule: 'arbiter.submodules',
    path,
    message: `\`${path}\` is a submodule; its contents cannot be judged`,
    repair: `Leave \`${path}\` as it is at the base, or bring the code in as files.`,
  }));
  return failed(`${found.length} submodules are touched`, violations, { 'paths.submodules': named(found) });
}

export function symlinksFinding({ changes }: FileFacts): Finding {
  const found = touching(changes, MODE_SYMLINK);
  if (found.length === 0) return passed('no symbolic link is touched');
  return {
    result: 'FAIL',
    message: `${found.length} symbolic links are touched`,
    observed: { 'paths.symlinks': named(found) },
  };
}

export function modesFinding({ changes }: FileFacts): Finding {
  const found = changes.filter(
    (c) => c.oldMode !== c.newMode && c.oldMode !== MODE_NONE && c.newMode !== MODE_NONE,
  );
  if (found.length === 0) return passed('no file changes its mode');
  const list = found.map((c) => `${c.path} ${c.oldMode}->${c.newMode}`);
  return {
    result: 'FAIL',
    message: `${found.length} files change their mode`,
    observed: { 'paths.modes': list.slice(0, 10).join(' ') },
  };
}

function touching(changes: readonly FileChange[], mode: string): FileChange[] {
  return changes.filter((c) => c.newMode === mode || c.oldMode === mode);
}

function named(changes: readonly FileChange[]): string {
  return changes
    .slice(0, 10)
    .map((c) => c.path)
    .join(' ');
}

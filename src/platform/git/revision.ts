import { GitError } from './errors.js';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$/u;

export function isCommitId(text: string): boolean {
  return COMMIT.test(text);
}

/** @throws GitError REVISION_REFUSED unless it is a full commit id. */
export function requireCommitId(text: string, place: string): string {
  if (isCommitId(text)) return text;
  throw new GitError({
    code: 'REVISION_REFUSED',
    place,
    expected: 'a full commit id (40 or 64 lower-case hex digits)',
    found: JSON.stringify(text.slice(0, 100)),
    repair: 'Give the full commit id.',
  });
}

/**
 * A branch, tag or full ref as a stranger wrote it: no option, no refspec (`:`, `+` in front), no expression (`~`, `^`, `@{…}`).
 * @throws GitError REVISION_REFUSED
 */
export function requireRefName(text: string, place: string): string {
  const odd =
    text.length > 400 ||
    !NAME.test(text) ||
    text.includes('..') ||
    text.includes('@{') ||
    text.includes('//') ||
    text.endsWith('/') ||
    text.endsWith('.') ||
    text.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
  if (!odd) return text;
  throw new GitError({
    code: 'REVISION_REFUSED',
    place,
    expected: 'a branch, a tag, a full ref or a full commit id',
    found: JSON.stringify(text.slice(0, 100)),
    repair: 'Name a branch or tag by its plain name, or give the full commit id.',
  });
}

/** Paths as scope entries and as git names them: POSIX, relative to the root of the repository. */
export type InvalidPath = 'not_string' | 'empty' | 'nul' | 'backslash' | 'absolute' | 'parent_traversal';
export type PathResult =
  { readonly ok: true; readonly path: string } | { readonly ok: false; readonly why: InvalidPath };

const DRIVE = /^[A-Za-z]:\//;

/** Normalises a path, or says why it is none: `..`, a leading `/`, `\` and NUL never reach a matcher. */
export function normalizePath(value: unknown): PathResult {
  if (typeof value !== 'string') return { ok: false, why: 'not_string' };
  if (value === '') return { ok: false, why: 'empty' };
  if (value.includes('\0')) return { ok: false, why: 'nul' };
  if (value.includes('\\')) return { ok: false, why: 'backslash' };
  if (value.startsWith('/') || DRIVE.test(value)) return { ok: false, why: 'absolute' };
  const parts = value.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { ok: false, why: 'parent_traversal' };
  const path = parts.join('/');
  if (path === '') return { ok: false, why: 'empty' };
  // `./C:/x` is `C:/x` once it is normal.
  return DRIVE.test(path) ? { ok: false, why: 'absolute' } : { ok: true, path };
}

/** An entry without `./` in front and `/` behind. */
export function trimEntry(entry: string): string {
  return entry.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
}

/** Whether `path` is `entry` or lies inside it; `a/b` holds `a/b/c` and not `a/bc`. */
export function isInside(entry: string, path: string): boolean {
  const folder = trimEntry(entry);
  return folder !== '' && (path === folder || path.startsWith(`${folder}/`));
}

/** Whether `outer` is a folder of `inner`; equal entries are not. */
export function isSegmentPrefix(outer: string, inner: string): boolean {
  const folder = trimEntry(outer);
  return folder !== '' && trimEntry(inner).startsWith(`${folder}/`);
}

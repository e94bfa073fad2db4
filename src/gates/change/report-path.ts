/**
 * The path in the repository that a path in a report means, or null for a file outside of it. Reports name files absolutely, relative
 * to the root, or relative to one of their source folders.
 */
export function repositoryPath(reported: string, root: string | null): string | null {
  const plain = reported
    .replace(/^file:\/\//u, '')
    .replace(/\\/gu, '/')
    .replace(/\/{2,}/gu, '/');
  const inside = root !== null && plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : plain;
  if (inside.startsWith('/') || /^[A-Za-z]:\//u.test(inside)) return null;
  const parts: string[] = [];
  for (const part of inside.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join('/');
}

/** All paths that a file of the report may mean; `sources` are its source folders (Cobertura). */
export function repositoryPaths(reported: string, root: string | null, sources: readonly string[]): string[] {
  const absolute = reported.startsWith('/');
  const candidates =
    absolute || sources.length === 0
      ? [reported]
      : sources.map((source) => `${source === '' ? '.' : source}/${reported}`);
  const paths = candidates.map((each) => (each === root ? null : repositoryPath(each, root)));
  return [...new Set(paths.filter((path) => path !== null))];
}

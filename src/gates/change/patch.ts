import type { AddedFile } from './facts.js';

/** One entry of the diff, in the order in which the patch has them. */
export interface PatchEntry {
  readonly path: string;
  /** A file that became a link (or the reverse) has two sections: one goes, one comes. */
  readonly sections: 1 | 2;
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/u;

/**
 * The added lines of a patch made with `git diff-tree -p -U0`. Paths come from the entries, by their order, and hunks are counted out: what
 * a file holds (`+++ b/x`, `diff --git …`) can therefore never pass for a header.
 * @throws RangeError if patch and entries do not belong together
 */
export function addedLines(patch: string, entries: readonly PatchEntry[]): AddedFile[] {
  const files = new Map<string, { path: string; numbers: number[]; texts: string[] }>();
  const paths = entries.flatMap(({ path, sections }) => (sections === 2 ? [path, path] : [path]));
  let section = -1;
  let at = 0;
  const next = (): string | undefined => {
    if (at >= patch.length) return undefined;
    const end = patch.indexOf('\n', at);
    const line = patch.slice(at, end < 0 ? undefined : end);
    at = end < 0 ? patch.length : end + 1;
    return line;
  };
  for (let line = next(); line !== undefined; line = next()) {
    if (line.startsWith('diff --git ')) {
      section += 1;
      continue;
    }
    const hunk = HUNK.exec(line);
    if (hunk === null) continue;
    const path = paths[section];
    if (path === undefined) throw new RangeError('the patch has more sections than the diff has entries');
    let removed = Number(hunk[1] ?? '1');
    let number = Number(hunk[2]);
    let added = Number(hunk[3] ?? '1');
    const file = files.get(path) ?? { path, numbers: [], texts: [] };
    files.set(path, file);
    while (removed > 0 || added > 0) {
      const changed = next();
      if (changed === undefined) throw new RangeError('the patch breaks off inside a hunk');
      if (changed.startsWith('-') && removed > 0) removed -= 1;
      else if (changed.startsWith('+') && added > 0) {
        file.numbers.push(number);
        file.texts.push(changed.endsWith('\r') ? changed.slice(1, -1) : changed.slice(1));
        number += 1;
        added -= 1;
      } else if (!changed.startsWith('\\'))
        throw new RangeError('a hunk of the patch is not as long as it says');
    }
  }
  if (section + 1 !== paths.length) {
    throw new RangeError(`the patch has ${section + 1} sections for ${paths.length} entries of the diff`);
  }
  return [...files.values()].filter(({ numbers }) => numbers.length > 0);
}

/** Every line of a file as added: of a binary, for which git makes no patch. */
export function wholeFile(path: string, bytes: Uint8Array): AddedFile {
  const texts = Buffer.from(bytes).toString('utf8').split('\n');
  return { path, numbers: texts.map((_, index) => index + 1), texts };
}

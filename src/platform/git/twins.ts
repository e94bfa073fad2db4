import type { Twin } from '../../aggregates/constitution/index.js';
import { GitError } from './errors.js';
import type { Objects } from './objects.js';

/**
 * Looks beside every path, folder by folder, for another name that a case-folding or normalising file system takes for the same:
 * a diff shows only what was changed, and the other one may have been there before.
 */
export async function findTwins(
  objects: Objects,
  commit: string,
  paths: readonly string[],
  maxBytes: number,
): Promise<Twin[]> {
  const folders = new Map<string, Promise<readonly string[]>>();
  const namesIn = (folder: string): Promise<readonly string[]> => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const read = readNames(objects, `${commit}:${folder}`, maxBytes);
    folders.set(folder, read);
    return read;
  };
  const found = new Map<string, Twin>();
  for (const path of paths) {
    const parts = path.split('/');
    for (const [depth, name] of parts.entries()) {
      const folder = parts.slice(0, depth).join('/');
      const key = foldName(name);
      for (const other of await namesIn(folder)) {
        if (other === name || foldName(other) !== key) continue;
        const twin = folder === '' ? other : `${folder}/${other}`;
        found.set(`${path}\0${twin}`, { path, twin });
      }
    }
  }
  return [...found.values()];
}

function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Names in one folder. A path that git can not be asked about (a line break) has no folder: it is refused for its name. */
async function readNames(objects: Objects, tree: string, maxBytes: number): Promise<readonly string[]> {
  // eslint-disable-next-line no-control-regex -- these would be a second question to git
  if (/[\u0000-\u001f\u007f]/u.test(tree) || tree.includes('\ufffd')) return [];
  const read = await objects.read(tree, maxBytes);
  return read?.info.type === 'tree' ? treeNames(read.bytes, read.info.id.length / 2, tree) : [];
}

/** Git's form of a tree: `<mode> <name>\0<id>` for each entry. */
function treeNames(bytes: Buffer, idBytes: number, place: string): string[] {
  const names: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 1 + idBytes > bytes.length) throw strange(place);
    names.push(bytes.toString('utf8', space + 1, end));
    at = end + 1 + idBytes;
  }
  return names;
}

function strange(place: string): GitError {
  return new GitError({
    code: 'GIT_OUTPUT',
    place,
    expected: 'a tree as git writes it',
    found: 'an entry that breaks off',
    repair: 'Make the commit anew with git itself.',
  });
}

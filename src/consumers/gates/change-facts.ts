import {
  addedLines,
  manifestReader,
  MOST_MANIFEST_BYTES,
  MOST_MANIFESTS,
  wholeFile,
  type AddedFile,
  type ChangeFacts,
  type GateOrder,
  type ManifestChange,
} from '../../gates/index.js';
import { GitError, type GitStore, type Patch } from '../../platform/git/index.js';

/** A file in which git sees no text is still read up to this size: a NUL byte must not hide what is added. */
const MOST_BINARY_BYTES = 1024 * 1024;
const MOST_BINARIES = 100;
const MODE_SUBMODULE = '160000';

/** What Arbiter's own git says of the change: as much as the measures of the order need. */
export async function changeFacts(
  order: GateOrder,
  store: GitStore,
  base: string,
  commit: string,
): Promise<{
  readonly facts: Omit<ChangeFacts, 'root'>;
  /** Mode that every touched path has at the base; null: it is not there. */
  readonly baseModes: ReadonlyMap<string, string | null>;
}> {
  const changes = await store.diff(base, commit);
  const baseModes = new Map<string, string | null>();
  for (const { path, oldPath, oldMode, status } of changes) {
    const there = status === 'MODIFIED' || status === 'DELETED' || status === 'TYPE_CHANGED';
    baseModes.set(path, there ? oldMode : (baseModes.get(path) ?? null));
    if (status === 'RENAMED' && oldPath !== null) baseModes.set(oldPath, oldMode);
  }
  const paths = [...baseModes.keys()];
  const needsLines = order.measures.some(({ kind }) => READS_LINES.has(kind));
  const needsManifests = order.measures.some(({ kind }) => kind === 'dependencies');
  const lines = needsLines ? await linesOf(store, await store.patch(base, commit)) : NO_LINES;
  const facts = {
    commit,
    ...lines,
    touched: new Set(paths),
    manifests: needsManifests ? await manifestsOf(store, base, commit, paths) : [],
    present: await presentOf(store, commit, order.contracts),
  };
  return { facts, baseModes };
}

const READS_LINES: ReadonlySet<string> = new Set([
  'coverage',
  'secrets',
  'static-analysis',
  'security',
  'contracts',
]);
const NO_LINES = { added: [], unread: [] };

async function linesOf(store: GitStore, patch: Patch): Promise<Pick<ChangeFacts, 'added' | 'unread'>> {
  const added = addedLines(patch.text, patch.files);
  const seen = new Set(added.map(({ path }) => path));
  const unread: string[] = [];
  const binaries: AddedFile[] = [];
  for (const path of binariesOf(patch)) {
    const file = patch.files.find((each) => each.path === path);
    if (file === undefined || seen.has(path) || /^0+$/u.test(file.newId) || file.newMode === MODE_SUBMODULE)
      continue;
    const whole = binaries.length < MOST_BINARIES ? await readWhole(store, path, file.newId) : null;
    if (whole === null) unread.push(path);
    else binaries.push(whole);
  }
  return { added: [...added, ...binaries], unread };
}

/** Entries without a hunk whose section says that git compared bytes. */
function binariesOf({ files, text }: Patch): string[] {
  if (!text.includes('\nBinary files ')) return [];
  const sections = text.split(/^diff --git /mu).slice(1);
  const paths = files.flatMap(({ path, sections: count }) => (count === 2 ? [path, path] : [path]));
  // Lines of files begin with a sign, so a section that holds this line is about bytes.
  return paths.filter((_, index) => /^Binary files .* differ$/mu.test(sections[index] ?? ''));
}

async function readWhole(store: GitStore, path: string, id: string): Promise<AddedFile | null> {
  try {
    return wholeFile(path, await store.readBlob(id, MOST_BINARY_BYTES));
  } catch (error) {
    if (error instanceof GitError && error.code === 'FILE_TOO_LARGE') return null;
    throw error;
  }
}

async function manifestsOf(
  store: GitStore,
  base: string,
  commit: string,
  paths: readonly string[],
): Promise<readonly ManifestChange[]> {
  // One more than are compared, so that the measure sees that there are too many: none is left out in silence.
  const manifests = paths.filter((path) => manifestReader(path) !== undefined).slice(0, MOST_MANIFESTS + 1);
  return Promise.all(
    manifests.map(async (path) => ({
      path,
      before: await store.readFile(base, path, MOST_MANIFEST_BYTES),
      after: await store.readFile(commit, path, MOST_MANIFEST_BYTES),
    })),
  );
}

async function presentOf(
  store: GitStore,
  commit: string,
  contracts: GateOrder['contracts'],
): Promise<ReadonlySet<string>> {
  const present = await Promise.all(
    contracts.map(async ({ path }) => {
      try {
        return (await store.idOf(commit, path)) === null ? [] : [path];
      } catch (error) {
        // A path that git cannot be asked for is not there.
        if (error instanceof GitError && error.code === 'NOT_A_FILE') return [];
        throw error;
      }
    }),
  );
  return new Set(present.flat());
}

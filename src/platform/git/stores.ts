import { GitError } from './errors.js';
import { openStore, type GitStore } from './store.js';

/** The bare stores of the repositories in use: opened once, the least recently used closed beyond `most`. */
export interface Stores {
  of(repository: string): Promise<GitStore>;
  close(): Promise<void>;
}

export const createStores = (folder: string, most = 32): Stores => {
  const open = new Map<string, Promise<GitStore>>();
  const retire = (): void => {
    for (const [oldest, store] of open) {
      if (open.size <= most) return;
      open.delete(oldest);
      // Whoever still works with it gets an error of the infrastructure, and the ask comes again.
      void store.then((s) => s.close()).catch(() => undefined);
    }
  };
  return {
    of: (repository) => {
      const known = open.get(repository);
      if (known !== undefined) {
        open.delete(repository);
        open.set(repository, known);
        return known;
      }
      const store = openStore({ folder, repository });
      open.set(repository, store);
      store.catch(() => open.delete(repository));
      retire();
      return store;
    },
    close: async () => {
      const stores = await Promise.allSettled(open.values());
      open.clear();
      for (const store of stores) if (store.status === 'fulfilled') await store.value.close();
    },
  };
};

/** A failure of git as a code and words for a person; `transient` when the same question may be answered later. */
export const gitFailure = (
  error: unknown,
): { code: string; message: string; repair: string; transient: boolean } => {
  if (error instanceof GitError) {
    const { code, message, repair, transient } = error;
    return { code, message, repair, transient };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'GIT_FAILED', message, repair: 'look into the log of the arbiter process', transient: true };
};

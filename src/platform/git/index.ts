/**
 * Git as hostile input (architecture 5): a bare store of our own for each repository, read through long-lived processes, with
 * nothing of the source ever run. Opens with {@link openStore}; every failure is a {@link GitError} with a code.
 */
export { requireFitGit } from './fitness.js';
export { openStore } from './store.js';
export type { FetchedCommit, GitStore, StoreOptions } from './store.js';
export type { CheckoutChanges } from './checkout.js';
export type { Patch, PatchedFile } from './patches.js';
export { GitError } from './errors.js';
export type { GitErrorCode } from './errors.js';
export { DEFAULT_PROTOCOLS, parseRepository } from './repository.js';
export type { Protocol, Repository } from './repository.js';
export { isCommitId } from './revision.js';
export { createStores, gitFailure } from './stores.js';
export type { Stores } from './stores.js';

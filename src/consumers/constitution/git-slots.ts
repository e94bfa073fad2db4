import pLimit, { type LimitFunction } from 'p-limit';

/** Resolves with nothing, and starts nothing, when its turn comes and `isWanted` says no any more. */
export type GitSlots = <T>(
  repository: string,
  isWanted: () => boolean,
  work: () => Promise<T>,
) => Promise<T | undefined>;

/** Host of a URL or of `host:path`; a path on this machine stands for itself. */
const hostOf = (repository: string): string => {
  if (URL.canParse(repository)) return new URL(repository).host;
  return /^(?:[^/@]*@)?([^:/@]+):/.exec(repository)?.[1] ?? repository;
};

/**
 * Work that starts git processes, `slots` at once, and half of them at most with one host: a host that does not answer
 * holds up its own tasks, and not those of others.
 */
export const gitSlots = (slots: number): GitSlots => {
  const all = pLimit(slots);
  const share = Math.max(1, Math.floor(slots / 2));
  const hosts = new Map<string, LimitFunction>();
  return async (repository, isWanted, work) => {
    const host = hostOf(repository);
    const ofHost = hosts.get(host) ?? pLimit(share);
    hosts.set(host, ofHost);
    try {
      return await ofHost(() => all(async () => (isWanted() ? work() : undefined)));
    } finally {
      if (ofHost.activeCount + ofHost.pendingCount === 0) hosts.delete(host);
    }
  };
};

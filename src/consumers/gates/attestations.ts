import { GitError, type GitStore } from '../../platform/git/index.js';
import type { Problem } from '../../gates/index.js';
import { GateInterrupted } from '../../runners/gate-command/index.js';

/** Where those who sign put them, in the repository itself: one ref for each result, one file for each gate. */
export const attestationRef = (commit: string): string => `refs/arbiter-attestations/${commit}`;

const MOST_BYTES = 512 * 1024;
const LOOK_EVERY_MS = 5_000;

/** A signed result of a gate. It may still be under way, so it is waited for as long as the gate may take; `until` in ms since the epoch. */
export async function fetchAttestation(
  store: GitStore,
  { commit, gate, until }: { readonly commit: string; readonly gate: string; readonly until: number },
  {
    looks,
    signal,
  }: { readonly looks: <T>(work: () => Promise<T>) => Promise<T>; readonly signal: AbortSignal },
): Promise<{ readonly bytes: Buffer } | { readonly problem: Problem }> {
  for (;;) {
    const bytes = await looks(() => look(store, commit, gate));
    if (bytes !== null) return { bytes };
    if (signal.aborted) throw new GateInterrupted();
    if (Date.now() + LOOK_EVERY_MS > until) return { problem: missing(commit, gate) };
    await new Promise((resolve) => {
      const timer = setTimeout(done, LOOK_EVERY_MS);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve(undefined);
      }
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

async function look(store: GitStore, commit: string, gate: string): Promise<Buffer | null> {
  try {
    const place = await store.resolve(attestationRef(commit));
    return await store.readFile(place, `${gate}.json`, MOST_BYTES);
  } catch (error) {
    if (error instanceof GitError && error.code === 'REVISION_NOT_FOUND') return null;
    throw error;
  }
}

function missing(commit: string, gate: string): Problem {
  return {
    rule: 'arbiter.evidence.missing',
    message: `nobody has attested gate ${gate} for this commit`,
    repair: `Push a commit with \`${gate}.json\` to ${attestationRef(commit)}.`,
  };
}

import { GitError, gitWords } from './errors.js';
import type { Repository } from './repository.js';
import type { RunOptions } from './run.js';
import { runGit } from './run.js';

export interface FetchRequest {
  readonly repository: Repository;
  /** Ref or commit id on the other side, already checked. */
  readonly source: string;
  /** Ref of ours that it is written to. */
  readonly target: string;
  /** A commit that both sides have. */
  readonly have?: string;
}

const ABSENT =
  /couldn't find remote ref|not our ref|no such remote ref|unadvertised object|upload-pack: not our ref|bad object/iu;
const MALFORMED =
  /fsck error|error in object|bad tree|unpack-objects failed|index-pack failed|invalid index-pack/iu;

/** A fetch that brings what was asked for and starts nothing else. */
export const BARE_FETCH: readonly string[] = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
];

/**
 * One `git fetch` of one ref into the store. No tags, no submodules, no hooks, no garbage collection. Not `fetch.fsckObjects`: it
 * leaves a pack behind for every task, and refuses old repositories; odd trees show in the diff, where the constitution judges them.
 */
export async function fetchRef(request: FetchRequest, options: RunOptions): Promise<void> {
  const args = [
    ...BARE_FETCH,
    '--no-show-forced-updates',
    ...(request.have === undefined ? [] : [`--negotiation-tip=${request.have}`]),
    '--',
    request.repository.address,
    `+${request.source}:${request.target}`,
  ];
  const { status, stderr } = await runGit(args, options);
  if (status !== 0) throw why(request, stderr);
}

function why(request: FetchRequest, stderr: string): GitError {
  const found = gitWords(stderr);
  const place = `fetch of ${request.source} from ${gitWords(request.repository.address)}`;
  if (ABSENT.test(stderr)) {
    const repair = 'Push it, or name a revision that is there.';
    return new GitError({
      code: 'REVISION_NOT_FOUND',
      place,
      expected: 'the revision to exist',
      found,
      repair,
    });
  }
  if (MALFORMED.test(stderr)) {
    const repair = 'Make the commit anew with git itself.';
    return new GitError({ code: 'OBJECTS_REFUSED', place, expected: 'well-formed objects', found, repair });
  }
  const repair = 'Check the address, the network and the rights.';
  return new GitError({
    code: 'REPOSITORY_UNREACHABLE',
    place,
    expected: 'a git repository that answers',
    found,
    repair,
  });
}

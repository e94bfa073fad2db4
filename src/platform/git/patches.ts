import { Conversation } from './conversation.js';
import { DiffAnswer, diffTree, endMark, pairOfTrees, type DiffLimits } from './diffs.js';
import { GitError, NEEDED_GIT } from './errors.js';
import type { Objects } from './objects.js';
import type { RunOptions } from './run.js';

/** One entry of a patch. */
export interface PatchedFile {
  readonly path: string;
  readonly newId: string;
  readonly newMode: string;
  /** A file that became a link, or the reverse, has two sections in the patch. */
  readonly sections: 1 | 2;
}

export interface Patch {
  /** In the order of the sections. */
  readonly files: readonly PatchedFile[];
  /** `diff --git` sections without context lines; hostile text. */
  readonly text: string;
}

const ARGS = diffTree('-p', '-U0', '--no-color');
const RAW = /^:\d{6} (\d{6}) [0-9a-f]{40,64} ([0-9a-f]{40,64}) ([A-Z])\d*$/u;

/** Patches between commits of one store through one `git diff-tree --stdin` process. */
export class Patches {
  readonly conversation: Conversation;
  private readonly end = endMark();

  constructor(
    options: RunOptions,
    private readonly objects: Objects,
  ) {
    this.conversation = new Conversation(ARGS, options);
  }

  /** The patch from base to commit, both full ids of commits in the store. @throws GitError DIFF_TOO_LARGE, GIT_OUTPUT, … */
  async between(base: string, commit: string, limits: DiffLimits): Promise<Patch> {
    const place = `patch ${base}..${commit}`;
    const pair = await pairOfTrees(this.objects, base, commit, place);
    const answer = () => new DiffAnswer(this.end, limits.maxBytes, place);
    const output = await this.conversation.ask(pair + this.end, answer, place);
    if (output.subarray(0, pair.length).toString('latin1') !== pair) {
      throw strange(place, 'another pair of trees');
    }
    return split(output.subarray(pair.length), place);
  }
}

/** Raw entries, each ended by NUL; one NUL more; the patch. */
function split(output: Buffer, place: string): Patch {
  const files: PatchedFile[] = [];
  let at = 0;
  const field = (): string => {
    const end = output.indexOf(0, at);
    if (end < 0) throw strange(place, 'an entry that breaks off');
    const text = output.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  while (output[at] === 0x3a) {
    const header = field();
    const found = RAW.exec(header);
    if (found === null) throw strange(place, JSON.stringify(header.slice(0, 200)));
    const [, newMode = '', newId = '', letter = ''] = found;
    const first = field();
    const path = letter === 'R' || letter === 'C' ? field() : first;
    files.push({ path, newId, newMode, sections: letter === 'T' ? 2 : 1 });
  }
  if (files.length === 0) return { files, text: '' };
  if (output[at] !== 0) throw strange(place, 'no patch behind the entries');
  return { files, text: output.toString('utf8', at + 1) };
}

function strange(place: string, found: string): GitError {
  const repair = `Check that it is ${NEEDED_GIT}; report this.`;
  return new GitError({
    code: 'GIT_OUTPUT',
    place,
    expected: 'the output of git diff-tree -p',
    found,
    repair,
  });
}

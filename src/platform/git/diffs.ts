import { randomBytes } from 'node:crypto';
import type { FileChange } from '../../aggregates/constitution/index.js';
import type { Answer } from './conversation.js';
import { Conversation } from './conversation.js';
import type { DiffEntry } from './diff-parse.js';
import { parseDiff } from './diff-parse.js';
import { GitError } from './errors.js';
import type { Objects } from './objects.js';
import type { RunOptions } from './run.js';

export interface DiffLimits {
  readonly maxFiles: number;
  /** Bytes of git's output, and of a copied file whose lines are counted. */
  readonly maxBytes: number;
}

/** Asks of one process for what differs between pairs of trees; `output`: what it prints beside the raw entries. */
export const diffTree = (...output: readonly string[]): readonly string[] => [
  'diff-tree',
  '--stdin',
  '-r',
  '--raw',
  ...output,
  '-z',
  '-M',
  '-C',
  '-l1000',
  '--no-commit-id',
  '--no-abbrev',
  '--no-ext-diff',
  '--no-textconv',
  '--ignore-submodules=none',
];

const ARGS = diffTree('--numstat');

/** Diffs between commits of one store through one `git diff-tree --stdin` process. */
export class Diffs {
  readonly conversation: Conversation;
  private readonly end = endMark();

  constructor(
    options: RunOptions,
    private readonly objects: Objects,
  ) {
    this.conversation = new Conversation(ARGS, options);
  }

  /** Every changed entry from base to commit, both full ids of commits in the store. An error is never an empty list. */
  async between(base: string, commit: string, limits: DiffLimits): Promise<FileChange[]> {
    const place = `diff ${base}..${commit}`;
    // Trees, not commits: with a parent that is missing diff-tree would print nothing and carry on. It repeats the pair it compared.
    const pair = await pairOfTrees(this.objects, base, commit, place);
    const answer = () => new DiffAnswer(this.end, limits.maxBytes, place);
    const output = await this.conversation.ask(pair + this.end, answer, place);
    const entries = parseDiff(afterHeader(output, pair, place), place);
    if (entries.length > limits.maxFiles)
      throw tooLarge(place, `${limits.maxFiles} entries`, `${entries.length} entries`);
    return Promise.all(entries.map((entry) => this.withLines(entry, limits)));
  }

  /**
   * git counts a copy by what differs from its source, and a file with a NUL byte not at all; what is added to the
   * repository is the whole file, and a NUL in a comment must not take code out of a budget.
   */
  private async withLines({ newId, ...change }: DiffEntry, limits: DiffLimits): Promise<FileChange> {
    const isCounted = change.status !== 'COPIED' && !change.binary;
    if (isCounted || change.status === 'DELETED') return change;
    const blob = await this.objects.read(newId, limits.maxBytes);
    if (blob === null) throw tooLarge(newId, 'the file', 'no such object');
    return { ...change, insertions: lines(blob.bytes), deletions: 0 };
  }
}

/** Ends an answer of `diff-tree --stdin`: it repeats a line that names no object, and no path can forge this one. */
export function endMark(): string {
  return `end-${randomBytes(16).toString('hex')}\n`;
}

/** The line that asks for a diff. @throws GitError REVISION_NOT_FOUND */
export async function pairOfTrees(
  objects: Objects,
  base: string,
  commit: string,
  place: string,
): Promise<string> {
  return `${await treeOf(objects, base, place)} ${await treeOf(objects, commit, place)}\n`;
}

async function treeOf(objects: Objects, commit: string, place: string): Promise<string> {
  const tree = await objects.info(`${commit}^{tree}`);
  if (tree?.type === 'tree') return tree.id;
  throw new GitError({
    code: 'REVISION_NOT_FOUND',
    place,
    expected: `the commit ${commit} and its tree in the store`,
    found: 'no such object',
    repair: 'Fetch the commit first.',
  });
}

function afterHeader(output: Buffer, pair: string, place: string): Buffer {
  if (output.subarray(0, pair.length).toString('latin1') === pair) return output.subarray(pair.length);
  throw new GitError({
    code: 'GIT_OUTPUT',
    place,
    expected: 'the pair of trees that was asked for',
    found: JSON.stringify(output.subarray(0, 200).toString('utf8')),
    repair: 'Nothing is judged without a diff; try again.',
  });
}

function lines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return bytes.length > 0 && bytes[bytes.length - 1] !== 0x0a ? count + 1 : count;
}

export class DiffAnswer implements Answer<Buffer> {
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private tail: Buffer = Buffer.alloc(0);
  private readonly end: Buffer;

  constructor(
    end: string,
    private readonly maxBytes: number,
    private readonly place: string,
  ) {
    this.end = Buffer.from(end);
  }

  push(chunk: Buffer): boolean {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length > this.maxBytes + this.end.length) {
      throw tooLarge(this.place, `${this.maxBytes} bytes of diff`, `more than ${this.maxBytes} bytes`);
    }
    this.tail = Buffer.concat([this.tail, chunk]).subarray(-this.end.length);
    return this.tail.equals(this.end);
  }

  value(): Buffer {
    return Buffer.concat(this.chunks).subarray(0, this.length - this.end.length);
  }
}

function tooLarge(place: string, expected: string, found: string): GitError {
  return new GitError({
    code: 'DIFF_TOO_LARGE',
    place,
    expected: `at most ${expected}`,
    found,
    repair: 'Make the change smaller, or split the work.',
  });
}

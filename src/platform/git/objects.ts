import type { Answer } from './conversation.js';
import { Conversation } from './conversation.js';
import { GitError, NEEDED_GIT } from './errors.js';
import type { RunOptions } from './run.js';

export interface ObjectInfo {
  readonly id: string;
  readonly type: string;
  readonly size: number;
}

/** Reads objects of one store through one `git cat-file --batch-command` process. Names must hold no control character. */
export class Objects {
  readonly conversation: Conversation;

  constructor(options: RunOptions) {
    this.conversation = new Conversation(['cat-file', '--batch-command'], options);
  }

  /** What the name means, or null if there is no such object. */
  info(name: string): Promise<ObjectInfo | null> {
    return this.conversation.ask(`info ${name}\n`, () => new ObjectAnswer(name, 0), `object ${name}`);
  }

  /** The bytes of the object, or null if there is none. @throws GitError FILE_TOO_LARGE */
  async read(name: string, maxBytes: number): Promise<{ info: ObjectInfo; bytes: Buffer } | null> {
    const info = await this.info(name);
    if (info === null) return null;
    if (info.size > maxBytes) {
      throw new GitError({
        code: 'FILE_TOO_LARGE',
        place: `object ${name}`,
        expected: `at most ${maxBytes} bytes`,
        found: `${info.size} bytes`,
        repair: 'Make the file smaller.',
      });
    }
    const answer = () => new ContentAnswer(info.id, maxBytes);
    const bytes = await this.conversation.ask(`contents ${info.id}\n`, answer, `object ${name}`);
    return { info, bytes };
  }
}

const MAX_HEADER = 8_192;

/** The header line of an answer: `<id> <type> <size>`, or `<name> missing`. */
class ObjectAnswer implements Answer<ObjectInfo | null> {
  protected buffer: Buffer = Buffer.alloc(0);
  private info: ObjectInfo | null = null;

  constructor(
    protected readonly name: string,
    protected readonly maxBytes: number,
  ) {}

  push(chunk: Buffer): boolean {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const end = this.buffer.indexOf(0x0a);
    if (end < 0) {
      if (this.buffer.length > MAX_HEADER) throw strange(this.name, 'a header without an end');
      return false;
    }
    this.info = parseHeader(this.buffer.toString('utf8', 0, end), this.name);
    return true;
  }

  value(): ObjectInfo | null {
    return this.info;
  }
}

class ContentAnswer implements Answer<Buffer> {
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private start = -1;
  private size = -1;

  constructor(
    private readonly name: string,
    private readonly maxBytes: number,
  ) {}

  push(chunk: Buffer): boolean {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length > this.maxBytes + MAX_HEADER) throw strange(this.name, 'more bytes than announced');
    if (this.size < 0) this.readHeader();
    return this.size >= 0 && this.length >= this.start + this.size + 1;
  }

  value(): Buffer {
    return Buffer.concat(this.chunks).subarray(this.start, this.start + this.size);
  }

  private readHeader(): void {
    const head = Buffer.concat(this.chunks);
    const end = head.indexOf(0x0a);
    if (end < 0) return;
    const info = parseHeader(head.toString('utf8', 0, end), this.name);
    if (info === null) throw strange(this.name, 'an object that has gone');
    this.start = end + 1;
    this.size = info.size;
  }
}

function parseHeader(line: string, name: string): ObjectInfo | null {
  const found = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d{1,15})$/u.exec(line);
  if (found !== null) return { id: found[1] ?? '', type: found[2] ?? '', size: Number(found[3]) };
  if (line.endsWith(' missing') || line.endsWith(' ambiguous')) return null;
  throw strange(name, JSON.stringify(line.slice(0, 200)));
}

function strange(name: string, found: string): GitError {
  return new GitError({
    code: 'GIT_OUTPUT',
    place: `object ${name}`,
    expected: 'an answer of git cat-file',
    found,
    repair: `Check that it is ${NEEDED_GIT}.`,
  });
}

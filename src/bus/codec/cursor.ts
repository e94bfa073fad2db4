import { BodyError } from './errors.js';
import { isExactLong, LONG_RANGE } from './longs.js';

/** Node's own slice to text: faster than `toString`, and not in its type declarations. */
interface TextBuffer {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/** Largest record, in bytes, whose strings are cut out of one. */
const CUT_FROM = 1024;

const isAscii = (buf: Buffer, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if ((buf[i] ?? 0) > 0x7f) return false;
  return true;
};

const EMPTY = Buffer.alloc(0) as Buffer & TextBuffer;

/**
 * Reads Avro primitives from a buffer, checking every bound: whatever the bytes are, a read moves forward or throws, so
 * that work and memory are bounded by the number of bytes. (avsc trusts counts: five bytes can make it loop for hours.)
 * One instance is used again and again; nothing it returns refers to the buffer, which may be a whole fetch.
 */
export class Cursor {
  private buf: Buffer & TextBuffer = EMPTY;
  private pos = 0;
  /** The whole record as Latin-1, made at its first string. */
  private text: string | undefined;

  begin(buf: Buffer, pos: number): void {
    this.buf = buf as Buffer & TextBuffer;
    this.pos = pos;
    this.text = undefined;
  }

  /** The body must end where the schema says. */
  finish(): void {
    const left = this.buf.length - this.pos;
    this.buf = EMPTY;
    this.text = undefined;
    if (left !== 0) throw new BodyError('CORRUPT_BODY', `${left} bytes after the end of the record`);
  }

  long(): number {
    const byte = this.buf[this.pos];
    if (byte !== undefined && byte < 0x80) {
      this.pos += 1;
      return (byte >>> 1) ^ -(byte & 1);
    }
    return this.longOfManyBytes();
  }

  int(): number {
    const value = this.long();
    if (value !== (value | 0)) throw this.corrupt(`an int of 32 bits, found ${value}`);
    return value;
  }

  /** An index below `count`: the branch of a union, the symbol of an enum. */
  index(count: number): number {
    const value = this.long();
    if (value < 0 || value >= count) throw this.corrupt(`an index below ${count}, found ${value}`);
    return value;
  }

  boolean(): boolean {
    const byte = this.buf[this.pos++];
    if (byte !== 0 && byte !== 1) throw this.corrupt(`a boolean, found ${byte ?? 'the end'}`);
    return byte === 1;
  }

  float(): number {
    return this.buf.readFloatLE(this.take(4));
  }

  double(): number {
    return this.buf.readDoubleLE(this.take(8));
  }

  /**
   * Going to the native decoder costs more than most of our strings are long. So a small record is turned into one string
   * once, and its ASCII strings are cut out of that (a cut keeps its record's text alive, hence the limit).
   */
  string(): string {
    const length = this.long();
    const start = this.take(length);
    const end = start + length;
    if (this.buf.length > CUT_FROM || !isAscii(this.buf, start, end)) return this.buf.utf8Slice(start, end);
    this.text ??= this.buf.latin1Slice(0, this.buf.length);
    return this.text.slice(start, end);
  }

  bytes(): Buffer {
    return this.fixed(this.long());
  }

  fixed(size: number): Buffer {
    const start = this.take(size);
    const out = Buffer.allocUnsafe(size);
    if (size > 64) this.buf.copy(out, 0, start, start + size);
    else for (let i = 0; i < size; i++) out[i] = this.buf[start + i] ?? 0;
    return out;
  }

  skip(size: number): void {
    this.take(size);
  }

  skipBytes(): void {
    this.take(this.long());
  }

  /** Number of items in the next block of an array or map; 0 ends it. The byte size of a block is not believed. */
  block(): number {
    const count = this.long();
    if (count >= 0) return count;
    this.long();
    return -count;
  }

  /** Claims the next `size` bytes and returns where they start. */
  private take(size: number): number {
    const start = this.pos;
    if (size < 0 || size > this.buf.length - start)
      throw this.corrupt(`${size} more bytes, found ${this.buf.length - start}`);
    this.pos = start + size;
    return start;
  }

  /** Zig-zag: 2k stands for k, 2k+1 for -(k+1). `half` = k is summed up, so that all safe integers are exact. */
  private longOfManyBytes(): number {
    const first = this.buf[this.pos++];
    if (first === undefined) throw this.corrupt('a number, found the end');
    let half = (first & 0x7f) >>> 1;
    let byte = first;
    for (let factor = 64; byte >= 0x80; factor *= 128) {
      const next = this.buf[this.pos++];
      if (next === undefined) throw this.corrupt('more bytes of a number, found the end');
      if (factor > 2 ** 62) throw this.corrupt('a number of at most ten bytes');
      byte = next;
      half += (byte & 0x7f) * factor;
    }
    const value = (first & 1) === 0 ? half : -half - 1;
    if (!isExactLong(value))
      throw new BodyError('UNSAFE_LONG', `byte ${this.pos} of the record: expected ${LONG_RANGE}`);
    return value;
  }

  private corrupt(expected: string): BodyError {
    return new BodyError('CORRUPT_BODY', `byte ${this.pos} of the record: expected ${expected}`);
  }
}

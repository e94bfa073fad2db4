import { isExactLong } from './longs.js';

/** Thrown for a value that does not fit its type; whoever catches it finds out where, in the slow way. */
export const MISFIT = new Error('a value does not fit its type');

const FIRST_BYTES = 16 * 1024;
/** A buffer that one large record needed is given back after it. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** Strings up to here are written character by character, which beats the way into native code. */
const SHORT = 48;
/** Zig-zag by shifts is exact up to here. */
const SMALL = 2 ** 30;

/**
 * Writes Avro primitives into a buffer that grows, checking every value: what does not fit its type throws `MISFIT`.
 * One instance is used again and again; `taken` copies the bytes out. Synchronous use only.
 */
export class Sink {
  private buf = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private pos = 0;

  /** Leaves `reserved` bytes free at the start. */
  begin(reserved: number): void {
    if (this.buf.length > KEPT_BYTES) this.buf = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.pos = reserved;
  }

  get length(): number {
    return this.pos;
  }

  /** An exact copy of what was written, the reserved bytes at its start. */
  taken(): Buffer {
    const bytes = Buffer.allocUnsafe(this.pos);
    this.buf.copy(bytes, 0, 0, this.pos);
    return bytes;
  }

  private room(bytes: number): void {
    if (this.pos + bytes <= this.buf.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buf.length * 2, this.pos + bytes));
    this.buf.copy(larger, 0, 0, this.pos);
    this.buf = larger;
  }

  /** A count, an index, or a branch: never negative, and small. */
  count(value: number): void {
    this.room(10);
    this.small(value * 2);
  }

  long(value: unknown): void {
    if (!isExactLong(value)) throw MISFIT;
    this.room(10);
    if (value < SMALL && value >= -SMALL) {
      this.small(((value << 1) ^ (value >> 31)) >>> 0);
      return;
    }
    let rest = value >= 0 ? BigInt(value) * 2n : BigInt(value) * -2n - 1n;
    if (rest <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.large(Number(rest));
      return;
    }
    for (; rest > 0x7fn; rest >>= 7n) this.buf[this.pos++] = Number(rest & 0x7fn) | 0x80;
    this.buf[this.pos++] = Number(rest);
  }

  private small(zigzag: number): void {
    const { buf } = this;
    let rest = zigzag;
    for (; rest > 0x7f; rest >>>= 7) buf[this.pos++] = (rest & 0x7f) | 0x80;
    buf[this.pos++] = rest;
  }

  private large(zigzag: number): void {
    const { buf } = this;
    let rest = zigzag;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) buf[this.pos++] = (rest % 128) | 0x80;
    buf[this.pos++] = rest;
  }

  int(value: unknown): void {
    if (typeof value !== 'number' || value !== (value | 0)) throw MISFIT;
    this.long(value);
  }

  double(value: unknown): void {
    if (typeof value !== 'number') throw MISFIT;
    this.room(8);
    this.pos = this.buf.writeDoubleLE(value, this.pos);
  }

  boolean(value: unknown): void {
    if (typeof value !== 'boolean') throw MISFIT;
    this.room(1);
    this.buf[this.pos++] = value ? 1 : 0;
  }

  string(value: unknown): void {
    if (typeof value !== 'string') throw MISFIT;
    const { length } = value;
    if (length <= SHORT) {
      this.room(SHORT + 10);
      const { buf, pos } = this;
      buf[pos] = length * 2;
      // One byte of length is right for up to 63 characters, as long as each is one byte.
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        buf[pos + 1 + i] = code;
      }
      if (i === length) {
        this.pos = pos + 1 + length;
        return;
      }
    }
    const bytes = Buffer.byteLength(value);
    this.room(bytes + 10);
    this.count(bytes);
    this.pos += this.buf.write(value, this.pos, bytes, 'utf8');
  }

  bytes(value: unknown): void {
    if (!Buffer.isBuffer(value)) throw MISFIT;
    this.room(value.length + 10);
    this.count(value.length);
    this.pos += value.copy(this.buf, this.pos);
  }

  fixed(value: unknown, size: number): void {
    if (!Buffer.isBuffer(value) || value.length !== size) throw MISFIT;
    this.room(size);
    this.pos += value.copy(this.buf, this.pos);
  }

  symbol(index: number | undefined): void {
    if (index === undefined) throw MISFIT;
    this.count(index);
  }
}

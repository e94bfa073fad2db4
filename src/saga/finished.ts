import { createHash } from 'node:crypto';

const FIRST_SLOTS = 1024;
/** Full to three quarters it doubles: at worst 8 bytes / (3/8) = 21.4 bytes an entry (bound: 24). */
const FULLEST = 0.75;

/** Saved high half first, on any machine. */
const LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

type Hash = readonly [high: number, low: number];

const hashOf = (id: string): Hash => {
  const digest = createHash('sha256').update(id).digest();
  // Two zeros mark an empty slot.
  return [digest.readUInt32BE(0), digest.readUInt32BE(4) || 1];
};

/**
 * The tasks that are finished, as 64-bit hashes in an open-addressing table: they leave memory but stay recognised.
 * A hash of SHA-256 can not be aimed at another task's id; by chance a new id is taken for a finished one once in
 * 2^64 / n.
 */
export class FinishedSet {
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  has(id: string): boolean {
    return this.#slots[2 * this.#find(hashOf(id)) + 1] !== 0;
  }

  add(id: string): void {
    this.#insert(hashOf(id));
  }

  /** For undoing: closes the gap by moving later entries of the run back, so that no tombstones pile up. */
  delete(id: string): void {
    const mask = this.#slots.length / 2 - 1;
    let gap = this.#find(hashOf(id));
    if (this.#slots[2 * gap + 1] === 0) return;
    this.#size -= 1;
    for (let at = (gap + 1) & mask; this.#slots[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = (this.#slots[2 * at] ?? 0) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#put(gap, [this.#slots[2 * at] ?? 0, this.#slots[2 * at + 1] ?? 0]);
      gap = at;
    }
    this.#put(gap, [0, 0]);
  }

  /** The hashes, packed and in order: equal sets save equally. Base64. */
  save(): string {
    const hashes = new BigUint64Array(this.#size);
    const halves = new Uint32Array(hashes.buffer);
    let count = 0;
    for (let i = 0; i < this.#slots.length; i += 2) {
      const low = this.#slots[i + 1] ?? 0;
      if (low === 0) continue;
      halves[2 * count + (LITTLE ? 1 : 0)] = this.#slots[i] ?? 0;
      halves[2 * count + (LITTLE ? 0 : 1)] = low;
      count += 1;
    }
    hashes.sort();
    const bytes = Buffer.from(hashes.buffer);
    return (LITTLE ? bytes.swap64() : bytes).toString('base64');
  }

  load(saved: string): void {
    const bytes = Buffer.from(saved, 'base64');
    for (let at = 0; at + 8 <= bytes.length; at += 8)
      this.#insert([bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]);
  }

  *#entries(): IterableIterator<Hash> {
    for (let i = 0; i < this.#slots.length; i += 2) {
      const low = this.#slots[i + 1] ?? 0;
      if (low !== 0) yield [this.#slots[i] ?? 0, low];
    }
  }

  #put(slot: number, [high, low]: Hash): void {
    this.#slots[2 * slot] = high;
    this.#slots[2 * slot + 1] = low;
  }

  #find([high, low]: Hash): number {
    const mask = this.#slots.length / 2 - 1;
    let at = high & mask;
    for (; ; at = (at + 1) & mask) {
      const there = this.#slots[2 * at + 1];
      if (there === 0 || (there === low && this.#slots[2 * at] === high)) return at;
    }
  }

  #insert(hash: Hash): void {
    if ((this.#size + 1) * 2 > this.#slots.length * FULLEST) this.#grow();
    const at = this.#find(hash);
    if (this.#slots[2 * at + 1] !== 0) return;
    this.#put(at, hash);
    this.#size += 1;
  }

  #grow(): void {
    const entries = this.#entries();
    const before = [...entries];
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (const hash of before) this.#put(this.#find(hash), hash);
  }
}

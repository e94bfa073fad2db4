/** A stream of uniform numbers that a seed gives. */
export interface Random {
  readonly seed: string;
  /** the next one, in [0, 1), 53 bits */
  readonly next: () => number;
}

/**
 * The stream of a seed, a function of the seed alone: the same on every machine and in every version of Node, so that a recorded
 * choice can be drawn again from its record (K-14, law 8). Not for secrets.
 */
export function random(seed: string): Random {
  const next = mixedState(seed);
  return { seed, next: () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000 };
}

function mixedState(seed: string): () => number {
  const next = sfc32(...state(seed));
  // The state's hash is mixed further: seeds that differ in one digit must not give related draws.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** Four 32-bit words from the seed's UTF-16 units: multiply-and-xor lanes with different odd constants, then a finalizer each. */
function state(seed: string): [number, number, number, number] {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let at = 0; at < seed.length; at += 1) {
    const unit = seed.charCodeAt(at);
    a = b ^ Math.imul(a ^ unit, 0x2c1b3c6d);
    b = c ^ Math.imul(b ^ unit, 0x297a2d39);
    c = d ^ Math.imul(c ^ unit, 0x1b56c4e9);
    d = a ^ Math.imul(d ^ unit, 0x5f356495);
  }
  return [avalanche(a ^ seed.length), avalanche(b), avalanche(c), avalanche(d)];
}

/** The finalizer of MurmurHash3. */
function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Doty-Humphrey's small fast counting generator. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  let [x, y, z, n] = [a, b, c, counter];
  return () => {
    const sum = (x + y + n) | 0;
    n = (n + 1) | 0;
    x = y ^ (y >>> 9);
    y = (z + (z << 3)) | 0;
    z = (z << 21) | (z >>> 11);
    z = (z + sum) | 0;
    return sum >>> 0;
  };
}

/** The last `most` bytes of a stream of any length, in constant memory. */
export interface OutputTail {
  readonly push: (chunk: Buffer) => void;
  /** the bytes kept, oldest first, and whether anything before them was dropped */
  readonly read: () => { readonly output: Buffer; readonly truncated: boolean };
}

/** @param most bytes to keep, ≥ 0 */
export function outputTail(most: number): OutputTail {
  const ring = Buffer.alloc(most);
  let total = 0;
  const push = (chunk: Buffer): void => {
    const kept = chunk.length > most ? chunk.subarray(chunk.length - most) : chunk;
    total += chunk.length;
    if (kept.length === 0) return;
    const start = (total - kept.length) % most;
    const first = kept.subarray(0, most - start);
    first.copy(ring, start);
    kept.copy(ring, 0, first.length);
  };
  const read = (): { output: Buffer; truncated: boolean } => {
    if (total <= most) return { output: Buffer.from(ring.subarray(0, total)), truncated: false };
    const oldest = most === 0 ? 0 : total % most;
    return { output: Buffer.concat([ring.subarray(oldest), ring.subarray(0, oldest)]), truncated: true };
  };
  return { push, read };
}

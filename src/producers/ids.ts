import { hash, randomBytes } from 'node:crypto';

const formatUuid = (bytes: Buffer): string => {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
};

/** A UUIDv7 (RFC 9562): sortable by time; `now` in milliseconds. */
export const uuidv7 = (now: number, random: Buffer = randomBytes(10)): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.trunc(now), 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
};

/** The head of a new trace (W3C trace context, version 00), sampled. */
export const newTraceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

/** A UUIDv8 (RFC 9562) made from names alone: the same names give the same id (law 8). */
export const derivedUuid = (...names: readonly string[]): string => {
  const bytes = Buffer.from(hash('sha256', JSON.stringify(names), 'hex').slice(0, 32), 'hex');
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
};

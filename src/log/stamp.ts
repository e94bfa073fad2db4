import type { Claimed, LogMeta } from '../events/generated/events.js';
import type { Stamp } from './acceptance.js';
import type { Decoded } from './codec.js';

/** The acceptance stamp of a decoded record of an owned log; undefined: it carries none (a stranger's bytes). */
export const stampOf = (decoded: Decoded): Stamp | undefined => {
  if (decoded.kind === 'undecodable') return undefined;
  if (decoded.kind === 'unknown') return decoded.head === null ? undefined : eventStamp(decoded.head);
  if (decoded.name === 'Claimed') {
    return { kind: 'claim', previousClaim: (decoded.record as unknown as Claimed).previousClaim };
  }
  return eventStamp((decoded.record as { meta: LogMeta }).meta);
};

const eventStamp = (meta: LogMeta): Stamp => ({ kind: 'event', claim: meta.claim, seq: meta.seq });

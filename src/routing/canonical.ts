import { createHash } from 'node:crypto';
import type { Experience } from './experience.js';
import { byId } from './order.js';

/** All of an experience as text, in one fixed order: equal texts, equal bits. For checkpoints and checksums. */
export function canonicalExperience(experience: Experience): string {
  return JSON.stringify(experience, (_, value: unknown) =>
    value instanceof Map ? [...value].sort(([a], [b]) => byId(String(a), String(b))) : value,
  );
}

/** SHA-256 of the canonical text, hex. */
export function experienceDigest(experience: Experience): string {
  return createHash('sha256').update(canonicalExperience(experience)).digest('hex');
}

import { createHash } from 'node:crypto';
import type { Experience } from './experience.js';
import { byId } from './order.js';
import { stepsOf, type Trail } from './trail.js';

/** All of an experience as text, in one fixed order: equal texts, equal bits. For checkpoints and checksums. */
export function canonicalExperience(experience: Experience): string {
  return JSON.stringify(experience, (_, value: unknown) => {
    if (value instanceof Map) return [...value].sort(([a], [b]) => byId(String(a), String(b)));
    return isTrail(value) ? stepsOf(value) : value;
  });
}

const isTrail = (value: unknown): value is Trail =>
  typeof value === 'object' && value !== null && 'kept' in value && 'from' in value;

/** SHA-256 of the canonical text, hex. */
export function experienceDigest(experience: Experience): string {
  return createHash('sha256').update(canonicalExperience(experience)).digest('hex');
}

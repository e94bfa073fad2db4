import type { ComponentName } from '../arbiter.js';

/**
 * What moves a task on, and what follows its log: signing and views take nearly two fifths of the CPU of a task and hold up
 * nothing before the seal. Both in the order of the flow, and the second stops after the first.
 */
const FOLLOWING: ReadonlySet<ComponentName> = new Set([
  'signer',
  'performance',
  'registrar',
  'policy-desk',
  'projections',
]);

/** The components of each thread: one thread, where all of them are of one kind. */
export const planThreads = (names: readonly ComponentName[]): readonly (readonly ComponentName[])[] =>
  [names.filter((name) => !FOLLOWING.has(name)), names.filter((name) => FOLLOWING.has(name))].filter(
    (thread) => thread.length > 0,
  );

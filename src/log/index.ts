/**
 * Owned logs: one accepted writer per partition, decided by the log itself (laws 2 to 5 and 7).
 * `acceptance` is the fold that every reader uses; `follow` reads through it; `owner` claims, decides and appends.
 */
export * from './acceptance.js';
export * from './checkpoint.js';
export * from './clock.js';
export * from './codec.js';
export * from './domain.js';
export * from './errors.js';
export * from './feed.js';
export * from './follow-all.js';
export * from './follow.js';
export * from './head.js';
export * from './keyed-state.js';
export * from './observer.js';
export type { Decided } from './request.js';
export * from './hash-chain.js';
export * from './owner-options.js';
export * from './owner.js';
export * from './owners.js';
export * from './timer-gate.js';
export * from './wake.js';
export * from './asks.js';

/** CAWS' event log: what an event may say, its hash, the next one, and whether a log is whole. */
export { prepareAppend } from './append.js';
export { verifyChain } from './chain.js';
export { validateChainedEvent } from './chained-event.js';
export type { Actor, ChainedEvent, EventBody } from './event.js';
export { validateEventBody } from './event-body.js';
export { computeEventHash } from './event-hash.js';
export { EVENT_TYPES, specIdClassOf } from './event-types.js';
export type { EventType, SpecIdClass } from './event-types.js';

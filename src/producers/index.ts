/** Publishers for inboxes: facts, edge records, dead letters; ids; the form of a request. */
export * from './dead-letters.js';
export * from './edge.js';
export * from './facts.js';
export * from './ids.js';
export * from './request-check.js';

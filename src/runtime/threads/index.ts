/** The components of one process, divided among its threads; health, metrics and stopping see them as one. */
export { processOf, startProcess, type ArbiterProcess } from './process.js';
export { threadOf } from './thread.js';

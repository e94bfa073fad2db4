import type { Faults } from '../../../src/bus/memory/index.js';

/** All at once, often enough for one run to meet several. */
export const STORMY: Faults = {
  appendUnacknowledged: 0.1,
  appendLate: 0.13,
  appendLost: 0.07,
  publishDuplicate: 0.1,
  publishTimeout: 0.05,
  hole: 0.1,
  rebalance: 0.002,
  expire: 0.002,
};

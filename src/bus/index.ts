/**
 * The bus: records on topics with explicit partitions, appended, published, read, owned. `port.ts` is what the rest of
 * Arbiter knows of it; `kafka/` and `memory/` keep it; both pass `test/bus/contract.ts`.
 */
export * from './port.js';
export type { BusLogger } from './logger.js';
export { murmur2, partitionFor } from './partition.js';
export { openKafkaBus, type KafkaBusOptions } from './kafka/index.js';
export {
  CALM,
  createMemoryBus,
  openLiveMemoryBus,
  type BusClock,
  type Faults,
  type MemoryBus,
  type MemoryBusOptions,
  type ProcessBus,
} from './memory/index.js';

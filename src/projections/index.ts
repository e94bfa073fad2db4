/**
 * The queryable views: PostgreSQL tables folded from the owned logs, each with its position in the same transaction. They are
 * a cache (law 1): drop them, and a projector makes them again with the same checksums.
 */
export { openDirectory, type LiveDirectory, type LiveDirectoryOptions } from './directory.js';
export type { TableChecksum } from './engine/checksum.js';
export type { ParkedStream } from './engine/fold-batch.js';
export { migrate } from './migrate.js';
export { silentProjector, type Place, type ProjectorObserver } from './observer.js';
export type { PartitionLag } from './partition-loop.js';
export { PROJECTOR_GROUP, startProjector, type Projector, type ProjectorOptions } from './projector.js';
export * from './queries.js';
export { stderrProgress, type RebuildProgress } from './rebuild/progress.js';
export { rebuild, type RebuildOptions, type Rebuilt } from './rebuild/rebuild.js';
export { ProjectionDiffers, type Compared } from './rebuild/swap.js';
export { projectionStatus, type ProjectionStatus } from './status.js';

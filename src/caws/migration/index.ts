/** Migration of older CAWS specs to v12: text in, text and diagnostics out. */
export { migrateSpec } from './migrate.js';
export type { Migration } from './migrate.js';
export type { MigrationOptions } from './report.js';

import type { Registry } from './registry.js';
import { writeSightings, type SchemaLog } from './schema-log.js';
import type { SchemaSource } from './source.js';
import type { Publisher } from '../port.js';

/**
 * A schema source over the registry and, beside it, the schemas seen in `arbiter.schemas`. With `keep`, schemas
 * that records of foreign producers lead to are written there as well.
 */
export const registrySource = (
  registry: Registry,
  seen?: SchemaLog,
  keep?: {
    readonly publisher: Publisher;
    readonly partitions: number;
    readonly onError: (error: unknown) => void;
  },
): SchemaSource => ({
  idOf: (subject, text) => registry.idOf(subject, text),
  textOfId: (id) => registry.textOfId(id),
  ...(seen ? { seen } : {}),
  ...(seen && keep
    ? {
        learned: (subject: string, id: number, text: string): void => {
          writeSightings(seen, keep.publisher, keep.partitions, [{ subject, id, text }]).catch(keep.onError);
        },
      }
    : {}),
});

import type { Bus } from '../port.js';
import { each } from './each.js';
import {
  logSightings,
  registerOnce,
  registerSchemas,
  requireFullTransitive,
  type RegistrationReport,
} from './register.js';
import type { Registry } from './registry.js';
import { loadSchemaLog, type LoggedSchema, type Sighting } from './schema-log.js';

interface Renumbered {
  readonly subject: string;
  readonly ids: readonly number[];
  readonly now: number;
}

export interface RestoreReport {
  /** Schemas in `arbiter.schemas`. */
  readonly found: number;
  /** Schemas whose every id leads to them in this registry. */
  readonly kept: number;
  /** The others: what is in `ids` leads to them through `arbiter.schemas` alone. */
  readonly renumbered: readonly Renumbered[];
  /** Records of `arbiter.schemas` that do not hold. */
  readonly ignored: number;
}

/** Gaps in the numbers that are filled up at most. */
const MAX_PLACEHOLDERS = 2_000;
const NO_MORE = Number.MAX_SAFE_INTEGER;

/**
 * Fills a registry that has lost its schemas from `arbiter.schemas`. Registered one after the other in the order of their
 * ids, gaps filled with placeholders (erased again), so that a registry that counts from 1 gives every schema its old
 * id; where it does not, the new id goes into `arbiter.schemas` beside the old ones, and old records are read by those.
 */
export const restoreSchemas = async (options: {
  readonly registry: Registry;
  readonly bus: Bus;
}): Promise<RestoreReport> => {
  const { registry, bus } = options;
  const known = await loadSchemaLog(bus);
  const schemas = [...known.all].sort((a, b) => Math.min(...a.ids) - Math.min(...b.ids));
  const restored: Restored[] = [];
  const placeholders = placeholderMaker(registry);
  let last = 0;
  const restore = async (schema: LoggedSchema, subject: string): Promise<void> => {
    let id = await registry.idOf(subject, schema.text);
    if (id === undefined) {
      await requireFullTransitive(registry, subject);
      // Only an empty registry counts from where we want it; filling stops as soon as it is ahead.
      while (last < Math.min(...schema.ids) - 1) last = await placeholders.next(last);
      id = await registerOnce(registry, subject, schema.text);
    }
    last = Math.max(last, id);
    restored.push({ schema, subject, id });
  };
  for (const schema of schemas)
    for (const subject of schema.subjects.slice(0, 1)) await restore(schema, subject);
  // A text under one more subject keeps its id, but may use up a number of the registry: so these come last.
  for (const schema of schemas)
    for (const subject of schema.subjects.slice(1)) await restore(schema, subject);
  await placeholders.erase();
  await logSightings(
    bus,
    restored.map(({ schema: { text }, subject, id }): Sighting => ({ subject, id, text })),
    known,
  );
  const now = await each(restored, async ({ schema, subject, id }) => {
    const ids = await lostIds(registry, schema, id);
    return { schema, entry: { subject, ids, now: id } };
  });
  const moved = now.filter(({ entry }) => entry.ids.length > 0);
  return {
    found: schemas.length,
    kept: schemas.length - new Set(moved.map(({ schema }) => schema)).size,
    renumbered: moved.map(({ entry }) => entry),
    ignored: known.ignored,
  };
};

interface Restored {
  readonly schema: LoggedSchema;
  readonly subject: string;
  /** In the registry that was filled. */
  readonly id: number;
}

/** Earlier ids that this registry does not know, or knows as something else. */
const lostIds = async (
  registry: Registry,
  { ids, text }: LoggedSchema,
  now: number,
): Promise<readonly number[]> => {
  const texts = await each(ids, async (id) => (id === now ? text : registry.textOfId(id)));
  return ids.filter((_, index) => texts[index] !== text);
};

/**
 * Registers the schemas of this build. A registry that has lost everything first gets back what `arbiter.schemas` knows, under
 * the old ids: once something is registered, the numbers are taken.
 */
export const ensureSchemas = async (options: {
  readonly registry: Registry;
  readonly bus: Bus;
}): Promise<RegistrationReport> => {
  if ((await options.registry.subjects()).length === 0) await restoreSchemas(options);
  return registerSchemas(options);
};

interface Placeholders {
  /** Takes the number after `last`, or says that there is no point in taking more. */
  next(last: number): Promise<number>;
  erase(): Promise<void>;
}

const placeholderMaker = (registry: Registry): Placeholders => {
  const subjects: string[] = [];
  return {
    next: async (last) => {
      if (subjects.length >= MAX_PLACEHOLDERS) return NO_MORE;
      const subject = `arbiter.placeholder-${subjects.length}`;
      subjects.push(subject);
      const name = `Placeholder${last}`;
      return registry.register(
        subject,
        JSON.stringify({ type: 'record', name, namespace: 'arbiter', fields: [] }),
      );
    },
    erase: async () => {
      await each(subjects, (subject) => registry.erase(subject));
    },
  };
};

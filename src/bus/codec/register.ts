import { loadEventSchemas } from '../../events/schemas.js';
import { TOPICS } from '../../events/topics.js';
import type { Bus } from '../port.js';
import { each } from './each.js';
import { CodecError } from './errors.js';
import { isFullTransitive, type Registry } from './registry.js';
import { loadSchemaLog, type SchemaLog, writeSightings, type Sighting } from './schema-log.js';
import type { KnownSchema } from './source.js';

export interface RegistrationOptions {
  readonly registry: Registry;
  /** Where `arbiter.schemas` is; left out, nothing is written to the log. */
  readonly bus?: Bus;
  /** Default: the schemas of this build. */
  readonly schemas?: readonly KnownSchema[];
}

export type SchemaState = 'registered' | 'compatible' | 'incompatible';

export interface SchemaCheck {
  readonly subject: string;
  readonly state: SchemaState;
  /** The id where registered. */
  readonly id?: number;
  /** What the registry has against it, or a level that is not FULL_TRANSITIVE. */
  readonly message?: string;
}

/** How each schema of the build stands to the registry, without changing anything (`arbiter schemas check`). */
export const checkSchemas = async (options: RegistrationOptions): Promise<readonly SchemaCheck[]> =>
  each(options.schemas ?? loadEventSchemas(), (schema) => check(options.registry, schema));

const check = async (registry: Registry, { subject, text }: KnownSchema): Promise<SchemaCheck> => {
  const id = await registry.idOf(subject, text);
  if (id !== undefined) {
    const level = await registry.compatibilityOf(subject);
    const warning = isFullTransitive(level)
      ? {}
      : { message: `compatibility is ${level ?? 'not set'}, expected FULL_TRANSITIVE` };
    return { subject, state: 'registered', id, ...warning };
  }
  const message = await registry.incompatibility(subject, text);
  return message === null ? { subject, state: 'compatible' } : { subject, state: 'incompatible', message };
};

export interface RegistrationReport {
  /** Subject → id, for every schema of the build. */
  readonly ids: ReadonlyMap<string, number>;
  /** Subjects whose schema was not there before. */
  readonly registered: readonly string[];
  /** Schemas newly written to `arbiter.schemas`, or written again with a new id. */
  readonly logged: number;
}

/**
 * Registers every schema of the build; doing it again changes nothing. A dry run of all comes first: if one is incompatible
 * nothing is registered and all complaints are in the error (`INCOMPATIBLE_SCHEMA`). FULL_TRANSITIVE is set *before* the
 * first version of a subject, for a level set later lets the first mistakes through.
 */
export const registerSchemas = async (options: RegistrationOptions): Promise<RegistrationReport> => {
  const { registry } = options;
  const schemas = options.schemas ?? loadEventSchemas();
  const checks = await each(schemas, (schema) => check(registry, schema));
  const bad = checks.filter((found) => found.state === 'incompatible');
  if (bad.length > 0) throw incompatible(bad);

  const ids = new Map<string, number>();
  await each(schemas, async ({ subject, text }, index) => {
    const found = checks[index];
    if (found?.id === undefined || found.message !== undefined) await registry.requireCompatibility(subject);
    ids.set(subject, found?.id ?? (await registerOnce(registry, subject, text)));
  });
  const registered = checks.filter((found) => found.id === undefined).map((found) => found.subject);
  const sightings = schemas.map(({ subject, text }) => ({ subject, text, id: ids.get(subject) ?? -1 }));
  return { ids, registered, logged: options.bus ? await log(options.bus, sightings) : 0 };
};

/** Two processes that come up together both register: whoever loses the race finds the schema there. */
const registerOnce = async (registry: Registry, subject: string, text: string): Promise<number> => {
  try {
    return await registry.register(subject, text);
  } catch (error) {
    const id = await registry.idOf(subject, text);
    if (id === undefined) throw error;
    return id;
  }
};

const log = async (bus: Bus, sightings: readonly Sighting[], into?: SchemaLog): Promise<number> => {
  const known = into ?? (await loadSchemaLog(bus));
  const { partitions } = await bus.admin.describeTopic(TOPICS.schemas);
  const publisher = await bus.openPublisher();
  try {
    return await writeSightings(known, publisher, partitions, sightings);
  } finally {
    await publisher.close();
  }
};

const incompatible = (bad: readonly SchemaCheck[]): CodecError =>
  new CodecError(
    'INCOMPATIBLE_SCHEMA',
    `nothing was registered; ${bad.map(({ subject, message }) => `${subject}: ${message ?? ''}`).join('\n')}`,
    bad[0] === undefined ? {} : { subject: bad[0].subject },
  );

export interface RestoreReport {
  /** Schemas in `arbiter.schemas`. */
  readonly found: number;
  /** Schemas that kept their id. */
  readonly kept: number;
  /** Schemas with a new id: their old ids resolve through `arbiter.schemas` alone. */
  readonly renumbered: readonly {
    readonly subject: string;
    readonly ids: readonly number[];
    readonly now: number;
  }[];
  /** Records of `arbiter.schemas` that do not hold. */
  readonly ignored: number;
}

/** Gaps in the numbers that are filled up at most. */
const MAX_PLACEHOLDERS = 2_000;

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
  const sightings: Sighting[] = [];
  const renumbered: { subject: string; ids: readonly number[]; now: number }[] = [];
  const placeholders = placeholderMaker(registry);
  let last = 0;
  for (const schema of schemas) {
    const wanted = Math.min(...schema.ids);
    for (const [index, subject] of schema.subjects.entries()) {
      let id = await registry.idOf(subject, schema.text);
      if (id === undefined) {
        await registry.requireCompatibility(subject);
        // Only an empty registry counts from where we want it; filling stops as soon as it is ahead.
        while (index === 0 && last < wanted - 1) last = await placeholders.next(last, wanted);
        id = await registerOnce(registry, subject, schema.text);
      }
      last = Math.max(last, id);
      sightings.push({ subject, id, text: schema.text });
      if (!schema.ids.includes(id)) renumbered.push({ subject, ids: schema.ids, now: id });
    }
  }
  await placeholders.erase();
  await log(bus, sightings, known);
  const moved = new Set(renumbered.map((entry) => entry.ids));
  return { found: schemas.length, kept: schemas.length - moved.size, renumbered, ignored: known.ignored };
};

const placeholderMaker = (
  registry: Registry,
): { next: (last: number, wanted: number) => Promise<number>; erase: () => Promise<void> } => {
  const subjects: string[] = [];
  return {
    next: async (last, wanted) => {
      if (subjects.length >= MAX_PLACEHOLDERS) return wanted;
      const subject = `arbiter.placeholder-${subjects.length}`;
      subjects.push(subject);
      const text = JSON.stringify({
        type: 'record',
        name: `Placeholder${last}`,
        namespace: 'arbiter.placeholder',
        fields: [],
      });
      return registry.register(subject, text);
    },
    erase: async () => {
      await each(subjects, (subject) => registry.erase(subject));
    },
  };
};

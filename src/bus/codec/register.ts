import { loadEventSchemas } from '../../events/schemas.js';
import { TOPICS } from '../../events/topics.js';
import type { Bus } from '../port.js';
import { each } from './each.js';
import { CodecError } from './errors.js';
import { isFullTransitive, type Registry } from './registry.js';
import {
  loadSchemaLog,
  type LoggedSchema,
  type SchemaLog,
  writeSightings,
  type Sighting,
} from './schema-log.js';
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
    if (found?.id === undefined || found.message !== undefined)
      await requireFullTransitive(registry, subject);
    ids.set(subject, found?.id ?? (await registerOnce(registry, subject, text)));
  });
  const registered = checks.filter((found) => found.id === undefined).map((found) => found.subject);
  const sightings = schemas.map(({ subject, text }) => ({ subject, text, id: ids.get(subject) ?? -1 }));
  return { ids, registered, logged: options.bus ? await log(options.bus, sightings) : 0 };
};

/**
 * Processes that come up together all register, and the registry fails whoever comes second at that very moment. So on an
 * error look whether it has been done, and try again a few times.
 */
const raceSafe = async <Result>(
  act: () => Promise<Result>,
  done: () => Promise<Result | undefined>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const found = await done();
      if (found !== undefined) return found;
      if (attempt === 4) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt * (1 + Math.random())));
    }
  }
};

const registerOnce = (registry: Registry, subject: string, text: string): Promise<number> =>
  raceSafe(
    () => registry.register(subject, text),
    () => registry.idOf(subject, text),
  );

const requireFullTransitive = async (registry: Registry, subject: string): Promise<void> => {
  const set = async (): Promise<true> => {
    await registry.requireCompatibility(subject);
    return true;
  };
  const done = async (): Promise<true | undefined> =>
    isFullTransitive(await registry.compatibilityOf(subject)) ? true : undefined;
  await raceSafe(set, done);
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
  const sightings: Sighting[] = [];
  const renumbered: { subject: string; ids: readonly number[]; now: number }[] = [];
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
    sightings.push({ subject, id, text: schema.text });
    if (!schema.ids.includes(id)) renumbered.push({ subject, ids: schema.ids, now: id });
  };
  for (const schema of schemas)
    for (const subject of schema.subjects.slice(0, 1)) await restore(schema, subject);
  // A text under one more subject keeps its id, but may use up a number of the registry: so these come last.
  for (const schema of schemas)
    for (const subject of schema.subjects.slice(1)) await restore(schema, subject);
  await placeholders.erase();
  await log(bus, sightings, known);
  const moved = new Set(renumbered.map((entry) => entry.ids));
  return { found: schemas.length, kept: schemas.length - moved.size, renumbered, ignored: known.ignored };
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

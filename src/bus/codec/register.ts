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
    if (found?.id === undefined || found.message !== undefined)
      await requireFullTransitive(registry, subject);
    ids.set(subject, found?.id ?? (await registerOnce(registry, subject, text)));
  });
  const registered = checks.filter((found) => found.id === undefined).map((found) => found.subject);
  const sightings = schemas.map(({ subject, text }) => ({ subject, text, id: ids.get(subject) ?? -1 }));
  return { ids, registered, logged: options.bus ? await logSightings(options.bus, sightings) : 0 };
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

export const registerOnce = (registry: Registry, subject: string, text: string): Promise<number> =>
  raceSafe(
    () => registry.register(subject, text),
    () => registry.idOf(subject, text),
  );

export const requireFullTransitive = async (registry: Registry, subject: string): Promise<void> => {
  const set = async (): Promise<true> => {
    await registry.requireCompatibility(subject);
    return true;
  };
  const done = async (): Promise<true | undefined> =>
    isFullTransitive(await registry.compatibilityOf(subject)) ? true : undefined;
  await raceSafe(set, done);
};

/** Writes what `arbiter.schemas` does not hold yet. */
export const logSightings = async (
  bus: Bus,
  sightings: readonly Sighting[],
  into?: SchemaLog,
): Promise<number> => {
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

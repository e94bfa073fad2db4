import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { z } from 'zod';
import { DEFAULT_LIMITS, type SagaLimits } from '../saga/index.js';

const positive = z.int().min(1);
const share = z.number().min(0).max(1);

const timers = z
  .strictObject(
    Object.fromEntries(Object.keys(DEFAULT_LIMITS.timers).map((state) => [state, positive.optional()])),
  )
  .optional();
const limits = z
  .strictObject({
    ...Object.fromEntries(
      Object.keys(DEFAULT_LIMITS)
        .filter((name) => name !== 'timers')
        .map((name) => [name, positive.optional()]),
    ),
    timers,
  })
  .prefault({});

const schema = z.strictObject({
  /** Group membership is lost after this without a heartbeat, ms. */
  sessionTimeoutMs: z.int().min(2000).max(300_000).default(6000),
  /** ε of the router's exploration floor. */
  explorationFloor: share.default(0.1),
  /** Bounds of routing apart from scores; null: none. */
  routingLimits: z
    .strictObject({
      /** An agent with this share of its concurrency in use gets no more. */
      utilisationUnder: z.number().gt(0).max(1).nullable().default(null),
      /** Assignments of one tenant under way, in a router. */
      mostOfTenant: positive.nullable().default(null),
      /** The same at one agent. */
      mostOfTenantAtAgent: positive.nullable().default(null),
    })
    .prefault({}),
  /** A worker instance not heard of for this long gets no work, ms. */
  presenceTtlMs: positive.default(10_000),
  /** An agent of which no worker has been heard of for this long is offline, ms. */
  offlineAfterMs: z.int().min(1000).default(60_000),
  /** An agent not heard of for this long leaves the registry until it is heard of again, ms. */
  staleAfterMs: z.int().min(1000).default(86_400_000),
  /** Specs and results checked at once. */
  constitutionConcurrency: positive.default(16),
  /** Commands of gates, which run the code of agents. */
  gates: z
    .strictObject({
      /** At once. */
      concurrency: positive.default(2),
      /** `required`: bubblewrap, or the command is not run. `off`: it has all rights of this user. */
      sandbox: z.enum(['required', 'off']).default('required'),
      /** Whether gates whose policy asks for the network get it. */
      network: z.boolean().default(false),
      /** Variables of this process that commands may see besides the usual ones: names, or prefixes with `*`. */
      env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/u)).default([]),
    })
    .prefault({}),
  /** Longest graceful shutdown, ms. */
  shutdownMs: positive.default(30_000),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Bounds of the saga; see docs/states.md. */
  limits,
});

/** Settings of an arbiter process. */
export interface Settings extends Omit<z.infer<typeof schema>, 'limits'> {
  readonly limits: SagaLimits;
}

/** What is wrong with the settings: path, expected, found. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
  readonly code = 'INVALID_SETTINGS';
}

/** Checks settings as read from a file; what is left out has its default. Throws `INVALID_SETTINGS` with every problem. */
export const parseSettings = (input: unknown, place = 'settings'): Settings => {
  const parsed = schema.safeParse(input ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${place}: ${issue.path.join('.') || '/'}: ${issue.message}`,
    );
    throw new InvalidSettings(problems.join('\n'));
  }
  const given = parsed.data.limits as Partial<SagaLimits>;
  const merged = { ...DEFAULT_LIMITS, ...given, timers: { ...DEFAULT_LIMITS.timers, ...given.timers } };
  return { ...parsed.data, limits: merged };
};

const readSettingsFile = (file: string): object => {
  let read: unknown;
  try {
    read = yaml.load(readFileSync(file, 'utf8'), { schema: yaml.CORE_SCHEMA });
  } catch (error) {
    const found = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    throw new InvalidSettings(
      `${file}: expected a YAML or JSON file, found ${found}; correct ARBITER_CONFIG`,
    );
  }
  if (read === undefined || read === null) return {};
  if (typeof read === 'object' && !Array.isArray(read)) return read;
  throw new InvalidSettings(
    `${file}: expected settings by name, found ${Array.isArray(read) ? 'a list' : typeof read}`,
  );
};

/** Settings from the YAML or JSON file that `ARBITER_CONFIG` names, else the defaults; `ARBITER_LOG_LEVEL` wins. */
export const readSettings = (env: NodeJS.ProcessEnv = process.env): Settings => {
  const file = env.ARBITER_CONFIG;
  const read = file ? readSettingsFile(file) : {};
  const level = env.ARBITER_LOG_LEVEL ? { logLevel: env.ARBITER_LOG_LEVEL } : {};
  return parseSettings({ ...read, ...level }, file ?? 'settings');
};

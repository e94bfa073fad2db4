import type { TaskRequest } from '../events/generated/events.js';
import { printable, withoutSecrets } from '../platform/without-secrets.js';

/** One thing wrong with a request, with the narrowest repair. */
export interface RequestProblem {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly repair: string;
}

/** Limits of a request. Sizes in bytes of UTF-8 or in characters as named. */
export const REQUEST_LIMITS = {
  specBytes: 256 * 1024,
  title: 200,
  description: 10_000,
  type: 100,
  capabilities: 50,
  capabilityChars: 50,
  metadataEntries: 50,
  metadataChars: 1000,
  reference: 2000,
  actor: 256,
  attempts: 10,
  /** Seven days: no waiver lasts longer. */
  waiverWaitMs: 604_800_000,
  /** Agents in a race, the first one included. */
  racers: 3,
} as const;

export const TASK_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9:._+#/-]*$/;

type Check = (request: TaskRequest) => RequestProblem | undefined;

const problem = (field: string, expected: string, found: unknown, repair: string): RequestProblem => ({
  field,
  expected,
  found: shown(found),
  repair,
});

/** What was found, for a person: short, on one line, without a password, and nothing a terminal would obey. */
export const shown = (value: unknown): string => {
  const text =
    typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? 'nothing');
  const clean = printable(withoutSecrets(text));
  return clean.length > 80 ? `${clean.slice(0, 77)}… (${text.length} characters)` : clean;
};

const longest =
  (field: 'title' | 'description' | 'type', most: number, least: number): Check =>
  (request) =>
    request[field].length >= least && request[field].length <= most
      ? undefined
      : problem(field, `${least} to ${most} characters`, request[field], `shorten ${field}, or give one`);

const id =
  (field: 'taskId' | 'requestId' | 'tenant'): Check =>
  (request) =>
    TASK_ID.test(request[field])
      ? undefined
      : problem(
          field,
          String(TASK_ID),
          request[field],
          'use letters, digits, dot, underscore and hyphen only',
        );

const between =
  (field: 'priority' | 'maxAttempts', least: number, most: number): Check =>
  (request) =>
    request[field] >= least && request[field] <= most
      ? undefined
      : problem(field, `a number from ${least} to ${most}`, request[field], `choose ${least} to ${most}`);

const positive =
  (field: 'tokenBudget' | 'costBudgetMicros' | 'deadline'): Check =>
  (request) =>
    (request[field] ?? 1) > 0
      ? undefined
      : problem(field, 'a positive number, or nothing', request[field], `leave ${field} out`);

const waiverWait: Check = ({ waiverWaitMs }) =>
  waiverWaitMs === null || (waiverWaitMs >= 0 && waiverWaitMs <= REQUEST_LIMITS.waiverWaitMs)
    ? undefined
    : problem(
        'waiverWaitMs',
        `0 to ${REQUEST_LIMITS.waiverWaitMs} ms, or nothing`,
        waiverWaitMs,
        'leave waiverWaitMs out: then the policy of the base says how long',
      );

const race: Check = ({ race: wish }) => {
  if (wish === null) return undefined;
  const { agents, costCapMicros } = wish;
  if (!Number.isInteger(agents) || agents < 2 || agents > REQUEST_LIMITS.racers)
    return problem('race.agents', `2 to ${REQUEST_LIMITS.racers}`, agents, 'leave race out for one agent');
  return costCapMicros > 0
    ? undefined
    : problem('race.costCapMicros', 'a positive number', costCapMicros, 'say what all agents may cost');
};

const specSource: Check = (request) => {
  const { spec, specRepository, specRevision, specPath } = request;
  const parts = [specRepository, specRevision, specPath].filter((part) => part !== null).length;
  if (spec !== null && parts > 0) {
    return problem(
      'spec',
      'the text or a reference, not both',
      `text and ${parts} parts of a reference`,
      'drop one of them',
    );
  }
  if (parts > 0 && parts < 3) {
    return problem(
      'spec',
      'specRepository, specRevision and specPath together',
      `${parts} of 3`,
      'give all three',
    );
  }
  return spec === null && parts === 0
    ? problem('spec', 'a CAWS working spec', 'none', 'give its YAML text as spec, or a reference')
    : undefined;
};

const specSize: Check = ({ spec }) => {
  const bytes = spec === null ? 0 : Buffer.byteLength(spec);
  return bytes <= REQUEST_LIMITS.specBytes
    ? undefined
    : problem(
        'spec',
        `at most ${REQUEST_LIMITS.specBytes} bytes`,
        `${bytes} bytes`,
        'split the task, or shorten the spec',
      );
};

const workspace: Check = ({ repository, baseRevision }) =>
  (repository === null) === (baseRevision === null)
    ? undefined
    : problem('repository', 'repository and baseRevision together', 'one of them', 'give both or none');

const references: Check = (request) => {
  for (const field of ['repository', 'baseRevision', 'specRepository', 'specRevision', 'specPath'] as const) {
    const value = request[field];
    if (
      value !== null &&
      (value.length === 0 || value.length > REQUEST_LIMITS.reference || /\p{Cc}/u.test(value))
    ) {
      return problem(
        field,
        `1 to ${REQUEST_LIMITS.reference} printable characters`,
        value,
        `correct ${field}`,
      );
    }
  }
  return undefined;
};

const capabilities: Check = ({ requiredCapabilities }) => {
  if (requiredCapabilities.length > REQUEST_LIMITS.capabilities) {
    return problem(
      'requiredCapabilities',
      `at most ${REQUEST_LIMITS.capabilities}`,
      requiredCapabilities.length,
      'ask for fewer',
    );
  }
  const bad = requiredCapabilities.find((c) => c.length > REQUEST_LIMITS.capabilityChars || !WORD.test(c));
  return bad === undefined
    ? undefined
    : problem(
        'requiredCapabilities',
        `${String(WORD)}, at most ${REQUEST_LIMITS.capabilityChars} characters`,
        bad,
        'correct it',
      );
};

/** `retryOf` names a task; `actor` goes into the head of every event of it. */
const origins: Check = ({ retryOf, actor }) => {
  if (retryOf !== null && !TASK_ID.test(retryOf))
    return problem('retryOf', String(TASK_ID), retryOf, 'name the task that is tried again, or leave it out');
  return actor.length <= REQUEST_LIMITS.actor
    ? undefined
    : problem('actor', `at most ${REQUEST_LIMITS.actor} characters`, actor, 'shorten it');
};

const metadata: Check = ({ metadata: map }) => {
  const entries = Object.entries(map);
  if (entries.length > REQUEST_LIMITS.metadataEntries) {
    return problem(
      'metadata',
      `at most ${REQUEST_LIMITS.metadataEntries} entries`,
      entries.length,
      'drop some',
    );
  }
  const bad = entries.find(([key, value]) => key.length > 100 || value.length > REQUEST_LIMITS.metadataChars);
  return bad === undefined
    ? undefined
    : problem(
        `metadata.${bad[0].slice(0, 40)}`,
        `at most ${REQUEST_LIMITS.metadataChars} characters`,
        bad[1],
        'shorten it',
      );
};

const CHECKS: readonly Check[] = [
  id('taskId'),
  id('requestId'),
  id('tenant'),
  longest('title', REQUEST_LIMITS.title, 1),
  longest('description', REQUEST_LIMITS.description, 0),
  longest('type', REQUEST_LIMITS.type, 1),
  between('priority', 1, 10),
  between('maxAttempts', 1, REQUEST_LIMITS.attempts),
  positive('tokenBudget'),
  positive('costBudgetMicros'),
  positive('deadline'),
  waiverWait,
  race,
  specSource,
  specSize,
  workspace,
  references,
  capabilities,
  metadata,
  origins,
];

/** Everything wrong with the form of a request; what it means is the constitution's to judge. */
export const checkRequest = (request: TaskRequest): readonly RequestProblem[] =>
  CHECKS.map((check) => check(request)).filter((found) => found !== undefined);

/** One line a problem. */
export const describeProblem = ({ field, expected, found, repair }: RequestProblem): string =>
  `${field}: expected ${expected}, found ${found}; ${repair}`;

import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readYaml } from '../../caws/bounded-yaml.js';
import type { TaskRequested } from '../../events/generated/events.js';
import { micros, systemClock } from '../../log/clock.js';
import { checkRequest, describeProblem, REQUEST_LIMITS, TASK_ID, uuidv7 } from '../../producers/index.js';
import type { SubmitOptions } from '../commands/submit.js';
import { CliError, misuse } from '../failure.js';
import { readBounded } from '../read-input.js';
import { actor, TENANT, traceparent } from '../session.js';

/** Refuses a request whose form is wrong, with everything that is wrong with it. */
export const requireForm = (request: TaskRequested): void => {
  const problems = checkRequest(request);
  if (problems.length === 0) return;
  throw new CliError({ code: 'INVALID_REQUEST', message: problems.map(describeProblem).join('\n  ') });
};

/** The request that a spec and the options make. Rejects with `INVALID_REQUEST` and every problem. */
export const requestFrom = async (file: string, options: SubmitOptions): Promise<TaskRequested> => {
  // One byte more than allowed is read, so that the check of the form can speak about it.
  const spec = (await readBounded(file, 16 * REQUEST_LIMITS.specBytes, 'spec')).toString('utf8');
  const named = namesIn(spec);
  const workspace = await workspaceOf(options);
  const request: TaskRequested = {
    requestId: options.requestId ?? uuidv7(Date.now()),
    taskId: options.id ?? taskIdFor(named.id),
    tenant: TENANT,
    type: options.type,
    title:
      options.title ??
      named.title ??
      (file === '-' ? 'stdin' : basename(file)).slice(0, REQUEST_LIMITS.title),
    description: options.description ?? '',
    spec,
    specRepository: null,
    specRevision: null,
    specPath: null,
    ...workspace,
    requiredCapabilities: options.capability ?? [],
    priority: options.priority,
    deadline: options.deadline ?? null,
    maxAttempts: options.attempts,
    tokenBudget: options.tokens ?? null,
    costBudgetMicros: options.cost ?? null,
    retryOf: null,
    waiverWaitMs: options.waiverWait ?? null,
    race: raceOf(options),
    metadata: options.metadata ?? {},
    actor: actor(),
    occurredAt: micros(systemClock),
    traceparent: traceparent(),
  };
  requireForm(request);
  return request;
};

/** A race needs its cap: everybody in it is paid. */
const raceOf = ({ race, raceCost }: SubmitOptions): TaskRequested['race'] => {
  if (race === undefined && raceCost === undefined) return null;
  if (race === undefined || raceCost === undefined)
    throw misuse(
      '--race and --race-cost together',
      race === undefined ? '--race-cost alone' : '--race alone',
      'give both or none',
    );
  return { agents: race, costCapMicros: raceCost };
};

/** Id and title, where the spec can be read at all; whether it is a good one is the constitution's to say. */
const namesIn = (spec: string): { readonly id?: string; readonly title?: string } => {
  const read = readYaml(spec, { what: 'spec', yaml: 'spec.yaml', limits: 'arbiter.spec' });
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return {};
  const { id, title } = read.value as Record<string, unknown>;
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof title === 'string' && title !== '' ? { title: title.slice(0, REQUEST_LIMITS.title) } : {}),
  };
};

const LONGEST_STEM = 100;

/** A spec may be submitted many times: its id with a random end, so that a task can be recognised by eye. */
export const taskIdFor = (specId: string | undefined): string => {
  const unique = uuidv7(Date.now());
  return specId !== undefined && TASK_ID.test(specId) && specId.length <= LONGEST_STEM
    ? `${specId}-${unique.slice(-12)}`
    : `task-${unique}`;
};

type Workspace = Pick<TaskRequested, 'repository' | 'baseRevision'>;

const workspaceOf = async ({ repo, rev }: SubmitOptions): Promise<Workspace> => {
  if (repo === undefined) {
    if (rev !== undefined) throw misuse('--repo with --rev', '--rev alone', 'name the repository');
    return { repository: null, baseRevision: null };
  }
  const repository = isAddress(repo) ? repo : await localFolder(repo);
  return { repository, baseRevision: rev ?? 'HEAD' };
};

/** `scheme://…` or `user@host:path`; anything else is a path, as git reads it. */
const isAddress = (text: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ||
  /^[^/\s]+@[^/\s]+:/u.test(text) ||
  /^[A-Za-z0-9.-]{2,}:(?![/\\])/u.test(text);

const localFolder = async (text: string): Promise<string> => {
  const folder = resolve(text);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return folder;
  const what = found === undefined ? 'no such folder' : 'a file';
  throw misuse(`a git repository at ${folder}`, what, 'correct --repo', 'NO_SUCH_REPOSITORY');
};

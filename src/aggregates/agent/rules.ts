import type { AgentCommandsEvents, AgentStatus, ModelPrior } from '../../events/generated/events.js';

/** Bounds of what an agent may declare. */
export interface AgentLimits {
  readonly agents: number;
  readonly capabilities: number;
  readonly capabilityLength: number;
  readonly taskTypes: number;
  readonly textLength: number;
  readonly tags: number;
  readonly tagLength: number;
  readonly maxConcurrency: number;
  readonly languages: number;
  readonly specialisations: number;
  readonly quotas: number;
  /** Words added to one vocabulary. */
  readonly words: number;
  /** Model families with a baseline of their own. */
  readonly baselines: number;
  /** An agent not heard of for this long leaves, ms. */
  readonly staleAfterMs: number;
}

export const DEFAULT_AGENT_LIMITS: AgentLimits = {
  agents: 10_000,
  capabilities: 50,
  capabilityLength: 50,
  taskTypes: 50,
  textLength: 256,
  tags: 20,
  tagLength: 100,
  maxConcurrency: 10_000,
  languages: 50,
  specialisations: 50,
  quotas: 8,
  words: 5000,
  baselines: 500,
  staleAfterMs: 86_400_000,
};

/** Statuses that may be declared. OFFLINE is declared like the others; presence is measured elsewhere. */
const STATUSES: readonly AgentStatus[] = ['AVAILABLE', 'DRAINING', 'MAINTENANCE', 'SUSPENDED', 'OFFLINE'];

/** Longest id, in characters. */
export const ID_LENGTH = 256;

/** ASCII letters, digits, `_ . -`; at most 256; not `.` or `..`: ids become parts of paths and refs. */
export const isAgentId = (id: string): boolean =>
  id.length <= ID_LENGTH && /^[A-Za-z0-9_.-]+$/.test(id) && !/^\.+$/.test(id);

/** Ids that a worker can serve: fewer than the log holds. Who gives out an id keeps to these. */
export const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

type Problem = string | undefined;
/** What an agent can do; null: as it is. */
type Declared = Pick<
  AgentCommandsEvents['ChangeCapabilities'],
  'capabilities' | 'taskTypes' | 'languages' | 'specialisations' | 'maxConcurrency'
>;

const first = (...problems: readonly Problem[]): Problem => problems.find((problem) => problem !== undefined);

const names = (what: string, list: readonly string[], most: number, longest: number): Problem => {
  if (list.length > most) return `${what}: at most ${most}, found ${list.length}`;
  if (new Set(list).size < list.length) return `${what}: each once, found one twice`;
  const pattern = new RegExp(`^[^\\s\\p{C}]{1,${longest}}$`, 'u');
  const bad = list.find((name) => !pattern.test(name));
  if (bad === undefined) return undefined;
  return `${what}: 1 to ${longest} characters without spaces, found ${JSON.stringify(bad.slice(0, longest))}`;
};

const concurrency = (found: number | null, most: number): Problem =>
  found === null || (Number.isInteger(found) && found >= 1 && found <= most)
    ? undefined
    : `maxConcurrency: 1 to ${most}, found ${found}`;

const text = (what: string, found: string, most: number): Problem =>
  found.length <= most ? undefined : `${what}: at most ${most} characters, found ${found.length}`;

const declared = (command: Declared, limits: AgentLimits): Problem =>
  first(
    names('capabilities', command.capabilities, limits.capabilities, limits.capabilityLength),
    names('taskTypes', command.taskTypes, limits.taskTypes, limits.capabilityLength),
    names('languages', command.languages ?? [], limits.languages, limits.capabilityLength),
    names('specialisations', command.specialisations ?? [], limits.specialisations, limits.capabilityLength),
    concurrency(command.maxConcurrency, limits.maxConcurrency),
  );

export const tagsProblem = (found: Readonly<Record<string, string>>, limits: AgentLimits): Problem => {
  const pairs = Object.entries(found);
  if (pairs.length > limits.tags) return `tags: at most ${limits.tags}, found ${pairs.length}`;
  const long = pairs.find(([key, value]) => key.length > limits.tagLength || value.length > limits.tagLength);
  return (
    long &&
    `tags: at most ${limits.tagLength} characters, found more under ${long[0].slice(0, limits.tagLength)}`
  );
};

const cost = (found: number | null): Problem =>
  found === null || found >= 0 ? undefined : `costPerTaskMicros: 0 or more, found ${found}`;

/** What is wrong with a registration; undefined: nothing. */
export const registrationProblem = (
  command: AgentCommandsEvents['RegisterAgent'],
  limits: AgentLimits,
): Problem =>
  first(
    declared(command, limits),
    text('displayName', command.displayName, limits.textLength),
    text('modelFamily', command.modelFamily, limits.textLength),
    text('version', command.version, limits.textLength),
    tagsProblem(command.tags, limits),
    cost(command.costPerTaskMicros),
  );

export const capabilitiesProblem = declared;

export const modelProblem = (
  model: { readonly modelFamily: string; readonly version: string; readonly reason: string },
  limits: AgentLimits,
): Problem =>
  first(
    text('modelFamily', model.modelFamily, limits.textLength),
    text('version', model.version, limits.textLength),
    reasonProblem(model.reason, limits),
  );

/** What is wrong with words for a vocabulary that holds `known` of them already. */
export const wordsProblem = (words: readonly string[], known: number, limits: AgentLimits): Problem =>
  words.length === 0
    ? 'words: at least one, found none'
    : (names('words', words, limits.words, limits.capabilityLength) ??
      (known + words.length > limits.words ? `words: at most ${limits.words} in a vocabulary` : undefined));

const LARGEST_LOAN = 1_000_000;

export const priorProblem = (prior: ModelPrior): Problem => {
  const { successesMilli, failuresMilli, durationMs, costMicros } = prior;
  const loans = [successesMilli, failuresMilli];
  if (loans.some((loan) => loan <= 0 || loan > LARGEST_LOAN))
    return `prior: successes and failures above 0, up to ${LARGEST_LOAN / 1000}, found ${loans.map((l) => l / 1000).join(' and ')}`;
  const bad = [durationMs, costMicros].find((value) => value !== null && value < 0);
  return bad === undefined ? undefined : `prior: duration and cost of 0 or more, found ${String(bad)}`;
};

export const statusProblem = (status: AgentStatus): Problem =>
  STATUSES.includes(status) ? undefined : `status: one of ${STATUSES.join(', ')}, found ${status}`;

export const reasonProblem = (reason: string, limits: AgentLimits): Problem =>
  text('reason', reason, 4 * limits.textLength);

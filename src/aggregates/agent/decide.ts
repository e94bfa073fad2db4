import type { AgentCommandsEvents, AgentPrice, VocabularyKind } from '../../events/generated/events.js';
import { asSet, invalid, same, sorted, unchanged, type Outcome, type Refusal } from './outcome.js';
import {
  capabilitiesProblem,
  reasonProblem,
  registrationProblem,
  statusProblem,
  type AgentLimits,
} from './rules.js';
import type { AgentState, RegistryValue } from './state.js';
import { termsProblem } from './terms.js';
import { unknownWord } from './vocabulary.js';

type Command<Name extends keyof AgentCommandsEvents> = AgentCommandsEvents[Name];

/** The words of a vocabulary as the log has them. */
export type Words = (kind: VocabularyKind) => readonly string[];

/** Price of a registration: the older field counts where the newer is not there. */
const priceOf = ({ price, costPerTaskMicros }: Command<'RegisterAgent'>): AgentPrice | null => {
  if (price !== null || costPerTaskMicros === null) return price;
  const unstated = { inputPerMillionMicros: null, outputPerMillionMicros: null };
  return { currency: 'USD', perTaskMicros: costPerTaskMicros, ...unstated };
};

/** The older field of the same meaning, for readers that know only that. */
const costOf = (price: AgentPrice | null): number | null =>
  price?.currency === 'USD' ? price.perTaskMicros : null;

const contradiction = ({ price, costPerTaskMicros }: Command<'RegisterAgent'>): string | undefined =>
  price !== null && costPerTaskMicros !== null && costOf(price) !== costPerTaskMicros
    ? `price: the same as costPerTaskMicros, ${costPerTaskMicros} in USD, found ${costOf(price) ?? 'another'}`
    : undefined;

type Able = Pick<
  Command<'ChangeCapabilities'>,
  'capabilities' | 'taskTypes' | 'languages' | 'specialisations'
>;

/** Words that an agent has already are not asked about again: a vocabulary may have come after it. */
const strangerIn = (able: Able, agent: AgentState | undefined, words: Words): Refusal | undefined => {
  const lists: readonly (readonly [VocabularyKind, readonly string[], readonly string[]])[] = [
    ['TASK_TYPE', able.taskTypes, agent?.taskTypes ?? []],
    ['LANGUAGE', able.languages ?? [], agent?.languages ?? []],
    ['SPECIALISATION', able.specialisations ?? [], agent?.specialisations ?? []],
    ['CAPABILITY', able.capabilities, agent?.capabilities ?? []],
  ];
  for (const [kind, wanted, had] of lists) {
    const fresh = wanted.filter((word) => !had.includes(word));
    const message = unknownWord(kind, fresh, words(kind));
    if (message !== undefined) return { code: 'UNKNOWN_WORD', message };
  }
  return undefined;
};

const abilitiesAsSets = (able: Able): unknown => [
  asSet(able.capabilities),
  asSet(able.taskTypes),
  asSet(able.languages ?? []),
  asSet(able.specialisations ?? []),
];

const isIdentical = (agent: AgentState, command: Command<'RegisterAgent'>): boolean =>
  same(
    [agent.displayName, agent.modelFamily, agent.agentVersion, agent.maxConcurrency],
    [command.displayName, command.modelFamily, command.version, command.maxConcurrency],
  ) &&
  same([agent.reach, agent.price, agent.quotas], [command.reach, priceOf(command), command.quotas]) &&
  same(abilitiesAsSets(agent), abilitiesAsSets(command)) &&
  same(sorted(agent.tags), sorted(command.tags));

/** Registers an agent. An identical registration again is UNCHANGED, which a caller may take for success. */
export const register = (
  value: RegistryValue | undefined,
  command: Command<'RegisterAgent'>,
  bounds: { readonly limits: AgentLimits; readonly agents: number; readonly words: Words },
): Outcome => {
  const price = priceOf(command);
  const terms = { reach: command.reach, price, quotas: command.quotas };
  const problem =
    registrationProblem(command, bounds.limits) ??
    termsProblem(terms, bounds.limits) ??
    contradiction(command);
  if (problem !== undefined) return invalid(problem);
  if (value?.kind === 'agent') return registeredAlready(value, command);
  if (command.ifVersion !== null && command.ifVersion !== 0) {
    return { code: 'VERSION_MISMATCH', message: `expected version ${command.ifVersion}, found no agent` };
  }
  if (bounds.agents >= bounds.limits.agents) {
    return { code: 'TOO_MANY_AGENTS', message: `at most ${bounds.limits.agents}` };
  }
  const stranger = strangerIn(command, undefined, bounds.words);
  if (stranger !== undefined) return stranger;
  const { displayName, modelFamily, version, capabilities, taskTypes, maxConcurrency, tags } = command;
  const { languages, specialisations, card } = command;
  const profile = { displayName, modelFamily, version, capabilities, taskTypes, maxConcurrency, tags };
  const costPerTaskMicros = costOf(price);
  return ['AgentRegistered', { ...profile, costPerTaskMicros, languages, specialisations, ...terms, card }];
};

const registeredAlready = (agent: AgentState, command: Command<'RegisterAgent'>): Refusal => {
  if (agent.tenant !== command.tenant) return notAuthorised(command.tenant);
  if (agent.retired) return { code: 'RETIRED', message: 'the agent is retired; register another id' };
  if (isIdentical(agent, command)) return unchanged('the agent is registered exactly so');
  const message = 'the agent is registered otherwise; use ChangeCapabilities, or another id';
  return { code: 'ALREADY_REGISTERED', message };
};

const notAuthorised = (tenant: string): Refusal => ({
  code: 'NOT_AUTHORISED',
  message: `the agent is not of tenant ${JSON.stringify(tenant.slice(0, 100))}`,
});

/** What every later command needs: an agent that is there, the tenant's own, not retired, and at the version expected. */
export const objection = (
  value: RegistryValue | undefined,
  tenant: string,
  ifVersion: number | null,
): AgentState | Refusal => {
  if (value?.kind !== 'agent') return { code: 'NOT_REGISTERED', message: 'no such agent; register it first' };
  // Of its own code: who may not is told so, and not that the data are wrong (D-04, D-05).
  if (value.tenant !== tenant) return notAuthorised(tenant);
  if (value.retired) return { code: 'RETIRED', message: 'the agent is retired for good' };
  if (ifVersion !== null && ifVersion !== value.version) {
    return { code: 'VERSION_MISMATCH', message: `expected version ${ifVersion}, found ${value.version}` };
  }
  return value;
};

export const changeCapabilities = (
  agent: AgentState,
  command: Command<'ChangeCapabilities'>,
  bounds: { readonly limits: AgentLimits; readonly words: Words },
): Outcome => {
  const problem = capabilitiesProblem(command, bounds.limits);
  if (problem !== undefined) return invalid(problem);
  const { capabilities, taskTypes } = command;
  const languages = command.languages ?? agent.languages;
  const specialisations = command.specialisations ?? agent.specialisations;
  const able = { capabilities, taskTypes, languages, specialisations };
  const maxConcurrency = command.maxConcurrency ?? agent.maxConcurrency;
  if (same(abilitiesAsSets(agent), abilitiesAsSets(able)) && maxConcurrency === agent.maxConcurrency)
    return unchanged('it can do exactly that');
  const stranger = strangerIn(able, agent, bounds.words);
  if (stranger !== undefined) return stranger;
  const capabilityVersion = agent.capabilityVersion + 1;
  return ['CapabilitiesChanged', { capabilityVersion, ...able, maxConcurrency }];
};

/** Changes the declared status and nothing else: load and history stay (D-03). */
export const setStatus = (
  agent: AgentState,
  command: Command<'SetAgentStatus'>,
  limits: AgentLimits,
): Outcome => {
  const problem = statusProblem(command.status) ?? reasonProblem(command.reason, limits);
  if (problem !== undefined) return invalid(problem);
  const { status, reason } = command;
  return agent.status === status
    ? unchanged(`the status is ${status}`)
    : ['AgentStatusChanged', { status, reason }];
};

/** For good: the id stays taken. */
export const retire = ({ reason }: Command<'RetireAgent'>, limits: AgentLimits): Outcome => {
  const problem = reasonProblem(reason, limits);
  return problem === undefined ? ['AgentRetired', { reason }] : invalid(problem);
};

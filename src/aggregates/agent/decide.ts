import type { AgentCommandsEvents, AgentsEvents } from '../../events/generated/events.js';
import {
  capabilitiesProblem,
  reasonProblem,
  registrationProblem,
  statusProblem,
  type AgentLimits,
} from './rules.js';
import type { AgentState, RegistryValue } from './state.js';

/** What became of a command: one event, or why it changes nothing. */
export type Outcome =
  | { readonly [Name in keyof AgentsEvents]: readonly [Name, Omit<AgentsEvents[Name], 'meta' | 'agentId'>] }[
      'AgentRegistered' | 'CapabilitiesChanged' | 'AgentStatusChanged' | 'AgentRetired']
  | Refusal;

export interface Refusal {
  readonly code:
    | 'INVALID'
    | 'ALREADY_REGISTERED'
    | 'UNCHANGED'
    | 'NOT_REGISTERED'
    | 'RETIRED'
    | 'VERSION_MISMATCH'
    | 'TOO_MANY_AGENTS'
    | 'UNKNOWN_COMMAND';
  readonly message: string;
}

type Command<Name extends keyof AgentCommandsEvents> = AgentCommandsEvents[Name];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const sorted = (map: Readonly<Record<string, string>>): unknown =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
const asSet = (list: readonly string[]): readonly string[] => [...list].sort();
const invalid = (message: string): Refusal => ({ code: 'INVALID', message });
const unchanged = (message: string): Refusal => ({ code: 'UNCHANGED', message });

const isIdentical = (agent: AgentState, command: Command<'RegisterAgent'>): boolean =>
  same(
    [agent.displayName, agent.modelFamily, agent.agentVersion, agent.maxConcurrency, agent.costPerTaskMicros],
    [
      command.displayName,
      command.modelFamily,
      command.version,
      command.maxConcurrency,
      command.costPerTaskMicros,
    ],
  ) &&
  same(asSet(agent.capabilities), asSet(command.capabilities)) &&
  same(asSet(agent.taskTypes), asSet(command.taskTypes)) &&
  same(sorted(agent.tags), sorted(command.tags));

/** Registers an agent. An identical registration again is UNCHANGED, which a caller may take for success. */
export const register = (
  value: RegistryValue | undefined,
  command: Command<'RegisterAgent'>,
  bounds: { readonly limits: AgentLimits; readonly agents: number },
): Outcome => {
  const problem = registrationProblem(command, bounds.limits);
  if (problem !== undefined) return invalid(problem);
  if (value?.kind === 'agent') {
    if (value.retired) return { code: 'RETIRED', message: 'the agent is retired; register another id' };
    if (isIdentical(value, command)) return unchanged('the agent is registered exactly so');
    const message = 'the agent is registered otherwise; use ChangeCapabilities, or another id';
    return { code: 'ALREADY_REGISTERED', message };
  }
  if (command.ifVersion !== null && command.ifVersion !== 0) {
    return { code: 'VERSION_MISMATCH', message: `expected version ${command.ifVersion}, found no agent` };
  }
  if (bounds.agents >= bounds.limits.agents) {
    return { code: 'TOO_MANY_AGENTS', message: `at most ${bounds.limits.agents}` };
  }
  const {
    displayName,
    modelFamily,
    version,
    capabilities,
    taskTypes,
    maxConcurrency,
    costPerTaskMicros,
    tags,
  } = command;
  const registered = { displayName, modelFamily, version, capabilities, taskTypes, maxConcurrency };
  return ['AgentRegistered', { ...registered, costPerTaskMicros, tags }];
};

/** What every later command needs: an agent that is there, not retired, and at the version expected. */
export const objection = (
  value: RegistryValue | undefined,
  ifVersion: number | null,
): AgentState | Refusal => {
  if (value?.kind !== 'agent') return { code: 'NOT_REGISTERED', message: 'no such agent; register it first' };
  if (value.retired) return { code: 'RETIRED', message: 'the agent is retired for good' };
  if (ifVersion !== null && ifVersion !== value.version) {
    return { code: 'VERSION_MISMATCH', message: `expected version ${ifVersion}, found ${value.version}` };
  }
  return value;
};

export const changeCapabilities = (
  agent: AgentState,
  command: Command<'ChangeCapabilities'>,
  limits: AgentLimits,
): Outcome => {
  const problem = capabilitiesProblem(command, limits);
  if (problem !== undefined) return invalid(problem);
  const { capabilities, taskTypes } = command;
  const maxConcurrency = command.maxConcurrency ?? agent.maxConcurrency;
  const is = [asSet(agent.capabilities), asSet(agent.taskTypes), agent.maxConcurrency];
  if (same(is, [asSet(capabilities), asSet(taskTypes), maxConcurrency]))
    return unchanged('it can do exactly that');
  const capabilityVersion = agent.capabilityVersion + 1;
  return ['CapabilitiesChanged', { capabilityVersion, capabilities, taskTypes, maxConcurrency }];
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

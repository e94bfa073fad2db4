import type { AgentsEvents } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/domain.js';
import { ID_LENGTH } from './rules.js';
import { COMMANDS_REMEMBERED, type AgentState, type RegistryValue } from './state.js';

type Folds = {
  readonly [Name in keyof AgentsEvents]?: (agent: AgentState, body: AgentsEvents[Name]) => AgentState;
};

const FOLDS: Folds = {
  CapabilitiesChanged: (agent, body) => ({
    ...agent,
    capabilities: body.capabilities,
    taskTypes: body.taskTypes,
    maxConcurrency: body.maxConcurrency,
    capabilityVersion: body.capabilityVersion,
  }),
  AgentStatusChanged: (agent, body) => ({ ...agent, status: body.status }),
  AgentRetired: (agent) => ({ ...agent, retired: true }),
};

/** Folds one event of arbiter.agents; types not known yet are skipped (law 12). */
export const evolveAgent = (
  value: RegistryValue | undefined,
  event: LoggedEvent,
): RegistryValue | undefined => {
  const { meta } = event.body;
  const { type } = event;
  if (type === 'AgentRegistered') return registered(value, event);
  const commands = withCommand(value, meta.inputId);
  const version = meta.streamVersion;
  if (value?.kind !== 'agent') {
    if (type === 'AgentCommandRefused') return { kind: 'refusals', version, commands };
    if (type in FOLDS) throw new Error(`${meta.streamId}, offset ${event.offset}: ${type} without an agent`);
    return value;
  }
  if (type !== 'AgentCommandRefused' && !(type in FOLDS)) return value;
  if (value.retired && type in FOLDS) {
    throw new Error(`${meta.streamId}, offset ${event.offset}: ${type} after AgentRetired`);
  }
  const fold = FOLDS[type as keyof AgentsEvents] as
    ((agent: AgentState, body: unknown) => AgentState) | undefined;
  const next = { ...value, version, commands };
  return fold === undefined ? next : fold(next, event.body);
};

/** The head's inputId is the commandId, whatever became of the command. */
const withCommand = (value: RegistryValue | undefined, inputId: string | null): readonly string[] =>
  [...(value?.commands ?? []), ...(inputId === null ? [] : [inputId.slice(0, ID_LENGTH)])].slice(
    -COMMANDS_REMEMBERED,
  );

const registered = (value: RegistryValue | undefined, event: LoggedEvent): AgentState => {
  const body = event.body as unknown as AgentsEvents['AgentRegistered'];
  if (value?.kind === 'agent') {
    throw new Error(`${body.meta.streamId}, offset ${event.offset}: AgentRegistered twice`);
  }
  return {
    kind: 'agent',
    agentId: body.agentId,
    version: body.meta.streamVersion,
    displayName: body.displayName,
    modelFamily: body.modelFamily,
    agentVersion: body.version,
    capabilities: body.capabilities,
    taskTypes: body.taskTypes,
    maxConcurrency: body.maxConcurrency,
    costPerTaskMicros: body.costPerTaskMicros,
    tags: body.tags,
    capabilityVersion: 1,
    status: 'AVAILABLE',
    retired: false,
    commands: withCommand(value, body.meta.inputId),
  };
};

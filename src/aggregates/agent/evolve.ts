import type {
  AgentsEvents,
  BaselineSet,
  RoutingPolicyChanged,
  WordsAdded,
} from '../../events/generated/events.js';
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
    languages: body.languages,
    specialisations: body.specialisations,
    maxConcurrency: body.maxConcurrency,
    capabilityVersion: body.capabilityVersion,
  }),
  TermsChanged: (agent, { termsVersion, reach, price, quotas, tags }) => ({
    ...agent,
    termsVersion,
    reach,
    price,
    quotas,
    tags,
  }),
  ModelSwapped: (agent, { modelVersion, modelFamily, version }) => ({
    ...agent,
    modelVersion,
    modelFamily,
    agentVersion: version,
  }),
  AgentStatusChanged: (agent, body) => ({ ...agent, status: body.status, statusReason: body.reason }),
  PresenceChanged: (agent, { present, lastSeenAt }) => ({
    ...agent,
    presence: present ? 'PRESENT' : 'ABSENT',
    lastSeenAt: lastSeenAt ?? agent.lastSeenAt,
    left: agent.left && !present,
  }),
  AgentLeft: (agent) => ({ ...agent, left: true }),
  AgentRetired: (agent, { reason }) => ({ ...agent, retired: true, statusReason: reason }),
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
  if (type === 'WordsAdded') {
    const { words } = event.body as unknown as WordsAdded;
    const before = value?.kind === 'vocabulary' ? value.words : [];
    return { kind: 'vocabulary', version, words: [...before, ...words], commands };
  }
  if (type === 'BaselineSet') {
    const { family, prior } = event.body as unknown as BaselineSet;
    const before = value?.kind === 'baselines' ? value.families : {};
    return { kind: 'baselines', version, families: { ...before, [family]: prior }, commands };
  }
  if (type === 'RoutingPolicyChanged') {
    const body = event.body as unknown as RoutingPolicyChanged;
    const { policyId, policyVersion, parameters, explorationFloor } = body;
    return { kind: 'routing', version, policyId, policyVersion, parameters, explorationFloor, commands };
  }
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
  const next = { ...value, version, commands, staleAt: meta.dueAt };
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
  const { costPerTaskMicros } = body;
  // Before there were prices there was this field alone.
  const older =
    costPerTaskMicros === null
      ? null
      : {
          currency: 'USD',
          perTaskMicros: costPerTaskMicros,
          inputPerMillionMicros: null,
          outputPerMillionMicros: null,
        };
  return {
    kind: 'agent',
    agentId: body.agentId,
    version: body.meta.streamVersion,
    tenant: body.meta.tenant,
    displayName: body.displayName,
    modelFamily: body.modelFamily,
    agentVersion: body.version,
    modelVersion: 1,
    capabilities: body.capabilities,
    taskTypes: body.taskTypes,
    languages: body.languages,
    specialisations: body.specialisations,
    maxConcurrency: body.maxConcurrency,
    reach: body.reach,
    price: body.price ?? older,
    quotas: body.quotas,
    tags: body.tags,
    card: body.card,
    capabilityVersion: 1,
    termsVersion: 1,
    status: 'AVAILABLE',
    statusReason: '',
    presence: 'UNSEEN',
    lastSeenAt: null,
    staleAt: body.meta.dueAt,
    left: false,
    retired: false,
    commands: withCommand(value, body.meta.inputId),
  };
};

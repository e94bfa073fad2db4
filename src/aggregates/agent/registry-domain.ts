import type { AgentCommandsEvents } from '../../events/generated/events.js';
import type { DecideContext, Decision, DerivedIndex, Domain, Input, View } from '../../log/domain.js';
import { changeCapabilities, objection, register, retire, setStatus, type Outcome } from './decide.js';
import { evolveAgent } from './evolve.js';
import { DEFAULT_AGENT_LIMITS, ID_LENGTH, isAgentId, type AgentLimits } from './rules.js';
import { agentStream, type RegistryValue } from './state.js';

/** A record of arbiter.agent-commands, decoded. */
export type AgentCommand = AgentCommandsEvents[keyof AgentCommandsEvents];

/** How many agents there are, retired ones included. */
export class RegistryIndex implements DerivedIndex<RegistryValue> {
  #agents = 0;

  get agents(): number {
    return this.#agents;
  }

  moved(_streamId: string, before: RegistryValue | undefined, after: RegistryValue | undefined): void {
    this.#agents += Number(after?.kind === 'agent') - Number(before?.kind === 'agent');
  }
}

type RegistryView = View<RegistryValue, RegistryIndex>;

const outcomeOf = (limits: AgentLimits, view: RegistryView, type: string, command: AgentCommand): Outcome => {
  const value = view.get(agentStream(command.agentId));
  if (type === 'RegisterAgent') {
    return register(value, command as AgentCommandsEvents['RegisterAgent'], {
      limits,
      agents: view.index.agents,
    });
  }
  const agent = objection(value, command.ifVersion);
  if (!('kind' in agent)) return agent;
  if (type === 'ChangeCapabilities') {
    return changeCapabilities(agent, command as AgentCommandsEvents['ChangeCapabilities'], limits);
  }
  if (type === 'SetAgentStatus')
    return setStatus(agent, command as AgentCommandsEvents['SetAgentStatus'], limits);
  if (type === 'RetireAgent') return retire(command as AgentCommandsEvents['RetireAgent'], limits);
  return { code: 'UNKNOWN_COMMAND', message: `this build does not know ${type}` };
};

const decide = (
  limits: AgentLimits,
  view: RegistryView,
  input: Input<AgentCommand>,
  context: DecideContext,
): Decision => {
  if (input.kind === 'timer') return { kind: 'events', events: [] };
  const { record: command, type } = input;
  const { agentId } = command;
  const commandId = command.commandId.slice(0, ID_LENGTH);
  const valid = isAgentId(agentId) && command.commandId.length <= ID_LENGTH;
  const own = agentStream(agentId);
  // Refusals stand on the partition's stream: an agent's version rises with its changes alone, and nobody can make
  // streams without end by naming agents that are not there.
  const refusals = `partition/${context.partition}`;
  const message = `agentId: 1 to ${ID_LENGTH} of A-Z a-z 0-9 _ . -; commandId: at most ${ID_LENGTH} characters`;
  const bad: Outcome = { code: 'INVALID', message };
  if (view.get(refusals)?.commands.includes(commandId) || view.get(own)?.commands.includes(commandId)) {
    return { kind: 'events', events: [] };
  }
  const outcome = valid ? outcomeOf(limits, view, type, command) : bad;
  const [name, data] =
    'code' in outcome ? (['AgentCommandRefused', { commandId, ...outcome }] as const) : outcome;
  const { tenant, actor, traceparent } = command;
  const event = {
    type: name,
    streamId: 'code' in outcome ? refusals : own,
    data: { agentId: agentId.slice(0, ID_LENGTH), ...data },
    dueAt: null,
    timer: null,
    correlationId: commandId,
    tenant,
    actor,
    traceparent,
  };
  return { kind: 'events', events: [event] };
};

/**
 * The registry of agents: inbox arbiter.agent-commands, log arbiter.agents, one stream per agent. Every command gets
 * exactly one event, refused or not.
 * @param limits bounds that differ from the defaults
 */
export const registryDomain = (
  limits: Partial<AgentLimits> = {},
): Domain<RegistryValue, RegistryIndex, AgentCommand> => {
  const all = { ...DEFAULT_AGENT_LIMITS, ...limits };
  return {
    foldVersion: 1,
    createIndex: () => new RegistryIndex(),
    decide: (view, input, context) => decide(all, view, input, context),
    evolve: evolveAgent,
    isFinal: () => false,
    nextTimer: () => undefined,
    saveIndex: () => null,
    loadIndex: () => undefined,
  };
};

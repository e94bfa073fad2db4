import type { AgentCommandsEvents, VocabularyKind } from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, NewEvent, View } from '../../log/domain.js';
import { changeCapabilities, objection, register, retire, setStatus, type Words } from './decide.js';
import { changeTerms, reportPresence, swapModel } from './decide-terms.js';
import { setRoutingPolicy } from './decide-routing.js';
import { addWords, setBaseline } from './decide-words.js';
import { evolveAgent } from './evolve.js';
import type { Outcome } from './outcome.js';
import { RegistryIndex } from './registry-index.js';
import { DEFAULT_AGENT_LIMITS, ID_LENGTH, isAgentId, type AgentLimits } from './rules.js';
import {
  agentStream,
  BASELINES_STREAM,
  ROUTING_STREAM,
  vocabularyStream,
  type AgentState,
  type RegistryValue,
} from './state.js';
import { wordsOf } from './vocabulary.js';

/** A record of arbiter.agent-commands, decoded. */
export type AgentCommand = AgentCommandsEvents[keyof AgentCommandsEvents];

/** Who reports presence without being the agent's tenant: the watch of the registry itself. */
export const REGISTRY_TENANT = 'arbiter';

type RegistryView = View<RegistryValue, RegistryIndex>;
type OfAgent = Exclude<AgentCommand, AgentCommandsEvents['AddWords' | 'SetBaseline' | 'SetRoutingPolicy']>;

const wordsIn =
  (view: RegistryView): Words =>
  (kind: VocabularyKind) => {
    const value = view.get(vocabularyStream(kind));
    return wordsOf(kind, value?.kind === 'vocabulary' ? value.words : []);
  };

const outcomeOf = (limits: AgentLimits, view: RegistryView, type: string, command: OfAgent): Outcome => {
  const value = view.get(agentStream(command.agentId));
  const words = wordsIn(view);
  if (type === 'RegisterAgent') {
    const bounds = { limits, agents: view.index.agents, words };
    return register(value, command as AgentCommandsEvents['RegisterAgent'], bounds);
  }
  const isWatch = type === 'ReportPresence' && command.tenant === REGISTRY_TENANT;
  const tenant = isWatch && value?.kind === 'agent' ? value.tenant : command.tenant;
  const agent = objection(value, tenant, command.ifVersion);
  if (!('kind' in agent)) return agent;
  switch (type as keyof AgentCommandsEvents) {
    case 'ChangeCapabilities':
      return changeCapabilities(agent, command as AgentCommandsEvents['ChangeCapabilities'], {
        limits,
        words,
      });
    case 'ChangeTerms':
      return changeTerms(agent, command as AgentCommandsEvents['ChangeTerms'], limits);
    case 'SwapModel':
      return swapModel(agent, command as AgentCommandsEvents['SwapModel'], limits);
    case 'SetAgentStatus':
      return setStatus(agent, command as AgentCommandsEvents['SetAgentStatus'], limits);
    case 'ReportPresence':
      return reportPresence(agent, command as AgentCommandsEvents['ReportPresence']);
    case 'RetireAgent':
      return retire(command as AgentCommandsEvents['RetireAgent'], limits);
    default:
      return { code: 'UNKNOWN_COMMAND', message: `this build does not know ${type}` };
  }
};

/** The stream's timer after an event: how long the agent may be silent. */
const staleAtAfter = (
  value: RegistryValue | undefined,
  [name, data]: readonly [string, object],
  now: number,
  limits: AgentLimits,
): number | null => {
  const fromNow = now + limits.staleAfterMs * 1000;
  if (name === 'AgentRegistered') return fromNow;
  if (name === 'PresenceChanged') return (data as { present: boolean }).present ? null : fromNow;
  if (name === 'AgentRetired' || name === 'AgentLeft') return null;
  return value?.kind === 'agent' ? value.staleAt : null;
};

/** What a command is about: the stream it changes, the id it names, and what becomes of it. */
const judge = (
  limits: AgentLimits,
  view: RegistryView,
  type: string,
  command: AgentCommand,
): { readonly streamId: string; readonly agentId: string; readonly decide: () => Outcome } => {
  if (type === 'AddWords') {
    const add = command as AgentCommandsEvents['AddWords'];
    const streamId = vocabularyStream(add.kind);
    return { streamId, agentId: '', decide: () => addWords(view.get(streamId), add, limits) };
  }
  if (type === 'SetBaseline') {
    const set = command as AgentCommandsEvents['SetBaseline'];
    const decide = (): Outcome => setBaseline(view.get(BASELINES_STREAM), set, limits);
    return { streamId: BASELINES_STREAM, agentId: '', decide };
  }
  if (type === 'SetRoutingPolicy') {
    const set = command as AgentCommandsEvents['SetRoutingPolicy'];
    const decide = (): Outcome => setRoutingPolicy(view.get(ROUTING_STREAM), set, limits);
    return { streamId: ROUTING_STREAM, agentId: '', decide };
  }
  const of = command as OfAgent;
  const message = `agentId: 1 to ${ID_LENGTH} of A-Z a-z 0-9 _ . -; commandId: at most ${ID_LENGTH} characters`;
  const decide = (): Outcome =>
    isAgentId(of.agentId) ? outcomeOf(limits, view, type, of) : { code: 'INVALID', message };
  return { streamId: agentStream(of.agentId), agentId: of.agentId.slice(0, ID_LENGTH), decide };
};

const decideRecord = (
  limits: AgentLimits,
  view: RegistryView,
  { record: command, type }: { readonly record: AgentCommand; readonly type: string },
  context: DecideContext,
): readonly NewEvent[] => {
  const commandId = command.commandId.slice(0, ID_LENGTH);
  const { streamId: own, agentId, decide } = judge(limits, view, type, command);
  // Refusals stand on the partition's stream: an agent's version rises with its changes alone, and nobody can make
  // streams without end by naming agents that are not there.
  const refusals = `partition/${context.partition}`;
  if (view.get(refusals)?.commands.includes(commandId) || view.get(own)?.commands.includes(commandId))
    return [];
  const message = `commandId: at most ${ID_LENGTH} characters`;
  const outcome: Outcome = command.commandId.length <= ID_LENGTH ? decide() : { code: 'INVALID', message };
  const refused = 'code' in outcome;
  const [name, data] = refused ? (['AgentCommandRefused', { commandId, ...outcome }] as const) : outcome;
  const { tenant, actor, traceparent } = command;
  const staleAt = refused ? null : staleAtAfter(view.get(own), [name, data], context.now, limits);
  const about = refused || own === agentStream(agentId) ? { agentId } : {};
  return [
    {
      type: name,
      streamId: refused ? refusals : own,
      data: { ...about, ...data },
      dueAt: staleAt,
      timer: staleAt === null ? null : 'DEADLINE',
      correlationId: commandId,
      tenant,
      actor,
      traceparent,
    },
  ];
};

/** Nobody has heard of it for too long: it leaves, by an event. */
const leave = (agent: AgentState, dueAt: number): NewEvent => ({
  type: 'AgentLeft',
  streamId: agentStream(agent.agentId),
  data: {
    agentId: agent.agentId,
    lastSeenAt: agent.lastSeenAt,
    reason: `not heard of since ${agent.lastSeenAt === null ? 'its registration' : new Date(agent.lastSeenAt / 1000).toISOString()}`,
  },
  dueAt: null,
  timer: null,
  correlationId: `${agent.agentId}@${dueAt}`,
  tenant: agent.tenant,
  actor: 'arbiter:registrar',
  traceparent: null,
});

const decide = (
  limits: AgentLimits,
  view: RegistryView,
  input: Input<AgentCommand>,
  context: DecideContext,
): Decision => {
  if (input.kind === 'record') return { kind: 'events', events: decideRecord(limits, view, input, context) };
  const agent = view.get(input.streamId);
  const isDue = agent?.kind === 'agent' && agent.staleAt === input.dueAt && !agent.left && !agent.retired;
  return { kind: 'events', events: isDue ? [leave(agent, input.dueAt)] : [] };
};

/**
 * The registry of agents: inbox arbiter.agent-commands, log arbiter.agents, one stream per agent, one per vocabulary and
 * one for the baselines. Every command gets exactly one event, refused or not.
 * @param limits bounds that differ from the defaults
 */
export const registryDomain = (
  limits: Partial<AgentLimits> = {},
): Domain<RegistryValue, RegistryIndex, AgentCommand> => {
  const all = { ...DEFAULT_AGENT_LIMITS, ...limits };
  return {
    foldVersion: 2,
    createIndex: () => new RegistryIndex(),
    decide: (view, input, context) => decide(all, view, input, context),
    evolve: evolveAgent,
    isFinal: () => false,
    nextTimer: (index) => index.nextTimer(),
    saveIndex: () => null,
    loadIndex: () => undefined,
  };
};

import type {
  AgentPrice,
  AgentQuota,
  AgentReach,
  AgentStatus,
  CardOrigin,
  ModelPrior,
  VocabularyKind,
} from '../../events/generated/events.js';

/** Whether workers of an agent are heard of: measured by the presence watch, never declared. */
export type Presence = 'UNSEEN' | 'PRESENT' | 'ABSENT';

/**
 * One agent of the registry, folded. Load is measured from assignments and never part of this (D-03): a declared
 * status changes nothing but the status.
 */
export interface AgentState {
  readonly kind: 'agent';
  readonly agentId: string;
  /** Number of the last event in the stream. */
  readonly version: number;
  /** Whose agent it is: changes of others are refused. */
  readonly tenant: string;
  readonly displayName: string;
  /** Free text: any model may stand behind an agent, and another one tomorrow. */
  readonly modelFamily: string;
  readonly agentVersion: string;
  /** Rises with every swap of the model, from 1. */
  readonly modelVersion: number;
  readonly capabilities: readonly string[];
  /** Empty: any. */
  readonly taskTypes: readonly string[];
  readonly languages: readonly string[];
  readonly specialisations: readonly string[];
  readonly maxConcurrency: number;
  readonly reach: AgentReach | null;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
  readonly tags: Readonly<Record<string, string>>;
  /** The agent card it was registered from. */
  readonly card: CardOrigin | null;
  /** Rises with every change of capabilities, from 1. */
  readonly capabilityVersion: number;
  /** Rises with every change of reach, price, quotas or tags, from 1. */
  readonly termsVersion: number;
  readonly status: AgentStatus;
  readonly statusReason: string;
  readonly presence: Presence;
  /** µs since the epoch; null: never. */
  readonly lastSeenAt: number | null;
  /** When it leaves unless it is heard of, µs since the epoch; null: it is heard of, or has left. */
  readonly staleAt: number | null;
  /** Has not been heard of for so long that it counts no more, until it is heard of again. */
  readonly left: boolean;
  /** For good. The agent stays recognised, so that its id is never used again. */
  readonly retired: boolean;
  /** Commands decided lately (law 5). */
  readonly commands: readonly string[];
}

/** Stream `partition/<p>`: the commands refused lately. */
export interface RefusalsOnly {
  readonly kind: 'refusals';
  readonly version: number;
  readonly commands: readonly string[];
}

/** Stream `vocabulary/<kind>`: the words added to those that every build knows. */
export interface Vocabulary {
  readonly kind: 'vocabulary';
  readonly version: number;
  readonly words: readonly string[];
  readonly commands: readonly string[];
}

/** Stream `baselines/all`: what is believed of a model family before its outcomes, by family. */
export interface Baselines {
  readonly kind: 'baselines';
  readonly version: number;
  readonly families: Readonly<Record<string, ModelPrior>>;
  readonly commands: readonly string[];
}

/** Stream `routing/policy`: how agents are chosen from here on. */
export interface RoutingPolicyState {
  readonly kind: 'routing';
  readonly version: number;
  readonly policyId: string;
  readonly policyVersion: string;
  /** JSON */
  readonly parameters: string;
  /** null: as set for the process */
  readonly explorationFloor: number | null;
  readonly commands: readonly string[];
}

export type RegistryValue = AgentState | RefusalsOnly | Vocabulary | Baselines | RoutingPolicyState;

/** How many command ids a stream remembers. Part of the fold, so not configurable. */
export const COMMANDS_REMEMBERED = 256;

export const agentStream = (agentId: string): string => `agent/${agentId}`;
export const vocabularyStream = (kind: VocabularyKind): string => `vocabulary/${kind}`;
export const BASELINES_STREAM = 'baselines/all';
export const ROUTING_STREAM = 'routing/policy';

/** What a registration that says nothing of these declares; for writers. */
export const UNDECLARED: Pick<
  AgentState,
  'languages' | 'specialisations' | 'reach' | 'price' | 'quotas' | 'card'
> = { languages: [], specialisations: [], reach: null, price: null, quotas: [], card: null };

/** Everything a task may ask for by name. */
export const abilitiesOf = (
  agent: Pick<AgentState, 'capabilities' | 'languages' | 'specialisations'>,
): readonly string[] =>
  agent.languages.length + agent.specialisations.length === 0
    ? agent.capabilities
    : [...new Set([...agent.capabilities, ...agent.languages, ...agent.specialisations])];

import type { AgentStatus } from '../../events/generated/events.js';

/**
 * One agent of the registry, folded. Load is measured from assignments and never part of this (D-03): a declared
 * status changes nothing but the status.
 */
export interface AgentState {
  readonly kind: 'agent';
  readonly agentId: string;
  /** Number of the last event in the stream. */
  readonly version: number;
  readonly displayName: string;
  readonly modelFamily: string;
  readonly agentVersion: string;
  readonly capabilities: readonly string[];
  /** Empty: any. */
  readonly taskTypes: readonly string[];
  readonly maxConcurrency: number;
  readonly costPerTaskMicros: number | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Rises with every change of capabilities, from 1. */
  readonly capabilityVersion: number;
  readonly status: AgentStatus;
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

export type RegistryValue = AgentState | RefusalsOnly;

/** How many command ids a stream remembers. Part of the fold, so not configurable. */
export const COMMANDS_REMEMBERED = 256;

export const agentStream = (agentId: string): string => `agent/${agentId}`;

import type { AgentsEvents } from '../../events/generated/events.js';

/** What became of a command: one event, or why it changes nothing. */
export type Outcome =
  | { readonly [Name in Deciding]: readonly [Name, Omit<AgentsEvents[Name], 'meta' | 'agentId'>] }[Deciding]
  | Refusal;

type Deciding = Exclude<keyof AgentsEvents, 'Claimed' | 'AgentCommandRefused'>;

export interface Refusal {
  readonly code:
    | 'INVALID'
    | 'ALREADY_REGISTERED'
    | 'UNCHANGED'
    | 'NOT_REGISTERED'
    | 'NOT_AUTHORISED'
    | 'RETIRED'
    | 'VERSION_MISMATCH'
    | 'TOO_MANY_AGENTS'
    | 'UNKNOWN_WORD'
    | 'UNKNOWN_COMMAND';
  readonly message: string;
}

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
export const sorted = (map: Readonly<Record<string, string>>): unknown =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
export const asSet = (list: readonly string[]): readonly string[] => [...list].sort();
export const invalid = (message: string): Refusal => ({ code: 'INVALID', message });
export const unchanged = (message: string): Refusal => ({ code: 'UNCHANGED', message });

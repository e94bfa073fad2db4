import type {
  AskRef,
  DeskSettings,
  DemandEnd,
  PrincipalRole,
  WaiverKind,
  WaiverNeed,
} from '../../events/generated/events.js';
import type { Amount } from './amounts.js';

/** Somebody whose signature counts, folded. Retired for good: id and key stay taken. */
export interface PrincipalState {
  readonly kind: 'principal';
  readonly principalId: string;
  readonly displayName: string;
  readonly team: string;
  readonly roles: readonly PrincipalRole[];
  /** Other names of the same person or program: in requests of tasks, as an agent. */
  readonly actors: readonly string[];
  readonly publicKeyPem: string;
  readonly keyId: string;
  readonly retired: boolean;
  readonly commands: readonly string[];
}

/** How far a waiver goes. Times in µs since the epoch. */
export interface Limits {
  readonly amount: Amount;
  readonly uses: number;
  readonly expiresAt: number;
}

/** A waiver or an override that is asked for or granted, folded. */
export interface WaiverState {
  readonly kind: 'waiver';
  readonly waiverKind: WaiverKind;
  readonly waiverId: string;
  /** One for a waiver; an override may name several. */
  readonly clauses: readonly string[];
  readonly critical: boolean;
  readonly taskId: string | null;
  readonly specId: string | null;
  readonly requested: Limits;
  /** The least of what was requested and of what every approver allowed. */
  readonly allowed: Limits;
  readonly paths: readonly string[];
  readonly reason: string;
  readonly requestedBy: string;
  readonly team: string;
  readonly requestSha256: string;
  readonly approvalsNeeded: number;
  readonly escalated: boolean;
  /** Distinct principals, in the order of their approvals. */
  readonly approvedBy: readonly string[];
  readonly granted: boolean;
  readonly grantedAt: number | null;
  readonly used: number;
  readonly drawn: Amount;
  /** When its end is to be announced; null: has been, or never will be. */
  readonly noticeAt: number | null;
  readonly commands: readonly string[];
}

/** A waiver nobody can use any more. It stays recognised, so that its id is never used again, and its denial counts. */
export interface WaiverOver {
  readonly kind: 'over';
  readonly how: 'denied' | 'revoked' | 'expired' | 'used';
  /** What was denied: clause with task, clause with spec. */
  readonly denied: readonly string[];
  /** An override counts for the hour after it. */
  readonly override: { readonly by: string; readonly at: number } | null;
  readonly commands: readonly string[];
}

/** A task that waits for waivers, or has been answered and is still recognised. */
export interface DemandState {
  readonly kind: 'demand';
  readonly taskId: string;
  readonly ask: AskRef;
  readonly requestedBy: string;
  readonly agentId: string | null;
  readonly retryOf: string | null;
  readonly specId: string | null;
  readonly riskTier: number | null;
  readonly needs: readonly WaiverNeed[];
  readonly until: number;
  /** When it was decided on first: who came first is served first. */
  readonly since: number;
  readonly end: DemandEnd | null;
}

/** Its time is over: it leaves memory. */
export interface DemandGone {
  readonly kind: 'gone';
}

export interface SettingsState {
  readonly kind: 'settings';
  readonly version: number;
  readonly settings: DeskSettings;
  readonly commands: readonly string[];
}

/** Streams `partition/<p>` and `unread/<p>`: what was refused lately. */
export interface RefusalsOnly {
  readonly kind: 'refusals';
  readonly commands: readonly string[];
}

export type DeskValue =
  PrincipalState | WaiverState | WaiverOver | DemandState | DemandGone | SettingsState | RefusalsOnly;

/** How many command ids a stream remembers. Part of the fold, so not configurable. */
export const COMMANDS_REMEMBERED = 256;
/** A waiver gets few orders. */
export const WAIVER_COMMANDS_REMEMBERED = 32;

export const principalStream = (principalId: string): string => `principal/${principalId}`;
export const waiverStream = (waiverId: string): string => `waiver/${waiverId}`;
export const demandStream = (askEventId: string): string => `demand/${askEventId}`;
export const SETTINGS_STREAM = 'settings/desk';
export const refusalsStream = (partition: number): string => `partition/${partition}`;
/** Refusals of what nobody is proved to have sent, kept apart: they push out no other. */
export const unreadStream = (partition: number): string => `unread/${partition}`;

/** A refused order's id is its author's own: nobody can use up another's. */
export const rememberedAs = (signedBy: string | null, commandId: string): string =>
  signedBy === null ? commandId : `${signedBy} ${commandId}`;

/** What denials are counted of: clause and task, and clause and spec, so that naming both, or either, evades no count. */
export const subjectsOf = (waiver: {
  readonly clauses: readonly string[];
  readonly taskId: string | null;
  readonly specId: string | null;
}): readonly string[] => [
  ...(waiver.taskId === null ? [] : [JSON.stringify([waiver.clauses, 'task', waiver.taskId])]),
  ...(waiver.specId === null ? [] : [JSON.stringify([waiver.clauses, 'spec', waiver.specId])]),
];

/** When something happens to the stream by itself: a notice, an end. µs; null: nothing. */
export const dueOf = (value: DeskValue | undefined): number | null => {
  if (value?.kind === 'demand') return value.until;
  if (value?.kind !== 'waiver') return null;
  return value.noticeAt === null
    ? value.allowed.expiresAt
    : Math.min(value.noticeAt, value.allowed.expiresAt);
};

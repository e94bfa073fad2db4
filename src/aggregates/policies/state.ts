import type {
  AskRef,
  DeskSettings,
  DemandEnd,
  PrincipalRole,
  WaiverKind,
  WaiverNeed,
} from '../../events/generated/events.js';
import type { Amount } from './amounts.js';
import type { Content } from './content.js';

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
  /** That of the task it names, as far as it was known when it was asked for. */
  readonly content: Content | null;
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

/** A waiver nobody can use any more. It stays recognised for as long as an order that names it could be valid, and its denial counts. */
export interface WaiverOver {
  readonly kind: 'over';
  readonly how: 'denied' | 'revoked' | 'expired' | 'used';
  /** What was denied: clause with task, clause with spec. */
  readonly denied: readonly string[];
  /** An override counts for the hour after it. */
  readonly override: { readonly by: string; readonly at: number } | null;
  readonly forgetAt: number;
  readonly commands: readonly string[];
}

/** A task that waits for waivers, or has been answered and is still recognised: what may be carried on by a retry depends on it. */
export interface DemandState {
  readonly kind: 'demand';
  readonly taskId: string;
  readonly ask: AskRef;
  readonly requestedBy: string;
  readonly agentId: string | null;
  readonly retryOf: string | null;
  readonly specId: string | null;
  readonly content: Content | null;
  readonly riskTier: number | null;
  readonly needs: readonly WaiverNeed[];
  readonly until: number;
  /** When it was decided on first: who came first is served first. */
  readonly since: number;
  readonly end: DemandEnd | null;
  /** Set when it is closed. */
  readonly forgetAt: number | null;
}

/** Its time is over: it leaves memory. */
export interface Gone {
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
  PrincipalState | WaiverState | WaiverOver | DemandState | Gone | SettingsState | RefusalsOnly;

/** How many command ids a stream remembers. Part of the fold, so not configurable. */
export const COMMANDS_REMEMBERED = 256;
/** A waiver gets few orders. */
export const WAIVER_COMMANDS_REMEMBERED = 32;

const DAY = 24 * 3_600_000_000;
/** Beyond the end of an order's validity, so that clocks that differ by less never bring it back. Part of the fold, as are the others. */
export const KEPT_AFTER = DAY;
/** How long a denial counts (D-42). */
export const DENIAL_COUNTS = 90 * DAY;
/** How long the content of a task that waited stays known: as long as a waiver that was asked for meanwhile may last. */
export const CONTENT_KEPT = 7 * DAY;

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

/**
 * Where waivers and demands meet: a clause and a task, or a clause and a spec. A waiver stands at one place; a demand looks at
 * that of its task, of the task it retries, and of its spec.
 */
export const placeOfWaiver = (
  clause: string,
  { taskId, specId }: Pick<WaiverState, 'taskId' | 'specId'>,
): string => JSON.stringify(taskId === null ? [clause, 'spec', specId] : [clause, 'task', taskId]);

export const placesOfDemand = (
  clause: string,
  { taskId, retryOf, specId }: Pick<DemandState, 'taskId' | 'retryOf' | 'specId'>,
): readonly string[] => [
  ...new Set([
    placeOfWaiver(clause, { taskId, specId }),
    ...(retryOf === null ? [] : [placeOfWaiver(clause, { taskId: retryOf, specId })]),
    ...(specId === null ? [] : [placeOfWaiver(clause, { taskId: null, specId })]),
  ]),
];

/** When something happens to the stream by itself: a notice, an end, forgetting. µs; null: nothing. */
export const dueOf = (value: DeskValue | undefined): number | null => {
  if (value?.kind === 'demand') return value.forgetAt ?? value.until;
  if (value?.kind === 'over') return value.forgetAt;
  if (value?.kind !== 'waiver') return null;
  return value.noticeAt === null
    ? value.allowed.expiresAt
    : Math.min(value.noticeAt, value.allowed.expiresAt);
};

import type { PoliciesEvents } from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/domain.js';
import { isNothing, least, plus } from './amounts.js';
import { contentOf } from './content.js';
import {
  COMMANDS_REMEMBERED,
  CONTENT_KEPT,
  DENIAL_COUNTS,
  KEPT_AFTER,
  rememberedAs,
  subjectsOf,
  WAIVER_COMMANDS_REMEMBERED,
  type DeskValue,
  type Limits,
  type WaiverOver,
  type WaiverState,
} from './state.js';

type Name = Exclude<keyof PoliciesEvents, 'Claimed'>;
type Folds = {
  readonly [N in Name]: (
    value: DeskValue | undefined,
    body: PoliciesEvents[N],
    commands: Commands,
  ) => DeskValue;
};
type Commands = readonly string[];

const misplaced = (found: DeskValue | undefined, expected: string): never => {
  throw new Error(`expected ${expected}, found ${found?.kind ?? 'nothing'}`);
};
const waiver = (value: DeskValue | undefined): WaiverState =>
  value?.kind === 'waiver' ? value : misplaced(value, 'a waiver');
const fresh = (value: DeskValue | undefined): void => {
  if (value !== undefined) misplaced(value, 'nothing yet');
};

const limitsOf = ({ amount, uses, expiresAt }: Limits): Limits => ({ amount, uses, expiresAt });
const lesser = (a: Limits, b: Limits): Limits => ({
  amount: isNothing(a.amount) ? a.amount : least(a.amount, b.amount),
  uses: Math.min(a.uses, b.uses),
  expiresAt: Math.min(a.expiresAt, b.expiresAt),
});

/** Nobody can use it any more: only what is still needed of it stays. */
const over = (
  value: WaiverState,
  how: WaiverOver['how'],
  commands: Commands,
  deniedAt: number | null = null,
): WaiverOver => ({
  kind: 'over',
  how,
  denied: deniedAt === null ? [] : subjectsOf(value),
  // An approval may have shortened it; the request itself is valid for longer.
  forgetAt: Math.max(
    value.requested.expiresAt + KEPT_AFTER,
    deniedAt === null ? 0 : deniedAt + DENIAL_COUNTS,
  ),
  override:
    value.waiverKind === 'OVERRIDE' ? { by: value.approvedBy[0] ?? '', at: value.grantedAt ?? 0 } : null,
  commands,
});

/** Not before its ask is too late to be put again, nor before what it may have been asked a waiver for has ended. */
const forgetDemandAt = (until: number, closedAt: number): number =>
  Math.max(until, closedAt + CONTENT_KEPT) + KEPT_AFTER;

const FOLDS: Folds = {
  PrincipalRegistered: (value, body, commands) => {
    fresh(value);
    const { principalId, displayName, team, roles, actors, publicKeyPem, keyId } = body;
    const who = { principalId, displayName, team, roles, actors, publicKeyPem, keyId };
    return { kind: 'principal', ...who, retired: false, commands };
  },
  PrincipalRetired: (value, _body, commands) =>
    value?.kind === 'principal' && !value.retired
      ? { ...value, retired: true, commands }
      : misplaced(value, 'a principal that is not retired'),
  SettingsChanged: (_value, { version, settings }, commands) => ({
    kind: 'settings',
    version,
    settings,
    commands,
  }),
  WaiverRequested: (value, body, commands) => {
    fresh(value);
    const { waiverId, critical, taskId, specId, paths, reason, requestedBy, team } = body;
    const { requestSha256, approvalsNeeded, escalated } = body;
    const limits = limitsOf(body);
    const content = contentOf(body);
    const what = { waiverId, clauses: [body.clause], critical, taskId, specId, content, paths, reason };
    const who = { requestedBy, team, requestSha256, approvalsNeeded, escalated, approvedBy: [] };
    const use = { granted: false, grantedAt: null, used: 0, drawn: {}, noticeAt: null };
    return {
      kind: 'waiver',
      waiverKind: 'WAIVER',
      ...what,
      ...who,
      requested: limits,
      allowed: limits,
      ...use,
      commands,
    };
  },
  WaiverApproved: (value, body, commands) => {
    const before = waiver(value);
    const approvedBy = [...before.approvedBy, body.approvedBy];
    const allowed = lesser(before.allowed, limitsOf(body));
    const next = { ...before, approvedBy, allowed, commands };
    return next.used >= allowed.uses ? over(next, 'used', commands) : next;
  },
  WaiverGranted: (value, body, commands) => ({
    ...waiver(value),
    granted: true,
    grantedAt: body.meta.occurredAt,
    noticeAt: body.noticeAt,
    allowed: limitsOf(body),
    commands,
  }),
  OverrideGranted: (value, body, commands) => {
    fresh(value);
    const { waiverId, clauses, critical, taskId, paths, justification, grantedBy, team, requestSha256 } =
      body;
    const limits = limitsOf(body);
    const about = { taskId, specId: null, content: contentOf(body) };
    const what = { waiverId, clauses, critical, ...about, paths, reason: justification };
    const who = { requestedBy: grantedBy, team, requestSha256, approvalsNeeded: 1, escalated: false };
    return {
      kind: 'waiver',
      waiverKind: 'OVERRIDE',
      ...what,
      ...who,
      approvedBy: [grantedBy],
      requested: limits,
      allowed: limits,
      granted: true,
      grantedAt: body.meta.occurredAt,
      used: 0,
      drawn: {},
      noticeAt: body.noticeAt,
      commands,
    };
  },
  WaiverDenied: (value, { meta }, commands) => over(waiver(value), 'denied', commands, meta.occurredAt),
  WaiverEscalated: (value) => value ?? misplaced(value, 'a waiver'),
  WaiverRevoked: (value, _body, commands) => over(waiver(value), 'revoked', commands),
  WaiverExpiring: (value) => ({ ...waiver(value), noticeAt: null }),
  WaiverExpired: (value) => over(waiver(value), 'expired', waiver(value).commands),
  WaiverForgotten: () => ({ kind: 'gone' }),
  WaiverUsed: (value, body) => {
    // An override that cures several clauses of one task is used once; its later clauses follow its last use.
    const before = waiver(value);
    const next = { ...before, used: body.use, drawn: plus(before.drawn, body.drawn) };
    const lastOfUse = body.usesLeft === 0 && body.clausesLeft === 0;
    return lastOfUse ? over(next, 'used', next.commands) : next;
  },
  WaiverDemanded: (value, body) => {
    fresh(value);
    const { taskId, ask, requestedBy, agentId, retryOf, specId, riskTier, needs, until } = body;
    const who = { taskId, ask, requestedBy, agentId, retryOf, specId, riskTier, content: contentOf(body) };
    const times = { until, since: body.meta.occurredAt, forgetAt: null };
    return { kind: 'demand', ...who, ...times, needs, end: null };
  },
  DemandClosed: (value, body) =>
    value?.kind === 'demand' && value.end === null
      ? { ...value, needs: [], end: body.end, forgetAt: forgetDemandAt(value.until, body.meta.occurredAt) }
      : misplaced(value, 'an open demand'),
  DemandForgotten: () => ({ kind: 'gone' }),
  OrderRefused: (_value, _body, commands) => ({ kind: 'refusals', commands }),
};

/** Folds one event of arbiter.policies; types not known yet are skipped (law 12). */
export const evolveDesk = (value: DeskValue | undefined, event: LoggedEvent): DeskValue | undefined => {
  if (!Object.hasOwn(FOLDS, event.type)) return value;
  const fold = FOLDS[event.type as Name] as (
    value: DeskValue | undefined,
    body: unknown,
    commands: Commands,
  ) => DeskValue;
  try {
    return fold(value, event.body, commandsOf(value, event));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${event.body.meta.streamId}, offset ${event.offset}: ${event.type}: ${why}`, {
      cause: error,
    });
  }
};

/** The head's inputId is the commandId, whatever became of the order (law 5); a refusal says itself what it is kept under. */
const commandsOf = (value: DeskValue | undefined, event: LoggedEvent): Commands => {
  const inputId =
    event.type === 'OrderRefused'
      ? refusedId(event.body as unknown as PoliciesEvents['OrderRefused'])
      : event.body.meta.inputId;
  const before = value !== undefined && 'commands' in value ? value.commands : [];
  if (inputId === null || before.includes(inputId)) return before;
  const most = event.type === 'OrderRefused' ? COMMANDS_REMEMBERED : WAIVER_COMMANDS_REMEMBERED;
  return [...before, inputId].slice(-most);
};

/** A task for which there was no room asks again with the same id: null, not remembered. */
const refusedId = ({ order, code, signedBy, commandId }: PoliciesEvents['OrderRefused']): string | null =>
  order === 'DemandWaiver' && code === 'TOO_MANY' ? null : rememberedAs(signedBy, commandId);

import { TOPICS } from '../events/topics.js';
import type {
  DemandClosed,
  OverrideGranted,
  PoliciesEvents,
  PrincipalRegistered,
  PrincipalRetired,
  SettingsChanged,
  WaiverApproved,
  WaiverDemanded,
  WaiverDenied,
  WaiverGranted,
  WaiverRequested,
  WaiverRevoked,
  WaiverUsed,
} from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import type { Change, Projection } from './engine/projection.js';
import type { Row, Table } from './engine/table.js';

/** Principals, waivers, demands and settings: everything of the desk's log that has a stream of its own. */
const POLICIES: Table = {
  name: 'policies_rows',
  key: ['stream_id'],
  columns: {
    stream_id: 'text',
    kind: 'text',
    id: 'text',
    state: 'text',
    tenant: 'text',
    // principals
    display_name: 'text',
    team: 'text',
    roles: 'jsonb',
    actors: 'jsonb',
    key_id: 'text',
    public_key: 'text',
    registered_by: 'text',
    // waivers and overrides
    clauses: 'jsonb',
    critical: 'boolean',
    task_id: 'text',
    spec_id: 'text',
    amount: 'jsonb',
    drawn: 'jsonb',
    paths: 'jsonb',
    uses: 'bigint',
    used: 'bigint',
    expires_us: 'bigint',
    reason: 'text',
    requested_by: 'text',
    request_sha256: 'text',
    approvals_needed: 'bigint',
    escalated: 'boolean',
    approved_by: 'jsonb',
    granted_us: 'bigint',
    expiring: 'boolean',
    ended_by: 'text',
    ended_why: 'text',
    // demands
    ask_event_id: 'text',
    agent_id: 'text',
    risk_tier: 'bigint',
    needs: 'jsonb',
    until_us: 'bigint',
    // settings
    settings: 'jsonb',
    created_us: 'bigint',
    updated_us: 'bigint',
    version: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [
    { name: 'kind', on: '(kind, state, updated_us DESC)' },
    { name: 'task', on: '(task_id) WHERE task_id IS NOT NULL' },
  ],
};

/** Every use of a waiver, as it was decided: never changed. */
const USES: Table = {
  name: 'waiver_use_rows',
  key: ['log_offset'],
  columns: {
    log_offset: 'bigint',
    waiver_id: 'text',
    kind: 'text',
    clause: 'text',
    task_id: 'text',
    agent_id: 'text',
    team: 'text',
    requested_by: 'text',
    approved_by: 'jsonb',
    use: 'bigint',
    drawn: 'jsonb',
    reason: 'text',
    expires_us: 'bigint',
    at_us: 'bigint',
  },
  indexes: [
    { name: 'waiver', on: '(waiver_id, log_offset)' },
    { name: 'task', on: '(task_id)' },
    { name: 'at', on: '(at_us)' },
  ],
};

const NOTHING: Row = Object.fromEntries(Object.keys(POLICIES.columns).map((name) => [name, null]));

type Fold<N extends keyof PoliciesEvents> = (row: Row, body: PoliciesEvents[N]) => Row;

const limits = (body: Pick<WaiverGranted, 'amount' | 'uses' | 'expiresAt'>): Row => ({
  amount: body.amount,
  uses: body.uses,
  expires_us: body.expiresAt,
});

const plus = (a: unknown, b: Readonly<Record<string, number>>): Record<string, number> => {
  const sum: Record<string, number> = { ...(a as Record<string, number> | null) };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
};

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);

const principal = (body: PrincipalRegistered): Row => ({
  kind: 'principal',
  id: body.principalId,
  state: 'active',
  display_name: body.displayName,
  team: body.team,
  roles: body.roles,
  actors: body.actors,
  key_id: body.keyId,
  public_key: body.publicKeyPem,
  registered_by: body.registeredBy,
});

const requested = (body: WaiverRequested): Row => ({
  kind: 'waiver',
  id: body.waiverId,
  state: 'requested',
  team: body.team,
  clauses: [body.clause],
  critical: body.critical,
  task_id: body.taskId,
  spec_id: body.specId,
  ...limits(body),
  drawn: {},
  paths: body.paths,
  used: 0,
  reason: body.reason,
  requested_by: body.requestedBy,
  request_sha256: body.requestSha256,
  approvals_needed: body.approvalsNeeded,
  escalated: body.escalated,
  approved_by: [],
  expiring: false,
});

const overridden = (body: OverrideGranted): Row => ({
  kind: 'override',
  id: body.waiverId,
  state: 'granted',
  team: body.team,
  clauses: body.clauses,
  critical: body.critical,
  task_id: body.taskId,
  ...limits(body),
  drawn: {},
  paths: body.paths,
  used: 0,
  reason: body.justification,
  requested_by: body.grantedBy,
  request_sha256: body.requestSha256,
  approvals_needed: 1,
  escalated: false,
  approved_by: [body.grantedBy],
  granted_us: body.meta.occurredAt,
  expiring: false,
});

const demanded = (body: WaiverDemanded): Row => ({
  kind: 'demand',
  id: body.taskId,
  state: 'waiting',
  task_id: body.taskId,
  spec_id: body.specId,
  requested_by: body.requestedBy,
  ask_event_id: body.ask.eventId,
  agent_id: body.agentId,
  risk_tier: body.riskTier,
  needs: body.needs,
  until_us: body.until,
});

const FOLDS: { readonly [N in keyof PoliciesEvents]?: Fold<N> } = {
  PrincipalRegistered: (_row, body) => principal(body),
  PrincipalRetired: (_row, { reason, retiredBy }: PrincipalRetired) => ({
    state: 'retired',
    ended_by: retiredBy,
    ended_why: reason,
  }),
  SettingsChanged: (_row, { settings, version, changedBy, reason }: SettingsChanged) => ({
    kind: 'settings',
    id: String(version),
    state: 'current',
    settings,
    ended_by: changedBy,
    ended_why: reason,
  }),
  WaiverRequested: (_row, body) => requested(body),
  WaiverApproved: (row, body: WaiverApproved) => ({
    approved_by: [...listOf(row['approved_by']), body.approvedBy],
    uses: Math.min(Number(row['uses']), body.uses),
    expires_us: Math.min(Number(row['expires_us']), body.expiresAt),
    ...(row['state'] === 'granted' && Number(row['used']) >= body.uses ? { state: 'used' } : {}),
  }),
  WaiverGranted: (_row, body: WaiverGranted) => ({
    state: 'granted',
    ...limits(body),
    granted_us: body.meta.occurredAt,
  }),
  OverrideGranted: (_row, body) => overridden(body),
  WaiverDenied: (_row, { deniedBy, reason }: WaiverDenied) => ({
    state: 'denied',
    ended_by: deniedBy,
    ended_why: reason,
  }),
  WaiverRevoked: (_row, { revokedBy, reason }: WaiverRevoked) => ({
    state: 'revoked',
    ended_by: revokedBy,
    ended_why: reason,
  }),
  WaiverExpiring: () => ({ expiring: true }),
  WaiverExpired: () => ({ state: 'expired', expiring: false }),
  WaiverUsed: (row, { use, usesLeft, drawn }: WaiverUsed) => ({
    used: use,
    drawn: plus(row['drawn'], drawn),
    state: usesLeft === 0 ? 'used' : 'granted',
  }),
  WaiverDemanded: (_row, body) => demanded(body),
  DemandClosed: (_row, { end, reason }: DemandClosed) => ({ state: end.toLowerCase(), ended_why: reason }),
};

const useLine = ({ body, offset }: LoggedEvent): Row => {
  const use = body as unknown as WaiverUsed;
  return {
    log_offset: offset,
    waiver_id: use.waiverId,
    kind: use.kind.toLowerCase(),
    clause: use.clause,
    task_id: use.taskId,
    agent_id: use.agentId,
    team: use.team,
    requested_by: use.requestedBy,
    approved_by: use.approvedBy,
    use: use.use,
    drawn: use.drawn,
    reason: use.reason,
    expires_us: use.expiresAt,
    at_us: body.meta.occurredAt,
  };
};

const foldPolicy = (row: Row | undefined, event: LoggedEvent): Change | undefined => {
  if (!Object.hasOwn(FOLDS, event.type)) return undefined;
  const { meta } = event.body;
  const fold = FOLDS[event.type as keyof PoliciesEvents] as (row: Row, body: unknown) => Row;
  // A stream that the desk had forgotten begins anew.
  const before: Row =
    row === undefined || meta.streamVersion === 1
      ? { ...NOTHING, stream_id: meta.streamId, tenant: meta.tenant, created_us: meta.occurredAt }
      : row;
  const next: Row = {
    ...before,
    ...fold(before, event.body),
    updated_us: meta.occurredAt,
    version: meta.streamVersion,
    log_offset: event.offset,
  };
  return { row: next, lines: event.type === 'WaiverUsed' ? [useLine(event)] : [] };
};

const OVER: ReadonlySet<unknown> = new Set(['denied', 'revoked', 'expired', 'used', 'retired']);

/** Who may decide on waivers, what was asked for, granted and used, and who waits. */
export const policiesProjection: Projection = {
  name: 'policies',
  topic: TOPICS.policies,
  foldVersion: 1,
  rows: POLICIES,
  lines: USES,
  begins: ({ body }) => body.meta.streamVersion === 1,
  finished: (row) => OVER.has(row['state']),
  keyOf: ({ body }) =>
    /^(?:principal|waiver|demand|settings)\//.test(body.meta.streamId)
      ? { stream_id: body.meta.streamId }
      : undefined,
  fold: foldPolicy,
};

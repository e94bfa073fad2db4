import { z } from 'zod';

/** Payload type of a signed order: no other DSSE envelope can be taken for one. */
export const ORDER_TYPE = 'application/vnd.arbiter.policy-order+json';
export const MOST_ORDER_BYTES = 64 * 1024;

/** ASCII letters, digits, `_ . -`; not `.` or `..`: ids become parts of keys, paths and refs. */
const ID = /^(?!\.+$)[A-Za-z0-9_.-]{1,128}$/;
const id = z.string().regex(ID);
const taskId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const name = (most: number) => z.string().max(most);
const glob = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{C}\\]+$/u);
const text = (least: number, most: number) => z.string().trim().min(least).max(most);
const clause = z.string().min(1).max(128);
const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.string().max(40);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const amount = z.record(z.string().max(32), z.number());
/** Which work a task is, as its reader saw it: the waiver is for that alone. */
const content = z
  .strictObject({ repository: name(4096).nullable(), specSha256: hex64 })
  .nullable()
  .optional();
const limits = { amount, uses: z.int().min(1), expiresAt: instant };

const head = {
  v: z.literal(1),
  commandId: z.string().min(1).max(128),
  /** Key id of the deployment that it is for: it counts nowhere else. */
  deployment: hex64,
};

const need = z.strictObject({
  clause,
  amount,
  measured: z.boolean(),
  paths: z.array(name(1000)).max(200),
  pathsComplete: z.boolean(),
});

/** What an order says, by its type. Nothing besides is allowed in it. */
export const FORMS = {
  RegisterPrincipal: z.strictObject({
    ...head,
    type: z.literal('RegisterPrincipal'),
    principalId: id,
    displayName: name(256),
    team: name(128),
    roles: z
      .array(z.enum(['ADMIN', 'APPROVER', 'OVERRIDER', 'REQUESTER']))
      .min(1)
      .max(4),
    actors: z.array(text(1, 256)).max(20),
    publicKeyPem: name(2000),
  }),
  RetirePrincipal: z.strictObject({
    ...head,
    type: z.literal('RetirePrincipal'),
    principalId: id,
    reason: name(1000),
  }),
  ChangeSettings: z.strictObject({
    ...head,
    type: z.literal('ChangeSettings'),
    ifVersion: count,
    reason: text(3, 1000),
    settings: z.strictObject({
      approvers: z.int(),
      criticalApprovers: z.int(),
      maxDurationMs: z.int(),
      maxCriticalDurationMs: z.int(),
      maxUses: z.int(),
      noticeMs: z.int(),
      overridesPerHour: z.int(),
      maxOverrideMs: z.int(),
      escalateAfter: z.int(),
      criticalClauses: z.array(clause).max(100),
      nonWaivableClauses: z.array(clause).max(100),
    }),
  }),
  RequestWaiver: z.strictObject({
    ...head,
    type: z.literal('RequestWaiver'),
    waiverId: id,
    clause,
    taskId: taskId.nullable(),
    specId: name(128).min(1).nullable(),
    ...limits,
    paths: z.array(glob).max(50),
    reason: text(10, 2000),
    content,
  }),
  ApproveWaiver: z.strictObject({
    ...head,
    type: z.literal('ApproveWaiver'),
    waiverId: id,
    requestSha256: hex64,
    /** As the approver read them; they have to be the request's. */
    clause,
    taskId: taskId.nullable(),
    specId: name(128).min(1).nullable(),
    paths: z.array(glob).max(50),
    content,
    ...limits,
    comment: name(1000),
  }),
  DenyWaiver: z.strictObject({
    ...head,
    type: z.literal('DenyWaiver'),
    waiverId: id,
    requestSha256: hex64,
    reason: text(3, 1000),
  }),
  RevokeWaiver: z.strictObject({
    ...head,
    type: z.literal('RevokeWaiver'),
    waiverId: id,
    reason: text(3, 1000),
  }),
  GrantOverride: z.strictObject({
    ...head,
    type: z.literal('GrantOverride'),
    waiverId: id,
    taskId,
    clauses: z.array(clause).min(1).max(16),
    amount,
    paths: z.array(glob).max(50),
    expiresAt: instant,
    justification: text(20, 2000),
    content,
  }),
  DemandWaiver: z.strictObject({
    ...head,
    type: z.literal('DemandWaiver'),
    taskId,
    ask: z.strictObject({ offset: count, eventId: z.string().min(1).max(256) }),
    origin: z.enum(['UNKNOWN', 'SPEC', 'RESULT']),
    until: count,
    requestedBy: name(1000),
    agentId: name(256).nullable(),
    retryOf: name(128).nullable(),
    specId: name(256).nullable(),
    riskTier: z.int().nullable(),
    taskType: name(256),
    repository: name(4096).nullable().optional(),
    specSha256: hex64.nullable().optional(),
    needs: z.array(need).max(64),
  }),
  WithdrawDemand: z.strictObject({
    ...head,
    type: z.literal('WithdrawDemand'),
    askEventId: z.string().min(1).max(256),
    reason: name(1000),
  }),
} as const;

export type OrderName = keyof typeof FORMS;
type Fixed<T> = T extends object ? { readonly [Key in keyof T]: Fixed<T[Key]> } : T;
export type Orders = { readonly [Name in OrderName]: Fixed<z.infer<(typeof FORMS)[Name]>> };
export type Order = Orders[OrderName];

/** What people sign; the rest is Arbiter's own. */
export const isOrderName = (name: unknown): name is OrderName =>
  typeof name === 'string' && Object.hasOwn(FORMS, name);

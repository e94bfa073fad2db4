import type { PolicyOrder } from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, View } from '../../log/domain.js';
import { demandDue, demandWaiver, waiverDue, withdrawDemand } from './demands.js';
import { DESK_LIMITS, emit, principalOf, refuse } from './desk.js';
import type { Desk, DeskLimits, Given, Origin, Refusal } from './desk.js';
import { DeskIndex } from './desk-index.js';
import { evolveDesk } from './evolve.js';
import type { Order, Orders } from './order-forms.js';
import { grantOverride } from './overrides.js';
import { changeSettings, registerPrincipal, retirePrincipal } from './principals.js';
import {
  publicKeyOf,
  readOrder,
  unreadId,
  type ReadOrder,
  type Trusted,
  type Unread,
} from './signed-order.js';
import { principalStream, refusalsStream, rememberedAs, unreadStream, type DeskValue } from './state.js';
import { approveWaiver, denyWaiver, revokeWaiver } from './waiver-decisions.js';
import { requestWaiver } from './waiver-request.js';

export interface PoliciesOptions {
  /** Public keys (PEM) of the deployment: they sign demands, and register the first admin. */
  readonly deploymentKeys: readonly string[];
  readonly limits?: Partial<DeskLimits>;
}

type DeskView = View<DeskValue, DeskIndex>;
type ByPrincipal = Exclude<Order['type'], 'RegisterPrincipal' | 'DemandWaiver' | 'WithdrawDemand'>;

const DECIDERS: { readonly [Name in ByPrincipal]: (desk: Desk, given: Given<Orders[Name]>) => Refusal } = {
  RetirePrincipal: retirePrincipal,
  ChangeSettings: changeSettings,
  RequestWaiver: requestWaiver,
  ApproveWaiver: approveWaiver,
  DenyWaiver: denyWaiver,
  RevokeWaiver: revokeWaiver,
  GrantOverride: grantOverride,
};

const LONGEST_ID = 256;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The order, decided. `repeated`: it has been decided before, and has no further event. */
const decideOrder = (
  desk: Desk,
  read: ReadOrder,
  record: PolicyOrder,
  deployments: ReadonlyMap<string, Trusted>,
): Refusal | 'repeated' => {
  const { order: form, signedBy } = read;
  const { order } = record;
  if (form.type === 'DemandWaiver' || form.type === 'WithdrawDemand') {
    if (signedBy !== null) return refuse('NOT_ALLOWED', 'only the deployment itself speaks for its tasks');
    return form.type === 'DemandWaiver' ? demandWaiver(desk, form, order) : withdrawDemand(desk, form);
  }
  const signer = signedBy === null ? undefined : principalOf(desk, signedBy);
  if (signer?.retired === true)
    return refuse('RETIRED', 'the principal is retired: its signature counts no more');
  if (form.type === 'RegisterPrincipal')
    return registerPrincipal(desk, form, { signedBy, order, deployments: new Set(deployments.keys()) });
  if (signer === undefined)
    return refuse('NOT_ALLOWED', 'the key of the deployment only registers the first admin');
  const decider = DECIDERS[form.type] as (desk: Desk, given: Given<Order>) => Refusal;
  return decider(desk, { form, signer, sha256: read.sha256, order });
};

/**
 * Where a refusal is remembered, and under which id. What could not be read, or whose signature does not hold, never stands
 * under the id that it claims: it would block the order whose id that is.
 */
const placeOf = (
  partition: number,
  record: PolicyOrder,
  read: ReadOrder | Unread,
): { readonly streamId: string; readonly commandId: string } =>
  'code' in read
    ? { streamId: unreadStream(partition), commandId: unreadId(record.commandId, record.order) }
    : { streamId: refusalsStream(partition), commandId: record.commandId };

/** Every order gets at least one event, refused or not, once per command id (law 5). */
const decideRecord = (
  desk: Desk,
  record: PolicyOrder,
  read: ReadOrder | Unread,
  deployments: ReadonlyMap<string, Trusted>,
): void => {
  const refusal = 'code' in read ? read : decideOrder(desk, read, record, deployments);
  if (refusal === undefined || refusal === 'repeated') return;
  const about =
    'code' in read
      ? { name: read.name, subject: read.subject }
      : { name: read.order.type, subject: subjectOf(read.order) };
  const { streamId, commandId } = placeOf(desk.context.partition, record, read);
  emit(desk, streamId, 'OrderRefused', {
    commandId,
    order: about.name,
    subject: about.subject,
    signedBy: read.signedBy,
    code: refusal.code,
    message: refusal.message,
  });
};

const subjectOf = (order: Order): string => {
  if ('waiverId' in order) return order.waiverId;
  if ('principalId' in order) return order.principalId;
  if ('taskId' in order) return order.taskId;
  return 'askEventId' in order ? order.askEventId : 'settings';
};

/** Where an order leaves its command id when it is taken: the stream that it is about. */
const streamOf = (order: Order): string | undefined => {
  if ('waiverId' in order) return `waiver/${order.waiverId}`;
  if ('principalId' in order) return principalStream(order.principalId);
  return order.type === 'ChangeSettings' ? 'settings/desk' : undefined;
};

const isDecided = (view: DeskView, streamId: string | undefined, commandId: string): boolean => {
  const value = streamId === undefined ? undefined : view.get(streamId);
  return value !== undefined && 'commands' in value && value.commands.includes(commandId);
};

const decide = (
  limits: DeskLimits,
  deployments: ReadonlyMap<string, Trusted>,
  view: DeskView,
  input: Input<PolicyOrder>,
  context: DecideContext,
): Decision => {
  const deskOf = (origin: Origin, commandId: string | null): Desk => ({
    context,
    limits,
    index: view.index,
    stored: (streamId) => view.get(streamId),
    changed: new Map(),
    events: [],
    origin,
    commandId,
  });
  if (input.kind === 'timer') {
    const own = { correlationId: input.streamId, tenant: 'default', actor: 'policy-desk', traceparent: null };
    const desk = deskOf(own, null);
    if (input.streamId.startsWith('waiver/')) waiverDue(desk, input.streamId.slice('waiver/'.length));
    else demandDue(desk, input.streamId);
    return { kind: 'events', events: desk.events };
  }
  const { record } = input;
  const commandId = record.commandId.slice(0, LONGEST_ID);
  const read = readOrder(record.order, record.commandId, {
    deployments: new Set(deployments.keys()),
    keyOf: (keyId) => deployments.get(keyId) ?? principalKey(view, keyId),
  });
  const place = placeOf(context.partition, record, read);
  if (isDecided(view, place.streamId, rememberedAs(read.signedBy, place.commandId)))
    return { kind: 'events', events: [] };
  if (!('code' in read) && isDecided(view, streamOf(read.order), commandId))
    return { kind: 'events', events: [] };
  const { tenant, traceparent } = record;
  const desk = deskOf(
    {
      correlationId: commandId,
      tenant: tenant.slice(0, LONGEST_ID),
      // Who is proved, not who is claimed.
      actor: read.signedBy ?? ('code' in read ? 'anonymous' : 'deployment'),
      traceparent: traceparent !== null && TRACEPARENT.test(traceparent) ? traceparent : null,
    },
    record.commandId,
  );
  decideRecord(desk, record, read, deployments);
  return { kind: 'events', events: desk.events };
};

const principalKey = (view: DeskView, keyId: string): Trusted | undefined => {
  const principalId = view.index.ownerOf(keyId);
  const value = principalId === undefined ? undefined : view.get(principalStream(principalId));
  return value?.kind === 'principal'
    ? { publicKeyPem: value.publicKeyPem, principalId: value.principalId }
    : undefined;
};

/**
 * Waivers, overrides and those who decide on them: inbox arbiter.policy-commands, log arbiter.policies, one partition, so that
 * every use is counted in one order.
 * @throws Error BAD_DEPLOYMENT_KEY
 */
export const policiesDomain = (options: PoliciesOptions): Domain<DeskValue, DeskIndex, PolicyOrder> => {
  const limits = { ...DESK_LIMITS, ...options.limits };
  const deployments = new Map(
    options.deploymentKeys.map((pem): [string, Trusted] => {
      const key = publicKeyOf(pem);
      if (key === undefined) throw new Error('BAD_DEPLOYMENT_KEY: expected an ECDSA P-256 public key in PEM');
      return [key.keyId, { publicKeyPem: key.publicKeyPem, principalId: null }];
    }),
  );
  return {
    foldVersion: 3,
    createIndex: () => new DeskIndex(),
    decide: (view, input, context) => decide(limits, deployments, view, input, context),
    evolve: evolveDesk,
    isFinal: (value) => value.kind === 'gone',
    nextTimer: (index) => index.nextTimer(),
    saveIndex: () => null,
    loadIndex: () => undefined,
  };
};

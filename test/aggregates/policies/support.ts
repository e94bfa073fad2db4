import {
  DEFAULT_SETTINGS,
  demandStream,
  payloadSha256,
  policiesDomain,
  showInstant,
  signOrder,
  waiverStream,
  type DeskIndex,
  type DeskLimits,
  type DeskValue,
  type Order,
  type OrderName,
  type Orders,
} from '../../../src/aggregates/policies/index.js';
import type { DeskSettings, PolicyOrder, WaiverNeed } from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/domain.js';
import { generateKeyPair, loadSigningKey, type SigningKey } from '../../../src/verdicts/index.js';
import { Partition } from '../../support/partition.js';

export const HOUR = 3_600_000_000;
export const DAY = 24 * HOUR;

export interface Keys {
  readonly publicKeyPem: string;
  readonly key: SigningKey;
}

export const makeKeys = (): Keys => {
  const { publicKeyPem, privateKeyPem } = generateKeyPair();
  return { publicKeyPem, key: loadSigningKey(privateKeyPem) };
};

// Making a key costs more than everything else a test does: these are shared.
const made = new Map<string, Keys>();
export const keysOf = (name: string): Keys => {
  const keys = made.get(name) ?? makeKeys();
  made.set(name, keys);
  return keys;
};

export const DEPLOYMENT = keysOf('the deployment');

type Body<N extends OrderName> = Omit<Orders[N], 'v' | 'type' | 'commandId' | 'deployment'>;

/** What every task here is about, unless it says otherwise. */
export const CONTENT = { repository: '/srv/repo', specSha256: 'a'.repeat(64) };

let commands = 0;

/** An order as its author signs it. */
export const orderOf = <N extends OrderName>(type: N, body: Body<N>, over: object = {}): Order =>
  ({
    v: 1,
    type,
    commandId: `c-${++commands}`,
    deployment: DEPLOYMENT.key.keyId,
    ...body,
    ...over,
  }) as unknown as Order;

export const recordOf = (order: Order, by: Keys): PolicyOrder => ({
  commandId: order.commandId,
  order: signOrder(order, by.key),
  tenant: 'default',
  actor: 'anybody',
  occurredAt: 0,
  traceparent: null,
});

type Request = Body<'RequestWaiver'>;
type Demand = Body<'DemandWaiver'>;

export const lines = (count: number): WaiverNeed => ({
  clause: 'caws.budget',
  amount: { lines: count },
  measured: true,
  paths: [],
  pathsComplete: false,
});

/** A desk with ada (admin), req (asks), bob and cyd (approve) and oli (overrides). */
export class DeskWorld {
  readonly partition: Partition<DeskValue, DeskIndex, PolicyOrder>;
  readonly requests = new Map<string, PolicyOrder>();

  constructor(limits: Partial<DeskLimits> = {}, people = true) {
    const domain = policiesDomain({ deploymentKeys: [DEPLOYMENT.publicKeyPem], limits });
    this.partition = new Partition(domain, 'arbiter.policies');
    if (!people) return;
    this.register('ada', ['ADMIN'], { by: DEPLOYMENT });
    this.register('req', ['REQUESTER'], { team: 'red' });
    this.register('bob', ['APPROVER']);
    this.register('cyd', ['APPROVER']);
    this.register('oli', ['OVERRIDER']);
  }

  get now(): number {
    return this.partition.now;
  }

  record(record: PolicyOrder): LoggedEvent[] {
    return this.partition.record('PolicyOrder', record);
  }

  send<N extends OrderName>(name: string | Keys, type: N, body: Body<N>): LoggedEvent[] {
    return this.record(recordOf(orderOf(type, body), typeof name === 'string' ? keysOf(name) : name));
  }

  register(
    principalId: string,
    roles: Body<'RegisterPrincipal'>['roles'],
    over: { by?: Keys; team?: string; actors?: string[]; key?: Keys } = {},
  ): LoggedEvent[] {
    const { publicKeyPem } = over.key ?? keysOf(principalId);
    const { team = '', actors = [] } = over;
    const who = { principalId, displayName: principalId, team, roles, actors, publicKeyPem };
    return this.send(over.by ?? keysOf('ada'), 'RegisterPrincipal', who);
  }

  request(waiverId: string, over: Partial<Request> = {}, by = 'req'): LoggedEvent[] {
    const body: Request = {
      waiverId,
      clause: 'caws.budget',
      taskId: 'T-1',
      specId: null,
      amount: { lines: 100 },
      paths: [],
      uses: 1,
      expiresAt: showInstant(this.now + DAY),
      reason: 'the generated client is large',
      ...over,
    };
    const record = recordOf(orderOf('RequestWaiver', body), keysOf(by));
    this.requests.set(waiverId, record);
    return this.record(record);
  }

  #asRequested(waiverId: string) {
    const record = this.requests.get(waiverId);
    if (record === undefined) throw new Error(`${waiverId} was never asked for`);
    const { clause, taskId, specId, paths, content, amount, uses, expiresAt } = JSON.parse(
      Buffer.from(record.order.payload).toString(),
    ) as Orders['RequestWaiver'];
    const what = { clause, taskId, specId, paths, ...(content === undefined ? {} : { content }) };
    return { requestSha256: payloadSha256(record.order), ...what, amount, uses, expiresAt };
  }

  approve(waiverId: string, by: string, over: Partial<Body<'ApproveWaiver'>> = {}): LoggedEvent[] {
    const body = { waiverId, comment: '', ...this.#asRequested(waiverId), ...over };
    return this.send(by, 'ApproveWaiver', body);
  }

  deny(waiverId: string, by: string): LoggedEvent[] {
    const { requestSha256 } = this.#asRequested(waiverId);
    return this.send(by, 'DenyWaiver', { waiverId, requestSha256, reason: 'make it smaller' });
  }

  revoke(waiverId: string, by: string): LoggedEvent[] {
    return this.send(by, 'RevokeWaiver', { waiverId, reason: 'no longer needed' });
  }

  override(waiverId: string, by = 'oli', over: Partial<Body<'GrantOverride'>> = {}): LoggedEvent[] {
    return this.send(by, 'GrantOverride', {
      waiverId,
      taskId: 'T-1',
      clauses: ['caws.budget'],
      amount: { lines: 100 },
      paths: [],
      expiresAt: showInstant(this.now + HOUR),
      justification: 'production is down and this is the repair',
      ...over,
    });
  }

  demand(taskId: string, over: Partial<Demand> = {}, by: Keys = DEPLOYMENT): LoggedEvent[] {
    return this.send(by, 'DemandWaiver', {
      taskId,
      ask: { offset: 7, eventId: `ask/${taskId}` },
      origin: 'RESULT',
      until: this.now + DAY,
      requestedBy: 'cli:zoe',
      agentId: 'bot',
      retryOf: null,
      specId: 'FEAT-1',
      riskTier: 3,
      taskType: 'code',
      ...CONTENT,
      needs: [lines(40)],
      ...over,
    });
  }

  settings(over: Partial<DeskSettings>, version = 0, by = 'ada'): LoggedEvent[] {
    const settings = { ...DEFAULT_SETTINGS, ...over };
    return this.send(by, 'ChangeSettings', { ifVersion: version, reason: 'stricter', settings });
  }

  waiver(waiverId: string): DeskValue | undefined {
    return this.partition.get(waiverStream(waiverId));
  }

  demandOf(taskId: string): DeskValue | undefined {
    return this.partition.get(demandStream(`ask/${taskId}`));
  }
}

export const refused = (code: string) => [['OrderRefused', { code }] as const];
export const types = (events: readonly LoggedEvent[]): readonly string[] => events.map(({ type }) => type);

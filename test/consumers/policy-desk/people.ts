import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  signOrder,
  type Order,
  type OrderName,
  type Orders,
} from '../../../src/aggregates/policies/index.js';
import { TOPICS } from '../../../src/events/topics.js';
import { followAll, micros, systemClock, type Following, type LoggedEvent } from '../../../src/log/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/index.js';
import type { Connection } from '../../../src/runtime/index.js';
import { generateKeyPair, keyId, loadSigningKey, type SigningKey } from '../../../src/verdicts/index.js';
import { TEST_STACK_FOLDER } from '../../support/stack.js';

/**
 * The state folder of the tests about waivers. The first admin of a log is there for good, so its key, and that of the deployment
 * that made it, live as long as the stack does.
 */
export const PEOPLE_FOLDER = path.join(TEST_STACK_FOLDER, 'waivers');

type Body<N extends OrderName> = Omit<Orders[N], 'v' | 'type' | 'commandId' | 'deployment'>;

const keyAt = async (file: string): Promise<string> => {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found !== undefined) return found;
  const made = generateKeyPair().privateKeyPem;
  await writeFile(file, made, { mode: 0o600 });
  return made;
};

/** People with real keys, who talk to a running desk through the bus alone. */
export class People {
  readonly #keys = new Map<string, SigningKey>();
  readonly #events: LoggedEvent[] = [];

  private constructor(
    private readonly edge: EdgePublisher,
    private readonly deployment: string,
    private readonly following: Following,
    private readonly closePublisher: () => Promise<void>,
  ) {}

  static async open({ bus, logCodec: codec }: Connection): Promise<People> {
    const keys = path.join(PEOPLE_FOLDER, 'keys');
    await mkdir(keys, { recursive: true });
    const publisher = await bus.openPublisher();
    const edge = await createEdgePublisher(publisher, codec, bus.admin);
    const opened: { people?: People } = {};
    const following = await followAll({
      bus,
      codec,
      clock: systemClock,
      topic: TOPICS.policies,
      partitions: 1,
      onRejected: () => undefined,
      onError: (error) => process.stderr.write(`policies: ${String(error)}\n`),
      onEvents: (_partition, followed) => opened.people?.note(followed.map(({ event }) => event)),
    });
    await following.whenCaughtUp();
    const publicKey = await readFile(path.join(keys, 'verdicts.pub.pem'), 'utf8');
    const people = new People(edge, keyId(publicKey), following, () => publisher.close());
    opened.people = people;
    const root = loadSigningKey(await readFile(path.join(keys, 'verdicts.key.pem'), 'utf8'));
    const ada = loadSigningKey(await keyAt(path.join(keys, 'ada.key.pem')));
    people.#keys.set('root', root).set('ada', ada);
    await people.#register('root', 'ada', ['ADMIN'], await publicOf(path.join(keys, 'ada.key.pem')));
    return people;
  }

  note(events: readonly LoggedEvent[]): void {
    this.#events.push(...events);
  }

  /** A new person, by a name never used before. */
  async person(name: string, ...roles: Body<'RegisterPrincipal'>['roles']): Promise<string> {
    const id = `${name}-${randomUUID().slice(0, 8)}`;
    const { privateKeyPem, publicKeyPem } = generateKeyPair();
    this.#keys.set(id, loadSigningKey(privateKeyPem));
    const [event] = await this.#register('ada', id, roles, publicKeyPem);
    if (event?.type !== 'PrincipalRegistered') {
      const why = `${String(event?.body['code'])}: the admin of this log is not ours; remove the stack of the tests`;
      throw new Error(why);
    }
    return id;
  }

  #register(
    by: string,
    principalId: string,
    roles: Body<'RegisterPrincipal'>['roles'],
    publicKeyPem: string,
  ): Promise<readonly LoggedEvent[]> {
    const who = { principalId, displayName: '', team: 'red', roles, actors: [], publicKeyPem };
    return this.order(by, 'RegisterPrincipal', who);
  }

  /** Gives a signed order; resolves to the whole decision on it. */
  async order<N extends OrderName>(by: string, type: N, body: Body<N>): Promise<readonly LoggedEvent[]> {
    const key = this.#keys.get(by);
    if (key === undefined) throw new Error(`${by} has no key`);
    const commandId = randomUUID();
    const order = { v: 1, type, commandId, deployment: this.deployment, ...body } as unknown as Order;
    const head = { tenant: 'default', actor: 'anybody', occurredAt: micros(systemClock), traceparent: null };
    const record = { commandId, order: signOrder(order, key), ...head };
    await this.edge.publish('arbiter.policy-commands', 'PolicyOrder', commandId, record);
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      const own = this.#events.filter(({ body: { meta } }) => meta.inputId === commandId);
      const last = own.at(-1)?.body.meta;
      if (last !== undefined && last.decisionIndex === last.decisionSize - 1) return own;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the desk did not decide on ${type} within 20 s`);
  }

  async close(): Promise<void> {
    await this.following.close();
    await this.closePublisher();
  }
}

const publicOf = async (privateKeyFile: string): Promise<string> => {
  const { createPublicKey } = await import('node:crypto');
  const key = createPublicKey(await readFile(privateKeyFile, 'utf8'));
  return key.export({ type: 'spki', format: 'pem' }).toString();
};

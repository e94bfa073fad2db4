import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Order, OrderName, Orders } from '../../aggregates/policies/index.js';
import type { OrderRefused } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { micros, systemClock } from '../../log/clock.js';
import type { LoggedEvent } from '../../log/domain.js';
import { uuidv7 } from '../../producers/index.js';
import type { SigningKey } from '../../verdicts/index.js';
import { CliError, misuse, NO } from '../failure.js';
import { watchLog } from '../log-watch.js';
import { readPrivateKey } from './private-key.js';
import { actor, TENANT, traceparent, withEdge, type Session } from '../session.js';
import { untilSeen } from '../views.js';

/** Who signs, for which deployment, and how long to wait for the desk. */
export interface SigningOptions {
  /** Private key file; default: the key of the deployment, which registers the first admin. */
  readonly key?: string;
  /** Public key file of the deployment; default: that of this project's state folder. */
  readonly deployment?: string;
  readonly timeout: number;
}

export type OrderBody<N extends OrderName> = Omit<Orders[N], 'v' | 'type' | 'commandId' | 'deployment'>;

/** What the desk decided on an order: its events, the last of them last. */
export interface DeskDecision {
  readonly commandId: string;
  readonly events: readonly LoggedEvent[];
  /** UNCHANGED: it is as it was wanted. */
  readonly unchanged: string | null;
}

/**
 * Signs an order, gives it to the desk, waits for its decision in the policies log, then for the views. Rejects (exit 1) with the
 * desk's code when it is refused, and with `NO_DECISION`.
 */
export const orderDesk = async <N extends OrderName>(
  session: Session,
  type: N,
  body: OrderBody<N>,
  options: SigningOptions,
): Promise<DeskDecision> => {
  const { signOrder } = await import('../../aggregates/policies/index.js');
  const keys = path.join(session.endpoints.folder, 'keys');
  const key = await signingKey(options, keys);
  const deployment = await deploymentOf(options, keys);
  const commandId = uuidv7(Date.now());
  const order = { v: 1, type, commandId, deployment, ...body } as unknown as Order;
  const signed = attempt(() => signOrder(order, key));
  const watch = await watchLog(session, TOPICS.policies);
  try {
    const events: LoggedEvent[] = [];
    const decided = watch.until(({ event, partition }) => {
      const { meta } = event.body;
      if (meta.inputId !== commandId) return undefined;
      events.push(event);
      return meta.decisionIndex >= meta.decisionSize - 1
        ? { partition, position: event.offset + 1 }
        : undefined;
    }, options.timeout);
    const record = {
      commandId,
      order: signed,
      tenant: TENANT,
      actor: actor(),
      occurredAt: micros(systemClock),
      traceparent: traceparent(),
    };
    await withEdge(session, (edge) => edge.publish(TOPICS.policyCommands, 'PolicyOrder', commandId, record));
    const seen = await decided;
    if (seen === undefined) throw undecided(options.timeout);
    await untilSeen(session.queries, [{ topic: TOPICS.policies, ...seen }]);
    return decisionOf(commandId, events);
  } finally {
    await watch.close();
  }
};

const signingKey = (options: SigningOptions, keys: string): Promise<SigningKey> =>
  readPrivateKey(options.key ?? path.join(keys, 'verdicts.key.pem'));

/** Key id of the deployment: what is signed for one counts for no other. */
const deploymentOf = async (options: SigningOptions, keys: string): Promise<string> => {
  const { keyId } = await import('../../verdicts/index.js');
  const file = options.deployment ?? path.join(keys, 'verdicts.pub.pem');
  const pem = await readFile(file, 'utf8').catch(() => undefined);
  if (pem === undefined)
    throw misuse(
      `the public key of the deployment at ${file}`,
      'no such file',
      'name it with --deployment; its operator hands it out',
      'NO_DEPLOYMENT_KEY',
    );
  return keyId(pem);
};

/** What the form refuses never leaves this machine. */
const attempt = <T>(sign: () => T): T => {
  try {
    return sign();
  } catch (error) {
    const { issues } = error as { issues?: readonly { path: readonly unknown[]; message: string }[] };
    const [issue] = issues ?? [];
    if (issue === undefined) throw error;
    const message = `${issue.path.join('.') || 'order'}: ${issue.message}`;
    throw new CliError({ code: 'BAD_INPUT', message, repair: 'correct it' }, { cause: error });
  }
};

const decisionOf = (commandId: string, events: readonly LoggedEvent[]): DeskDecision => {
  const refused = events.find(({ type }) => type === 'OrderRefused')?.body as OrderRefused | undefined;
  if (refused === undefined) return { commandId, events, unchanged: null };
  const { code, message } = refused;
  if (code !== 'UNCHANGED') throw new CliError({ code, message }, { exit: NO });
  return { commandId, events, unchanged: message };
};

const undecided = (timeoutMs: number): CliError =>
  new CliError({
    code: 'NO_DECISION',
    expected: `the policy desk to decide within ${timeoutMs} ms`,
    found: 'nothing; the order is kept and will be decided on',
    repair: 'is `arbiter run` up?',
  });

import type { AgentCommandRefused, AgentCommandsEvents } from '../../events/generated/events.js';
import { TOPICS } from '../../events/topics.js';
import { micros, systemClock } from '../../log/clock.js';
import { uuidv7 } from '../../producers/index.js';
import { CliError, NO } from '../failure.js';
import { watchLog } from '../log-watch.js';
import { actor, traceparent, withEdge, type Session } from '../session.js';
import { untilSeen } from '../views.js';

/** What the registrar decided, as its log has it. */
export interface AgentDecision {
  /** The event, e.g. `AgentRegistered`. */
  readonly type: string;
  readonly code: string | null;
  readonly text: string;
}

export type AgentOrder = keyof AgentCommandsEvents;

/** What an order says beside its head. */
export type AgentOrderBody<N extends AgentOrder> = Omit<
  AgentCommandsEvents[N],
  'commandId' | 'agentId' | 'ifVersion' | 'tenant' | 'actor' | 'occurredAt' | 'traceparent'
>;

export interface OrderOptions {
  /** How long to wait for the decision, ms. */
  readonly timeout: number;
  readonly tenant: string;
  /** The version of the agent that the order is built on; null: any. */
  readonly ifVersion?: number | null;
  /** The order names no agent. */
  readonly ofRegistry?: boolean;
}

/**
 * Gives an order to the registrar, waits for its decision in the agents log, then for the views. UNCHANGED is a success: it
 * is as it was wanted. Rejects (exit 1) with the registrar's code when it is refused, and with `NO_DECISION`.
 */
export const orderAgent = async <N extends AgentOrder>(
  session: Session,
  name: N,
  /** The agent, or what of the registry the order is about: the key of the record. */
  agentId: string,
  body: AgentOrderBody<N>,
  { timeout: timeoutMs, tenant, ifVersion = null, ofRegistry }: OrderOptions,
): Promise<AgentDecision> => {
  const commandId = uuidv7(Date.now());
  const watch = await watchLog(session, TOPICS.agents);
  try {
    const decided = watch.until(
      (seen) => (seen.event.body.meta.inputId === commandId ? seen : undefined),
      timeoutMs,
    );
    const about = ofRegistry === true ? {} : { agentId };
    const head = { commandId, ...about, ifVersion, tenant, actor: actor() };
    const when = { occurredAt: micros(systemClock), traceparent: traceparent() };
    const record = { ...head, ...when, ...body } as unknown as AgentCommandsEvents[N];
    await withEdge(session, (edge) => edge.publish(TOPICS.agentCommands, name, agentId, record));
    const seen = await decided;
    if (seen === undefined) {
      throw new CliError({
        code: 'NO_DECISION',
        expected: `the registrar to decide within ${timeoutMs} ms`,
        found: 'nothing; the command is kept and will be decided on',
        repair: 'is `arbiter run` up?',
      });
    }
    await untilSeen(session.queries, [
      { topic: TOPICS.agents, partition: seen.partition, position: seen.event.offset + 1 },
    ]);
    return decisionOf(seen.event.type, seen.event.body);
  } finally {
    await watch.close();
  }
};

const SAID: Readonly<Record<string, string>> = {
  AgentRegistered: 'registered',
  CapabilitiesChanged: 'changed',
  AgentStatusChanged: 'status changed',
  AgentRetired: 'retired',
  RoutingPolicyChanged: 'chooses from now on',
  TermsChanged: 'terms changed',
  ModelSwapped: 'model swapped',
  WordsAdded: 'words added',
  BaselineSet: 'baseline set',
};

const decisionOf = (type: string, body: object): AgentDecision => {
  if (type !== 'AgentCommandRefused') return { type, code: null, text: SAID[type] ?? type };
  const { code, message } = body as AgentCommandRefused;
  if (code === 'UNCHANGED') return { type, code, text: `unchanged: ${message}` };
  throw new CliError({ code, message }, { exit: NO });
};

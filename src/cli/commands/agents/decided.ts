import type { Command } from 'commander';
import type { AgentOrder, AgentOrderBody } from '../../agents/agent-order.js';
import { duration } from '../../arguments.js';
import type { JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { json, print } from '../../output.js';
import { TENANT, withSession } from '../../session.js';
import { agentLine } from './agent-line.js';

export interface DecidedOptions extends JsonOption {
  readonly timeout: number;
  readonly tenant: string;
}

/** Options of every command that gives an order to the registrar. */
export const decided = (command: Command): Command =>
  command
    .option('--timeout <duration>', 'how long to wait for the decision', duration, 30_000)
    .option('--tenant <name>', 'whose agents: a label, for there is one trust domain so far', TENANT);

/** Gives an order about an agent and shows the decision. */
export const decide = <N extends AgentOrder>(
  agentId: string,
  name: N,
  { json: asJson, timeout, tenant }: DecidedOptions,
  body: AgentOrderBody<N>,
  ifVersion: number | null = null,
): Promise<number> =>
  withSession(async (session) => {
    const { orderAgent } = await import('../../agents/agent-order.js');
    const decision = await orderAgent(session, name, agentId, body, { timeout, tenant, ifVersion });
    const agent = await session.queries.findAgent(agentId);
    if (asJson === true) {
      json({
        agent_id: agentId,
        decision: decision.type,
        code: decision.code,
        ...(agent && agentLine(agent)),
      });
    } else {
      print(`${agentId}: ${decision.text}`);
    }
    return DONE;
  });

/** Gives an order about the registry itself, not about one agent. */
export const decideRegistry = <N extends AgentOrder>(
  about: string,
  name: N,
  { json: asJson, timeout, tenant }: DecidedOptions,
  body: AgentOrderBody<N>,
): Promise<number> =>
  withSession(async (session) => {
    const { orderAgent } = await import('../../agents/agent-order.js');
    const options = { timeout, tenant, ofRegistry: true };
    const decision = await orderAgent(session, name, about, body, options);
    if (asJson === true) json({ about, decision: decision.type, code: decision.code });
    else print(`${about}: ${decision.text}`);
    return DONE;
  });

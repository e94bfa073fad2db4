import type { Command } from 'commander';
import { collect, duration, share } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { DONE, misuse } from '../failure.js';
import { facts, json, print } from '../output.js';
import { TENANT, withSession } from '../session.js';

interface SetOptions extends JsonOption {
  readonly param?: readonly string[];
  readonly floor?: number;
  readonly reason: string;
  readonly timeout: number;
}

/** Which policy chooses agents: set by event, for every router at once. */
export const addRoutePolicy = (route: Command): void => {
  const group = addGroup(route, 'policy', 'which policy chooses agents', [
    'arbiter route policy show',
    'arbiter route policy set round-robin --reason "learning is switched off until Monday"',
  ]);
  addCommand(group, {
    usage: 'set <policy>',
    summary: 'choose agents by this policy from now on; `default` for the default one',
    examples: [
      'arbiter route policy set round-robin',
      'arbiter route policy set thompson --param sharpness=4 --floor 0.05',
      "arbiter route policy set 'ucb1:c=0.25,memory=alarm'",
    ],
  })
    .option('--param <name=value>', 'a parameter; may be given several times', collect)
    .option('--floor <share>', 'of choices spread evenly over the allowed agents, 0 to 1', share)
    .option('--reason <text>', 'why', '')
    .option('--timeout <duration>', 'how long to wait for the decision', duration, 30_000)
    .action(act(set));
  addCommand(group, {
    usage: 'show',
    summary: 'the policy in force, with its parameters',
    examples: ['arbiter route policy show --json'],
  }).action(act(show));
};

const set = async (name: string, options: SetOptions): Promise<number> => {
  const { DEFAULT_POLICY, parsePolicy } = await import('../../routing/index.js');
  const parameters = options.param ?? [];
  if (parameters.length > 0 && /[:{]/.test(name))
    throw misuse('parameters in the name or by --param', 'both', 'use one of them', 'BAD_POLICY');
  const id = name === 'default' ? DEFAULT_POLICY : name;
  const policy = parsePolicy(parameters.length > 0 ? `${id}:${parameters.join(',')}` : id);
  return withSession(async (session) => {
    const { orderAgent } = await import('../agents/agent-order.js');
    const body = {
      policyId: policy.id,
      parameters: JSON.stringify(policy.parameters),
      explorationFloor: options.floor ?? null,
      reason: options.reason,
    };
    const decision = await orderAgent(session, 'SetRoutingPolicy', '', body, {
      timeout: options.timeout,
      tenant: TENANT,
    });
    const { id: policyId, version, parameters: all } = policy;
    if (options.json === true)
      json({
        decision: decision.type,
        code: decision.code,
        policy: policyId,
        version,
        parameters: all,
        floor: options.floor ?? null,
      });
    else print(`${policyId}: ${decision.text}`);
    return DONE;
  });
};

const show = ({ json: asJson }: JsonOption): Promise<number> =>
  withSession(async ({ connection }) => {
    const [{ readPolicyInForce }, { DEFAULT_POLICY }] = await Promise.all([
      import('../../consumers/router/route-log.js'),
      import('../../routing/index.js'),
    ]);
    const { state, inForce } = await readPolicyInForce({ bus: connection.bus, codec: connection.logCodec });
    const { policy, floor, note } = inForce;
    if (asJson === true)
      json({
        policy: policy.id,
        version: policy.version,
        parameters: policy.parameters,
        floor,
        is_default: state === undefined,
        by_event: state?.version ?? null,
        note: note === '' ? null : note,
      });
    else
      facts([
        ['policy', policy.id],
        ['version', policy.version],
        ['parameters', JSON.stringify(policy.parameters)],
        ['floor', floor === null ? 'as set for the process' : `${floor}`],
        ['set', state === undefined ? `by nobody: ${DEFAULT_POLICY} is the default` : 'by event'],
        ['note', note],
      ]);
    return DONE;
  });

import { Option, type Command } from 'commander';
import type { AgentOrder, AgentOrderBody } from '../agent-order.js';
import type { AgentView } from '../../projections/index.js';
import { collect, dollars, duration, pairs, wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { CliError, DONE, NO } from '../failure.js';
import { facts, instant, json, moment, print, snake, table } from '../output.js';
import { withQueries, withSession } from '../session.js';

interface DecidedOptions extends JsonOption {
  readonly timeout: number;
}
interface AbilityOptions extends DecidedOptions {
  readonly capability?: readonly string[];
  readonly taskType?: readonly string[];
  readonly concurrency?: number;
}
interface AddOptions extends AbilityOptions {
  readonly displayName?: string;
  readonly modelFamily?: string;
  readonly agentVersion?: string;
  readonly cost?: number;
  readonly tag?: Readonly<Record<string, string>>;
}

/** The registry of agents. Every change waits for the registrar's decision. */
export const addAgents = (program: Command): void => {
  const group = addGroup(program, 'agents', 'register agents, and see how they do', [
    'arbiter agents add claude --capability typescript --concurrency 2',
    'arbiter agents list',
  ]);
  const decided = (command: Command): Command =>
    command.option('--timeout <duration>', 'how long to wait for the decision', duration, 30_000);
  const able = (command: Command): Command =>
    decided(command)
      .option('--capability <word>', 'can do this; may be given several times', collect)
      .option('--task-type <type>', 'takes this type of task; may be given several times; none: any', collect)
      .option('--concurrency <n>', 'tasks at once at most', wholeNumber(1, 100_000));

  able(
    addCommand(group, {
      usage: 'add <name>',
      summary: 'register an agent',
      examples: [
        'arbiter agents add claude --capability typescript --capability tests --concurrency 2',
        'arbiter agents add nightly --task-type refactoring --model-family local --cost 0.02',
      ],
    }),
  )
    .option('--display-name <text>', 'for people')
    .option('--model-family <text>', 'what is behind it')
    .option('--agent-version <text>', 'its version')
    .option('--cost <usd>', 'of one task, in US dollars', dollars)
    .option('--tag <key=value>', 'may be given several times', pairs)
    .action(act(add));
  able(
    addCommand(group, {
      usage: 'change <name>',
      summary: 'replace what an agent can do',
      examples: ['arbiter agents change claude --capability typescript --capability rust'],
    }),
  ).action(act(change));
  decided(
    addCommand(group, {
      usage: 'status <name> <status>',
      summary: 'set the declared status: available, draining, maintenance, suspended or offline',
      examples: ['arbiter agents status claude draining --reason "update at noon"'],
    }),
  )
    .option('--reason <text>', 'why', '')
    .action(act(setStatus));
  decided(
    addCommand(group, {
      usage: 'retire <name>',
      summary: 'give an agent no more work, for good; its name stays taken',
      examples: ['arbiter agents retire claude --reason "replaced"'],
    }),
  )
    .option('--reason <text>', 'why', '')
    .action(act(retire));
  addCommand(group, {
    usage: 'list',
    summary: 'agents with their figures',
    examples: ['arbiter agents list', 'arbiter agents list --retired --json'],
    json: 'lines',
  })
    .option('--retired', 'retired ones as well')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1000)).default(1000))
    .action(act(list));
  addCommand(group, {
    usage: 'show <name>',
    summary: 'one agent: what it can do, how it does, by type of task',
    examples: ['arbiter agents show claude --json'],
  }).action(act(show));
};

const add = (name: string, options: AddOptions): Promise<number> =>
  decide(name, 'RegisterAgent', options, {
    displayName: options.displayName ?? '',
    modelFamily: options.modelFamily ?? '',
    version: options.agentVersion ?? '',
    capabilities: options.capability ?? [],
    taskTypes: options.taskType ?? [],
    maxConcurrency: options.concurrency ?? 1,
    costPerTaskMicros: options.cost ?? null,
    tags: options.tag ?? {},
  });

const change = (name: string, options: AbilityOptions): Promise<number> =>
  decide(name, 'ChangeCapabilities', options, {
    capabilities: options.capability ?? [],
    taskTypes: options.taskType ?? [],
    maxConcurrency: options.concurrency ?? null,
  });

const setStatus = (
  name: string,
  status: string,
  options: DecidedOptions & { reason: string },
): Promise<number> => {
  const known = ['AVAILABLE', 'DRAINING', 'MAINTENANCE', 'SUSPENDED', 'OFFLINE'] as const;
  const found = known.find((word) => word === status.toUpperCase());
  if (found === undefined) {
    const expected = known.join(', ').toLowerCase();
    throw new CliError({ code: 'BAD_STATUS', expected, found: status, repair: 'choose one of them' });
  }
  return decide(name, 'SetAgentStatus', options, { status: found, reason: options.reason });
};

const retire = (name: string, options: DecidedOptions & { reason: string }): Promise<number> =>
  decide(name, 'RetireAgent', options, { reason: options.reason });

const decide = <N extends AgentOrder>(
  agentId: string,
  name: N,
  options: DecidedOptions,
  body: AgentOrderBody<N>,
): Promise<number> =>
  withSession(async (session) => {
    const { orderAgent } = await import('../agent-order.js');
    const decision = await orderAgent(session, name, agentId, body, options.timeout);
    const agent = await session.queries.findAgent(agentId);
    if (options.json === true) {
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

/** An agent as one item of a list. */
const agentLine = ({ registeredAt, ...rest }: AgentView): Record<string, unknown> =>
  snake({ ...rest, registeredAt: instant(registeredAt) });

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const seconds = (micros: number | null): string => (micros === null ? '' : `${(micros / 1e6).toFixed(1)} s`);

const list = ({
  json: asJson,
  retired,
  limit,
}: JsonOption & { retired?: boolean; limit: number }): Promise<number> =>
  withQueries(async (queries) => {
    const agents = await queries.listAgents({ limit, retired: retired === true });
    if (asJson === true) for (const agent of agents) json(agentLine(agent));
    else {
      await table(
        ['AGENT', 'STATUS', 'LOAD', 'SUCCESS', 'DONE', 'FAILED', 'VOID', 'MEAN', 'CAPABILITIES'],
        agents.map((a) => [
          a.agentId,
          a.retired ? 'retired' : a.status,
          `${a.activeTasks}/${a.maxConcurrency}`,
          percent(a.successRate),
          a.successes,
          a.failures,
          a.voids,
          seconds(a.meanDurationUs),
          a.capabilities.join(', '),
        ]),
        'no agents; register one: arbiter agents add NAME --capability …',
      );
    }
    return DONE;
  });

const show = (agentId: string, { json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const agent = await queries.findAgent(agentId);
    if (agent === undefined) {
      throw new CliError(
        {
          code: 'NOT_FOUND',
          expected: 'a registered agent',
          found: agentId.slice(0, 130),
          repair: 'see: arbiter agents list',
        },
        { exit: NO },
      );
    }
    const [performance, versions] = await Promise.all([
      queries.performance(agentId),
      queries.capabilityVersions(agentId),
    ]);
    if (asJson === true) {
      json({
        ...agentLine(agent),
        performance: performance.map(({ lastAt, ...rest }) => snake({ ...rest, lastAt: instant(lastAt) })),
        capability_versions: versions.map(({ since, ...rest }) => snake({ ...rest, since: instant(since) })),
      });
      return DONE;
    }
    facts([
      ['agent', agent.agentId],
      ['name', agent.displayName],
      ['model family', agent.modelFamily],
      ['version', agent.agentVersion],
      ['status', agent.retired ? 'retired' : agent.status],
      ['reason', agent.statusReason],
      ['load', `${agent.activeTasks} of ${agent.maxConcurrency}`],
      ['capabilities', agent.capabilities.join(', ')],
      ['task types', agent.taskTypes.join(', ') || 'any'],
      ['registered', moment(agent.registeredAt)],
    ]);
    print();
    await table(
      ['TASK TYPE', 'SUCCESS', 'DONE', 'FAILED', 'VOID', 'MEAN', 'COST (USD)'],
      performance.map((p) => [
        p.taskType,
        percent(p.successRate),
        p.successes,
        p.failures,
        p.voids,
        seconds(p.meanDurationUs),
        (p.costMicros / 1e6).toFixed(2),
      ]),
      'no work done yet',
    );
    return DONE;
  });

import { Option, type Command } from 'commander';
import { duration, wholeNumber } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { instant, json, moment, snake, table } from '../../output.js';
import { withQueries } from '../../session.js';
import { showWaiver, useLine, waiverLine, waiverTable } from '../../waivers/waiver-line.js';
import { findWaiver } from './decide.js';

interface ListOptions extends JsonOption {
  readonly state?: string;
  readonly task?: string;
  readonly clause?: string;
  readonly limit: number;
}

const STATES = ['requested', 'granted', 'denied', 'revoked', 'expired', 'used'] as const;

const now = (): number => Date.now() * 1000;

export const addList = (group: Command): void => {
  addCommand(group, {
    usage: 'list',
    summary: 'waivers and overrides, newest first',
    examples: ['arbiter waivers list --state requested', 'arbiter waivers list --task T-1 --json'],
    json: 'lines',
  })
    .addOption(new Option('--state <state>', 'in this state only').choices(STATES))
    .option('--task <task-id>', 'for this task')
    .option('--clause <id>', 'of this clause')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1000), 100)
    .action(act(list));
  addCommand(group, {
    usage: 'show <id>',
    summary: 'one waiver: what it allows, who asked, who approved, every use',
    examples: ['arbiter waivers show W-1', 'arbiter waivers show W-1 --json'],
  }).action(act(show));
  addCommand(group, {
    usage: 'waiting',
    summary: 'tasks that wait for a waiver, and what they need',
    examples: ['arbiter waivers waiting', 'arbiter waivers waiting --json'],
    json: 'lines',
  }).action(act(waiting));
  addCommand(group, {
    usage: 'report',
    summary: 'how often and how much was waived, by team, agent or clause',
    examples: ['arbiter waivers report --by clause', 'arbiter waivers report --by team --since 30d --json'],
    json: 'lines',
  })
    .addOption(
      new Option('--by <what>', 'team, agent or clause')
        .choices(['team', 'agent', 'clause'])
        .default('clause'),
    )
    .option('--since <duration>', 'within this time', duration, 30 * 86_400_000)
    .action(act(report));
};

const list = ({ json: asJson, state, task, clause, limit }: ListOptions): Promise<number> =>
  withQueries(async (queries) => {
    const filter = {
      limit,
      ...(state === undefined ? {} : { state }),
      ...(task === undefined ? {} : { taskId: task }),
      ...(clause === undefined ? {} : { clause }),
    };
    const waivers = await queries.listWaivers(filter, now());
    if (asJson === true) for (const one of waivers) json(waiverLine(one));
    else await waiverTable(waivers, 'none; what waits for one: arbiter waivers waiting');
    return DONE;
  });

const show = (waiverId: string, { json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const found = await findWaiver({ queries }, waiverId);
    const uses = await queries.usesOf(waiverId);
    if (asJson === true) json({ ...waiverLine(found), history: uses.map(useLine) });
    else await showWaiver(found, uses);
    return DONE;
  });

const waiting = ({ json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const { showAmount } = await import('../../../aggregates/policies/amounts.js');
    const demands = await queries.listDemands(now(), 1000);
    if (asJson === true)
      for (const { until, since, ...rest } of demands)
        json(snake({ ...rest, until: instant(until), since: instant(since) }));
    else {
      const rows = demands.flatMap((demand) =>
        demand.needs.map((need) => [
          demand.taskId,
          demand.specId,
          demand.riskTier,
          need.clause,
          need.measured ? showAmount(need.amount) : need.paths.slice(0, 3).join(', '),
          moment(demand.until),
        ]),
      );
      await table(
        ['TASK', 'SPEC', 'TIER', 'CLAUSE', 'NEEDS', 'WAITS UNTIL'],
        rows,
        'no task waits for a waiver',
      );
    }
    return DONE;
  });

const report = ({
  json: asJson,
  by,
  since,
}: JsonOption & { readonly by: 'team' | 'agent' | 'clause'; readonly since: number }): Promise<number> =>
  withQueries(async (queries) => {
    const lines = await queries.waiverReport(by, now() - since * 1000);
    if (asJson === true)
      for (const { lastAt, name, ...rest } of lines)
        json({ [by]: name, ...snake({ ...rest, lastAt: instant(lastAt) }) });
    else
      await table(
        [by.toUpperCase(), 'USES', 'OVERRIDES', 'WAIVERS', 'TASKS', 'FILES', 'LINES', 'POINTS', 'LAST'],
        lines.map((one) => [
          one.name,
          one.uses,
          one.overrides,
          one.waivers,
          one.tasks,
          one.files,
          one.lines,
          one.points / 100,
          moment(one.lastAt),
        ]),
        'nothing was waived',
      );
    return DONE;
  });

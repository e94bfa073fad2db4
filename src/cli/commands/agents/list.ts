import { Option, type Command } from 'commander';
import { standingOf } from '../../../aggregates/agent/find/fleet-agent.js';
import { wholeNumber } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { json, table } from '../../output.js';
import { withQueries } from '../../session.js';
import { agentLine, percent, seconds } from './agent-line.js';

/** `agents list` */
export const addList = (group: Command): void => {
  addCommand(group, {
    usage: 'list',
    summary: 'agents with their figures',
    examples: ['arbiter agents list', 'arbiter agents list --retired --json'],
    json: 'lines',
  })
    .option('--retired', 'retired ones as well')
    .option('--tenant <name>', 'of this tenant only')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1000)).default(1000))
    .action(act(list));
};

interface ListOptions extends JsonOption {
  readonly retired?: boolean;
  readonly tenant?: string;
  readonly limit: number;
}

const list = ({ json: asJson, retired, tenant, limit }: ListOptions): Promise<number> =>
  withQueries(async (queries) => {
    const of = tenant === undefined ? {} : { tenant };
    const agents = await queries.listAgents({ limit, retired: retired === true, ...of });
    if (asJson === true) for (const agent of agents) json(agentLine(agent));
    else {
      await table(
        ['AGENT', 'STATUS', 'LOAD', 'SUCCESS', 'DONE', 'FAILED', 'VOID', 'MEAN', 'CAPABILITIES'],
        agents.map((a) => [
          a.agentId,
          a.retired ? 'retired' : standingOf(a),
          `${a.activeTasks}/${a.maxConcurrency}`,
          percent(a.successRate),
          a.successes,
          a.failures,
          a.voids,
          seconds(a.meanDurationUs),
          [...a.capabilities, ...a.languages, ...a.specialisations].join(', '),
        ]),
        'no agents; register one: arbiter agents add NAME --capability …',
      );
    }
    return DONE;
  });

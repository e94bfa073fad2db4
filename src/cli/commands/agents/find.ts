import type { Command } from 'commander';
import type { AgentQuery, Found } from '../../../aggregates/agent/find/index.js';
import { collect, refuse, wholeNumber } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { DONE, NO } from '../../failure.js';
import { json, note, snake, table } from '../../output.js';
import { withQueries } from '../../session.js';
import { percent } from './agent-line.js';

interface FindOptions extends JsonOption {
  readonly type?: string;
  readonly capability?: readonly string[];
  readonly language?: readonly string[];
  readonly specialisation?: readonly string[];
  readonly belowUtilisation?: number;
  readonly minSuccess?: number;
  readonly interval?: boolean;
  readonly standing: string;
  readonly tenant?: string;
  readonly limit: number;
  readonly page?: string;
}

const decimal =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : refuse(`a number from ${least} to ${most}`, text);
  };

const standing = (text: string): string => {
  const known = ['available', 'draining', 'maintenance', 'suspended', 'offline', 'retired', 'any'];
  if (!known.includes(text)) return refuse(`one of ${known.join(', ')}`, text);
  return text === 'any' ? text : text.toUpperCase();
};

/** `agents find` */
export const addFind = (group: Command): void => {
  addCommand(group, {
    usage: 'find',
    summary: 'agents that can do it, best first; exit 1 when there is none',
    examples: [
      'arbiter agents find --type refactoring --language typescript --language rust',
      'arbiter agents find --type refactoring --below-utilisation 80 --min-success 0.7 --interval --json',
    ],
  })
    .option('--type <type>', 'takes this type of task; rates are those of the type')
    .option('--capability <word>', 'has it; may be given several times: all of them', collect)
    .option('--language <word>', 'writes it; may be given several times: all of them', collect)
    .option('--specialisation <word>', 'is good at it; may be given several times: all of them', collect)
    .option('--below-utilisation <percent>', 'load strictly below', decimal(0, 1e6))
    .option('--min-success <rate>', 'at least this success rate, 0 to 1', decimal(0, 1))
    .option('--interval', '--min-success holds for the lower end of the 95 % interval')
    .option(
      '--standing <word>',
      'available, draining, maintenance, suspended, offline, retired or any',
      standing,
      'AVAILABLE',
    )
    .option('--tenant <name>', 'of this tenant only')
    .option('--limit <n>', 'agents on a page', wholeNumber(1, 1000), 100)
    .option('--page <cursor>', '`next` of the page before')
    .action(act(find));
};

const queryFrom = (options: FindOptions): AgentQuery => {
  const { type, capability, language, specialisation, belowUtilisation, minSuccess, tenant, page } = options;
  const asked: AgentQuery = {
    bound: options.interval === true ? 'interval' : 'rate',
    standing: options.standing,
    limit: options.limit,
  };
  const given = {
    taskType: type,
    capabilities: capability,
    languages: language,
    specialisations: specialisation,
    belowUtilisation,
    minSuccess,
    tenant,
    page,
  };
  return {
    ...asked,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
};

const find = (options: FindOptions): Promise<number> =>
  withQueries(async (queries) => {
    const { agents, next } = await queries.findInFleet(queryFrom(options));
    if (options.json === true) json({ agents: agents.map(foundLine), next });
    else {
      await table(
        ['AGENT', 'SUCCESS', '95 %', 'DONE', 'FAILED', 'LOAD', 'LANGUAGES', 'MODEL'],
        agents.map((one) => [
          one.agent.agentId,
          percent(one.successRate),
          one.interval.map(percent).join(' to '),
          one.successes,
          one.failures,
          `${one.activeTasks}/${one.agent.maxConcurrency}`,
          one.agent.languages.join(', '),
          one.agent.modelFamily,
        ]),
        'no agent can do that; see all: arbiter agents list',
      );
      if (next !== null) note(`more: --page ${next}`);
    }
    return agents.length === 0 && options.page === undefined ? NO : DONE;
  });

const foundLine = ({ agent, interval, ...rest }: Found): Record<string, unknown> => ({
  ...snake(agent),
  ...snake(rest),
  success_interval: interval,
});

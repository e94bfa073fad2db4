import type { Command } from 'commander';
import { standingOf } from '../../../aggregates/agent/find/fleet-agent.js';
import { wilson } from '../../../aggregates/agent/find/wilson.js';
import type { AgentView } from '../../../projections/index.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { facts, instant, json, moment, print, snake, table } from '../../output.js';
import { withQueries } from '../../session.js';
import { agentLine, agentNamed, percent, seconds } from './agent-line.js';

/** `agents show` */
export const addShow = (group: Command): void => {
  addCommand(group, {
    usage: 'show <name>',
    summary: 'one agent: what it can do, how it does, by type of task',
    examples: ['arbiter agents show claude --json'],
  }).action(act(show));
};

const show = (agentId: string, { json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const agent = await agentNamed(queries, agentId);
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
    showFacts(agent);
    print();
    await table(
      ['TASK TYPE', 'SUCCESS', '95 %', 'DONE', 'FAILED', 'VOID', 'MEAN', 'COST (USD)'],
      performance.map((p) => [
        p.taskType,
        percent(p.successRate),
        wilson(p.successes, p.failures).map(percent).join(' to '),
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

const showFacts = (agent: AgentView): void =>
  facts([
    ['agent', agent.agentId],
    ['name', agent.displayName],
    ['tenant', agent.tenant],
    ['model family', agent.modelFamily],
    ['version', agent.agentVersion],
    ['status', agent.retired ? 'retired' : standingOf(agent)],
    ['reason', agent.statusReason],
    ['last seen', moment(agent.lastSeenAt)],
    ['load', `${agent.activeTasks} of ${agent.maxConcurrency}`],
    ['capabilities', agent.capabilities.join(', ')],
    ['task types', agent.taskTypes.join(', ') || 'any'],
    ['languages', agent.languages.join(', ')],
    ['specialisations', agent.specialisations.join(', ')],
    ['reached by', reachWords(agent)],
    ['price', priceWords(agent)],
    ['quotas', agent.quotas.map((quota) => quotaWords(quota, agent.price?.currency ?? 'USD')).join(', ')],
    [
      'tags',
      Object.entries(agent.tags)
        .map((pair) => pair.join('='))
        .join(', '),
    ],
    ['agent card', cardWords(agent)],
    ['registered', moment(agent.registeredAt)],
  ]);

const reachWords = ({ reach }: AgentView): string =>
  reach === null
    ? ''
    : [reach.kind.toLowerCase(), reach.url, ...reach.argv].filter((word) => word !== '').join(' ');

const priceWords = ({ price }: AgentView): string => {
  if (price === null) return '';
  const amount = (micros: number | null, per: string): readonly string[] =>
    micros === null ? [] : [`${micros / 1e6} ${price.currency} ${per}`];
  return [
    ...amount(price.perTaskMicros, 'a task'),
    ...amount(price.inputPerMillionMicros, 'a million tokens in'),
    ...amount(price.outputPerMillionMicros, 'a million tokens out'),
  ].join(', ');
};

const quotaWords = (
  { unit, amount, windowMs, resetAt }: AgentView['quotas'][number],
  currency: string,
): string => {
  const what = unit === 'COST_MICROS' ? `${amount / 1e6} ${currency}` : `${amount} ${unit.toLowerCase()}`;
  return `${what} in ${windowMs / 3_600_000} h${resetAt === null ? '' : `, reset at ${moment(resetAt)}`}`;
};

const cardWords = ({ cardSha256, cardKey }: AgentView): string =>
  cardSha256 === null
    ? ''
    : `${cardSha256.slice(0, 16)}…, ${cardKey === null ? 'not signed' : `signed by ${cardKey}`}`;

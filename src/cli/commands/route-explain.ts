import type { Command } from 'commander';
import type { LoggedDecision } from '../../consumers/router/route-log.js';
import type { Prior } from '../../routing/index.js';
import type { Explained } from '../../routing/recorded/index.js';
import { wholeNumber } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';
import { CliError, DONE, misuse, NO } from '../failure.js';
import { facts, instant, json, moment, print, snake, table } from '../output.js';
import { withSession } from '../session.js';

interface ExplainOptions extends JsonOption {
  readonly attempt?: number;
}

/** Why an agent got a task, from the record, and who would have got it otherwise. */
export const addRouteExplain = (group: Command): void => {
  addCommand(group, {
    usage: 'explain <task-id>',
    summary: 'why this agent: candidates, masks, probabilities, and who it would have been otherwise',
    examples: ['arbiter route explain T-42', 'arbiter route explain T-42 --attempt 1 --json'],
  })
    .option('--attempt <n>', 'which attempt; without it the last', wholeNumber(1, 10_000))
    .action(act(explain));
};

const explain = (taskId: string, { json: asJson, attempt }: ExplainOptions): Promise<number> =>
  withSession(async ({ connection }) => {
    const [{ readDecisions, readOutcomes }, recorded, { TASK_ID }] = await Promise.all([
      import('../../consumers/router/route-log.js'),
      import('../../routing/recorded/index.js'),
      import('../../producers/index.js'),
    ]);
    if (!TASK_ID.test(taskId))
      throw misuse(`a task id, ${String(TASK_ID)}`, taskId.slice(0, 130), 'correct it', 'BAD_TASK_ID');
    const source = { bus: connection.bus, codec: connection.logCodec };
    const decisions = await readDecisions(source, taskId);
    const found = decisions.filter((one) => attempt === undefined || one.decision.attempt === attempt).at(-1);
    if (found === undefined) {
      const what = attempt === undefined ? 'none' : `none for attempt ${attempt} (of ${decisions.length})`;
      throw new CliError(
        {
          code: 'NOT_FOUND',
          expected: `a routing decision about ${taskId}`,
          found: what,
          repair: `see: arbiter tasks show ${taskId}`,
        },
        { exit: NO },
      );
    }
    const { decision, agentId } = found.event;
    const experience = recorded
      .timeline(await readOutcomes(source, decision.statisticsOffsets))
      .at(decision.statisticsOffsets);
    const why = recorded.explainedIfAble(found.decision, agentId, experience);
    const told = 'unable' in why ? { reproduced: null, draws: [], counterfactuals: [] } : why;
    if (asJson === true)
      json({
        task_id: taskId,
        attempt: found.decision.attempt,
        attempts: decisions.length,
        decided_at: instant(found.decidedAt),
        token: found.token,
        chosen: agentId,
        ...snake(decision),
        parameters: parametersOf(decision.parameters),
        reproduced: told.reproduced,
        draws: told.draws.map(snake),
        counterfactuals: told.counterfactuals.map(snake),
      });
    else await show(found, why);
    return DONE;
  });

/** The declared rate of the model family, and how many outcomes it is worth. */
const baseline = ({ successes, failures }: Prior): string =>
  `${(successes / (successes + failures)).toFixed(3)} of ${successes + failures}`;

/** A decision of an older build may have none. */
const parametersOf = (text: string): unknown => (text === '' ? {} : (JSON.parse(text) as unknown));

const again = (why: Explained | { readonly unable: string }): string => {
  if ('unable' in why) return `not by this build: ${why.unable}`;
  return why.reproduced ? 'the same, to the last bit' : 'DIFFERS from the record';
};

const show = async (
  { event, decidedAt }: LoggedDecision,
  why: Explained | { readonly unable: string },
): Promise<void> => {
  const { decision, agentId, attempt } = event;
  const probability = (share: number): string => share.toFixed(4);
  facts([
    ['task', event.taskId],
    ['attempt', attempt],
    ['chosen', agentId],
    ['because', decision.text],
    ['decided', moment(decidedAt)],
    ['policy', `${decision.policyId} ${decision.policyVersion} ${decision.parameters}`],
    ['floor', decision.floor],
    ['pool', decision.pool === '' ? '' : `${decision.pool}: ${decision.poolReason}`],
    ['draw', decision.draw],
    ['panic', decision.panic ? 'yes: so many agents were ejected that ejection was set aside' : ''],
    ['rests on', decision.statisticsOffsets.map((at) => `${at.partition}@${at.position}`).join(' ')],
    ['decided again', again(why)],
  ]);
  print();
  await table(
    ['CANDIDATE', 'PROBABILITY', 'SCORE', 'RATE', 'DONE', 'FAILED', 'UNDER WAY', 'EXPECTED', 'BASELINE'],
    [...decision.candidates]
      .sort((a, b) => b.propensity - a.propensity)
      .map((one) => [
        one.agentId === agentId ? `${one.agentId} *` : one.agentId,
        probability(one.propensity),
        one.score.toFixed(4),
        one.mean.toFixed(3),
        one.successes,
        one.failures,
        one.pending,
        one.expected.toFixed(3),
        one.prior === null ? '' : baseline(one.prior),
      ]),
  );
  if (decision.masked.length > 0) {
    print();
    await table(
      ['LEFT OUT', 'REASON'],
      decision.masked.map(({ agentId: id, reason }) => [id, reason]),
    );
  }
  if ('unable' in why) return;
  print();
  await table(
    ['IF', 'IT WOULD HAVE BEEN', 'PROBABILITY'],
    [
      ...why.counterfactuals.map((one) => [
        one.if,
        one.isOther ? one.choice : `${one.choice} all the same`,
        probability(one.propensity),
      ]),
      ...why.draws
        .filter(({ agentId: id }) => id !== agentId)
        .map(({ agentId: id, from, to }) => [
          `the draw were in ${probability(from)}…${probability(to)}`,
          id,
          probability(to - from),
        ]),
    ],
  );
};

import { Option, type Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { CliError, DONE, NO } from '../failure.js';
import { instant, json, moment, snake, table } from '../output.js';
import { withQueries } from '../session.js';

type Phase = 'pre' | 'final';
const upper = (phase: Phase): 'PRE' | 'FINAL' => (phase === 'pre' ? 'PRE' : 'FINAL');

interface ListOptions extends JsonOption {
  readonly phase?: Phase;
  readonly outcome?: string;
  readonly limit: number;
}

/** Signed verdicts as the views know them. */
export const addVerdicts = (program: Command): void => {
  const group = addGroup(program, 'verdicts', 'list signed verdicts, or get one as it was signed', [
    'arbiter verdicts list --outcome failed',
    'arbiter verdicts get T-1 > verdict.dsse.json',
  ]);
  addCommand(group, {
    usage: 'list',
    summary: 'verdicts, newest first',
    examples: ['arbiter verdicts list', 'arbiter verdicts list --phase final --json'],
    json: 'lines',
  })
    .addOption(new Option('--phase <phase>', 'of this phase only').choices(['pre', 'final']))
    .addOption(new Option('--outcome <outcome>', 'with this outcome only').choices(['passed', 'failed']))
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1000), 100)
    .action(act(list));
  addCommand(group, {
    usage: 'get <task-id>',
    summary: 'print the DSSE envelope of a task’s verdict, byte for byte as it is digested and signed',
    examples: [
      'arbiter verdicts get T-1 > verdict.dsse.json',
      'arbiter verdicts get T-1 --phase pre | arbiter verify - --key verdicts.pub.pem',
    ],
  })
    .addOption(new Option('--phase <phase>', 'which verdict').choices(['pre', 'final']).default('final'))
    .action(act(get));
};

const list = ({ json: asJson, phase, outcome, limit }: ListOptions): Promise<number> =>
  withQueries(async (queries) => {
    const found = await queries.listVerdicts({
      limit,
      ...(phase === undefined ? {} : { phase: upper(phase) }),
      ...(outcome === undefined ? {} : { outcome: outcome.toUpperCase() }),
    });
    if (asJson === true) {
      for (const { verdictId, issuedAt, ...rest } of found)
        json(snake({ id: verdictId, ...rest, issuedAt: instant(issuedAt) }));
    } else {
      await table(
        ['VERDICT', 'TASK', 'PHASE', 'OUTCOME', 'ENDING', 'ISSUED (UTC)'],
        found.map((v) => [v.verdictId, v.taskId, v.phase, v.outcome, v.ending, moment(v.issuedAt)]),
        'no verdicts',
      );
    }
    return DONE;
  });

const get = (taskId: string, { phase }: { phase: Phase }): Promise<number> =>
  withQueries(async (queries) => {
    const envelope = await queries.verdictEnvelope(taskId, upper(phase));
    if (envelope === undefined) {
      throw new CliError(
        {
          code: 'NOT_FOUND',
          expected: `a ${phase} verdict of task ${JSON.stringify(taskId.slice(0, 130))}`,
          found: (await queries.findTask(taskId)) === undefined ? 'no such task' : 'none yet',
          repair: `see: arbiter tasks show ${/^[\w.-]{1,128}$/.test(taskId) ? taskId : 'TASK_ID'}`,
        },
        { exit: NO },
      );
    }
    process.stdout.write(envelope);
    return DONE;
  });

import type { Command } from 'commander';
import { collect, deadline, wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { DONE } from '../failure.js';
import { json } from '../output.js';
import type { SigningOptions } from '../waivers/policy-order.js';
import { withQueries, withSession } from '../session.js';
import { taskContent } from '../waivers/task-content.js';
import { amountOf, amounts, paths, signing, type AmountOptions } from '../waivers/signing-options.js';
import { waiverLine, waiverTable } from '../waivers/waiver-line.js';
import { answer } from './waivers/answer.js';
import { newId } from './waivers/request.js';

interface GrantOptions extends JsonOption, SigningOptions, AmountOptions {
  readonly id?: string;
  readonly clause: readonly string[];
  readonly path?: readonly string[];
  readonly expires: number;
  readonly justification: string;
}

/** Overrides: one person who may lets one task pass once. */
export const addOverrides = (program: Command): void => {
  const group = addGroup(
    program,
    'overrides',
    'let one task pass once, on one person’s word, with a justification',
    [
      'arbiter overrides grant T-1 --clause caws.budget --lines 400 --expires +1h --justification "…" --key oli.key.pem',
      'arbiter overrides list',
    ],
  );
  paths(
    amounts(
      signing(
        addCommand(group, {
          usage: 'grant <task-id>',
          summary: 'override clauses for one task, once; needs the role overrider',
          examples: [
            'arbiter overrides grant T-1 --clause caws.budget --lines 400 --expires +1h --justification "production is down, this repairs it" --key oli.key.pem',
          ],
        }),
      ),
    ),
  )
    .requiredOption('--clause <id>', 'in spite of this clause; may be given several times', collect)
    .requiredOption('--expires <instant>', 'until then, 24 h at most', (text: string) => deadline(text))
    .requiredOption('--justification <text>', 'why; at least 20 characters')
    .option('--id <id>', 'its name; default: made up')
    .action(act(grant));
  addCommand(group, {
    usage: 'list',
    summary: 'overrides, newest first',
    examples: ['arbiter overrides list', 'arbiter overrides list --json'],
    json: 'lines',
  })
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1000), 100)
    .action(act(list));
};

const grant = (taskId: string, options: GrantOptions): Promise<number> =>
  withSession(async (session) => {
    const [{ orderDesk }, { showInstant }] = await Promise.all([
      import('../waivers/policy-order.js'),
      import('../../aggregates/policies/index.js'),
    ]);
    const waiverId = options.id ?? newId('O');
    const body = {
      waiverId,
      taskId,
      clauses: [...options.clause],
      amount: amountOf(options),
      paths: [...(options.path ?? [])],
      expiresAt: showInstant(options.expires),
      justification: options.justification,
      content: await taskContent(session, taskId),
    };
    return answer(session, waiverId, await orderDesk(session, 'GrantOverride', body, options), options);
  });

const list = ({ json: asJson, limit }: JsonOption & { readonly limit: number }): Promise<number> =>
  withQueries(async (queries) => {
    const overrides = await queries.listWaivers({ kind: 'override', limit }, Date.now() * 1000);
    if (asJson === true) for (const one of overrides) json(waiverLine(one));
    else await waiverTable(overrides, 'no overrides');
    return DONE;
  });

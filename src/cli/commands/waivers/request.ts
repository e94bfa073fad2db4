import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { deadline, wholeNumber } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import type { SigningOptions } from '../../waivers/policy-order.js';
import { withSession } from '../../session.js';
import { taskContent } from '../../waivers/task-content.js';
import { amountOf, amounts, paths, signing, type AmountOptions } from '../../waivers/signing-options.js';
import { answer } from './answer.js';

interface RequestOptions extends JsonOption, SigningOptions, AmountOptions {
  readonly id?: string;
  readonly clause: string;
  readonly task?: string;
  readonly spec?: string;
  readonly path?: readonly string[];
  readonly uses: number;
  readonly expires: number;
  readonly reason: string;
}

/** A name that is easy to read aloud, and never given twice. */
export const newId = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;

export const addRequest = (group: Command): void => {
  paths(
    amounts(
      signing(
        addCommand(group, {
          usage: 'request',
          summary: 'ask for a waiver of one clause, for a task or a spec',
          examples: [
            'arbiter waivers request --clause caws.budget --task T-1 --lines 120 --files 3 --expires +4h --reason "generated client" --key ann.key.pem',
            'arbiter waivers request --clause caws.scope --spec FEAT-7 --path "docs/**" --uses 3 --expires +20h --reason "docs belong to it" --key ann.key.pem',
          ],
        }),
      ),
    ),
  )
    .requiredOption('--clause <id>', 'the clause to be waived, e.g. caws.budget (arbiter waivers waiting)')
    .option('--task <task-id>', 'for this task, or one that retries it')
    .option('--spec <spec-id>', 'for tasks of this spec')
    .option('--uses <n>', 'how often', wholeNumber(1, 100), 1)
    .requiredOption(
      '--expires <instant>',
      'until then: an instant, or a time from now such as +4h',
      (text: string) => deadline(text),
    )
    .requiredOption('--reason <text>', 'why; at least 10 characters')
    .option('--id <id>', 'its name; default: made up')
    .action(act(request));
};

const request = (options: RequestOptions): Promise<number> =>
  withSession(async (session) => {
    const [{ orderDesk }, { showInstant }] = await Promise.all([
      import('../../waivers/policy-order.js'),
      import('../../../aggregates/policies/index.js'),
    ]);
    const waiverId = options.id ?? newId('W');
    const body = {
      waiverId,
      clause: options.clause,
      taskId: options.task ?? null,
      specId: options.spec ?? null,
      amount: amountOf(options),
      paths: [...(options.path ?? [])],
      uses: options.uses,
      expiresAt: showInstant(options.expires),
      reason: options.reason,
      content: await taskContent(session, options.task),
    };
    return answer(session, waiverId, await orderDesk(session, 'RequestWaiver', body, options), options);
  });

import type { Command } from 'commander';
import type { WaiverView } from '../../../projections/index.js';
import { deadline, wholeNumber } from '../../arguments.js';
import { act, addCommand, type JsonOption } from '../../command.js';
import { CliError, NO } from '../../failure.js';
import type { SigningOptions } from '../../waivers/policy-order.js';
import { withSession, type Session } from '../../session.js';
import { taskContent } from '../../waivers/task-content.js';
import { amountOf, amounts, signing, type AmountOptions } from '../../waivers/signing-options.js';
import { answer } from './answer.js';

interface ApproveOptions extends JsonOption, SigningOptions, AmountOptions {
  readonly uses?: number;
  readonly expires?: number;
  readonly comment: string;
}
interface ReasonOptions extends JsonOption, SigningOptions {
  readonly reason: string;
}

export const addDecide = (group: Command): void => {
  amounts(
    signing(
      addCommand(group, {
        usage: 'approve <id>',
        summary: 'approve a waiver as it was asked for, or for less',
        examples: [
          'arbiter waivers approve W-1 --key bob.key.pem',
          'arbiter waivers approve W-1 --lines 60 --uses 1 --expires +1h --key bob.key.pem',
        ],
      }),
    ),
  )
    .option('--uses <n>', 'only so often', wholeNumber(1, 100))
    .option('--expires <instant>', 'only until then', (text: string) => deadline(text))
    .option('--comment <text>', 'for the record', '')
    .action(act(approve));
  signing(
    addCommand(group, {
      usage: 'deny <id>',
      summary: 'deny a waiver for good; tasks that waited for it alone are rejected',
      examples: ['arbiter waivers deny W-1 --reason "split the work" --key bob.key.pem'],
    }),
  )
    .requiredOption('--reason <text>', 'why')
    .action(act(deny));
  signing(
    addCommand(group, {
      usage: 'revoke <id>',
      summary: 'take a waiver or an override back; what was used stays used',
      examples: ['arbiter waivers revoke W-1 --reason "found another way" --key ann.key.pem'],
    }),
  )
    .requiredOption('--reason <text>', 'why')
    .action(act(revoke));
};

/** The waiver as the views have it. Rejects (exit 1) with `NOT_FOUND`. */
export const findWaiver = async (
  { queries }: Pick<Session, 'queries'>,
  waiverId: string,
): Promise<WaiverView> => {
  const found = await queries.findWaiver(waiverId, Date.now() * 1000);
  if (found !== undefined) return found;
  throw new CliError(
    {
      code: 'NOT_FOUND',
      expected: 'a waiver of that id',
      found: waiverId.slice(0, 130),
      repair: 'see: arbiter waivers list',
    },
    { exit: NO },
  );
};

const approve = (waiverId: string, options: ApproveOptions): Promise<number> =>
  withSession(async (session) => {
    const [{ orderDesk }, { showInstant }] = await Promise.all([
      import('../../waivers/policy-order.js'),
      import('../../../aggregates/policies/index.js'),
    ]);
    const asked = await findWaiver(session, waiverId);
    const less = amountOf(options);
    const body = {
      waiverId,
      requestSha256: asked.requestSha256,
      clause: asked.clauses[0] ?? '',
      taskId: asked.taskId,
      specId: asked.specId,
      paths: asked.paths,
      content: await taskContent(session, asked.taskId),
      amount: Object.keys(less).length > 0 ? less : asked.amount,
      uses: options.uses ?? asked.uses,
      expiresAt: showInstant(options.expires ?? asked.expiresAt),
      comment: options.comment,
    };
    return answer(session, waiverId, await orderDesk(session, 'ApproveWaiver', body, options), options);
  });

const deny = (waiverId: string, options: ReasonOptions): Promise<number> =>
  withSession(async (session) => {
    const { orderDesk } = await import('../../waivers/policy-order.js');
    const { requestSha256 } = await findWaiver(session, waiverId);
    const body = { waiverId, requestSha256, reason: options.reason };
    return answer(session, waiverId, await orderDesk(session, 'DenyWaiver', body, options), options);
  });

const revoke = (waiverId: string, options: ReasonOptions): Promise<number> =>
  withSession(async (session) => {
    const { orderDesk } = await import('../../waivers/policy-order.js');
    const body = { waiverId, reason: options.reason };
    return answer(session, waiverId, await orderDesk(session, 'RevokeWaiver', body, options), options);
  });

import { showAmount } from '../../aggregates/policies/amounts.js';
import type { WaiverUseView, WaiverView } from '../../projections/index.js';
import { facts, instant, moment, print, snake, table } from '../output.js';

/** A waiver as one item of a list. */
export const waiverLine = ({
  requestedAt,
  grantedAt,
  expiresAt,
  amount,
  drawn,
  ...rest
}: WaiverView): Record<string, unknown> => ({
  ...snake({ ...rest, requestedAt: instant(requestedAt), grantedAt: instant(grantedAt) }),
  expires_at: instant(expiresAt),
  amount,
  drawn,
});

export const useLine = ({ at, drawn, ...rest }: WaiverUseView): Record<string, unknown> => ({
  ...snake({ ...rest, at: instant(at) }),
  drawn,
});

const forWhat = ({ taskId, specId }: WaiverView): string =>
  [...(taskId === null ? [] : [`task ${taskId}`]), ...(specId === null ? [] : [`spec ${specId}`])].join(', ');

export const waiverTable = (waivers: readonly WaiverView[], nothing: string): Promise<void> =>
  table(
    ['WAIVER', 'STATE', 'CLAUSE', 'FOR', 'ALLOWS', 'USED', 'BY', 'APPROVED', 'UNTIL'],
    waivers.map((one) => [
      one.waiverId,
      one.expiring && one.state === 'granted' ? 'granted, expiring' : one.state,
      one.clauses.join(', '),
      forWhat(one),
      [showAmount(one.amount), ...one.paths].filter((text) => text !== '').join(', '),
      `${one.used}/${one.uses}`,
      one.requestedBy,
      `${one.approvedBy.join(', ')} (${one.approvedBy.length}/${one.approvalsNeeded})`,
      moment(one.expiresAt),
    ]),
    nothing,
  );

/** All of one waiver, for people. */
export const showWaiver = async (one: WaiverView, uses: readonly WaiverUseView[]): Promise<void> => {
  facts([
    [one.kind, one.waiverId],
    ['state', one.state],
    ['clause', one.clauses.join(', ')],
    ['for', forWhat(one)],
    ['allows', showAmount(one.amount)],
    ['drawn', showAmount(one.drawn)],
    ['paths', one.paths.join(', ')],
    ['uses', `${one.used} of ${one.uses}`],
    ['until', moment(one.expiresAt)],
    ['reason', one.reason],
    ['asked by', one.requestedBy],
    ['approved by', `${one.approvedBy.join(', ') || 'nobody yet'} (${one.approvalsNeeded} needed)`],
    ['escalated', one.escalated ? 'yes: somebody who may override has to approve' : ''],
    ['ended by', one.endedBy],
    ['because', one.endedWhy],
    ['request', one.requestSha256],
  ]);
  print();
  await table(
    ['USE', 'TASK', 'CLAUSE', 'AGENT', 'TOOK', 'AT'],
    uses.map((use) => [use.use, use.taskId, use.clause, use.agentId, showAmount(use.drawn), moment(use.at)]),
    'not used yet',
  );
};

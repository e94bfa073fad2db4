import type { DeskDecision } from '../../waivers/policy-order.js';
import type { JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { json, print } from '../../output.js';
import type { Session } from '../../session.js';
import { waiverLine } from '../../waivers/waiver-line.js';

const SAID: Readonly<Record<string, string>> = {
  WaiverRequested: 'asked for',
  WaiverApproved: 'approved, more approvals are needed',
  WaiverGranted: 'granted',
  OverrideGranted: 'granted',
  WaiverDenied: 'denied',
  WaiverEscalated: 'denied; denied so often that an overrider has to approve the next one',
  WaiverRevoked: 'revoked',
};

/** What became of an order about a waiver: the desk's decision, and the tasks that it let go on. */
export const answer = async (
  session: Session,
  waiverId: string,
  { events, unchanged }: DeskDecision,
  options: JsonOption,
): Promise<number> => {
  const types = events.map(({ type }) => type);
  const cured = events
    .filter(({ type, body }) => type === 'DemandClosed' && body['end'] === 'CURED')
    .map(({ body }) => String(body['taskId']));
  const found = await session.queries.findWaiver(waiverId, Date.now() * 1000);
  if (options.json === true) {
    json({ waiver_id: waiverId, decision: types, cured, ...(found && waiverLine(found)) });
    return DONE;
  }
  const last = types.filter((type) => SAID[type] !== undefined).at(-1) ?? '';
  const already = last === 'WaiverApproved' && found?.state === 'granted' ? 'approved once more' : SAID[last];
  const words = unchanged === null ? (already ?? types.join(', ')) : `unchanged: ${unchanged}`;
  print(`${waiverId}: ${words}`);
  for (const task of cured) print(`${task}: goes on`);
  return DONE;
};

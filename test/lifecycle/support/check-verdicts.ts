import type { VerdictIssued, VerdictRequested } from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { envelopeBytes, envelopeFrom, verifyEnvelope, type Statement } from '../../../src/verdicts/index.js';
import { createHash } from 'node:crypto';
import { violated } from '../../log/support/sequential-run.js';
import { PUBLIC_KEY } from './seats.js';
import { events, FINAL, taskOf } from './records.js';
import type { Simulation } from './simulation.js';

interface Ended {
  readonly verdictId: string;
  readonly verdictSha256: string;
  readonly verdictOffset: number;
}

/** Law 10: one final verdict per task, signed, about the sealed outcome, and named by the final event. */
export const checkVerdicts = (simulation: Simulation, tasks: readonly LoggedEvent[]): void => {
  const verdicts = events(simulation.accepted(TOPICS.verdicts));
  const byOffset = new Map(tasks.map((event) => [event.offset, event]));
  const finals = new Map<string, LoggedEvent>();
  for (const event of verdicts) {
    const verdict = event.body as unknown as VerdictIssued;
    checkAsked(verdict, byOffset);
    if (verdict.phase !== 'FINAL') continue;
    if (finals.has(verdict.taskId)) violated(`${verdict.taskId}: two final verdicts`);
    finals.set(verdict.taskId, event);
  }
  for (const event of tasks.filter(({ type }) => FINAL.has(type))) {
    const verdict = finals.get(taskOf(event));
    const { verdictId, verdictSha256, verdictOffset } = event.body as unknown as Ended;
    const issued = verdict?.body as unknown as VerdictIssued | undefined;
    if (
      verdict?.offset !== verdictOffset ||
      issued?.verdictId !== verdictId ||
      issued.envelopeSha256 !== verdictSha256
    )
      violated(`${taskOf(event)}: the final event names another verdict`, { event: event.body, issued });
    if ((issued?.outcome === 'PASSED') !== (event.type === 'TaskCompleted'))
      violated(`${taskOf(event)}: PASSED and completed are not the same`);
    finals.delete(taskOf(event));
  }
  if (finals.size > 0) violated('a final verdict of a task that has not ended', [...finals.keys()]);
};

/** A verdict answers an accepted event that asks for one of its phase. */
const checkAsked = (verdict: VerdictIssued, tasks: ReadonlyMap<number, LoggedEvent>): void => {
  const { phase, taskId, ask } = verdict;
  const asked = tasks.get(ask.offset);
  if (asked?.body.meta.eventId !== ask.eventId)
    return violated('a verdict on an event that is not accepted', ask);
  const fits =
    phase === 'FINAL' ? asked.type === 'VerdictRequested' : /^Spec(Approved|Rejected)$/.test(asked.type);
  if (!fits || taskOf(asked) !== taskId) return violated('a verdict that nobody asked for', asked);
  const statement = checkEnvelope(verdict);
  const { subject } = asked.body as unknown as VerdictRequested;
  if (phase === 'FINAL' && JSON.stringify(statement.subject) !== JSON.stringify(subject))
    violated(`${taskId}: a verdict about something else`, { statement, subject });
};

const checkEnvelope = ({
  taskId,
  payloadType,
  payload,
  signatures,
  envelopeSha256,
  outcome,
}: VerdictIssued): Statement => {
  const bytes = envelopeBytes(
    envelopeFrom({
      payloadType,
      payload,
      signatures: signatures.map(({ keyid, sig }) => ({ keyid: keyid ?? '', sig })),
    }),
  );
  if (createHash('sha256').update(bytes).digest('hex') !== envelopeSha256)
    violated(`${taskId}: the digest is not the envelope's`);
  const verified = verifyEnvelope(bytes, [PUBLIC_KEY]);
  if (!verified.ok) return violated(`${taskId}: ${verified.message}`);
  if (verified.passed !== (outcome === 'PASSED')) violated(`${taskId}: the envelope says another outcome`);
  return verified.statement;
};

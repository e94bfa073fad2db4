import type { VerdictIssued, VerdictRequested } from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, LoggedEvent, NewEvent } from '../../log/domain.js';
import { memorylessDomain, NOTHING, type NoIndex, type TaskEvent } from '../memoryless.js';
import {
  envelopeBytes,
  IN_TOTO,
  sign,
  verdictStatement,
  type SigningKey,
  type VerdictInput,
} from '../../verdicts/index.js';
import { sha256Hex, verdictInput } from './verdict-input.js';

export { verdictInput } from './verdict-input.js';

export interface SignerOptions {
  readonly key: SigningKey;
  /** Version of the verifier, as it stands in the statement. */
  readonly build: string;
  onSigned?(milliseconds: number): void;
}

/**
 * One verdict for each request to sign: the final one for VerdictRequested, of which the saga accepts exactly one per
 * task (law 10); and beside the road a PRE verdict for SpecApproved or SpecRejected, which gates nothing. Payload and
 * id are pure functions of the event, so signing twice can not say two things.
 */
export const signerDomain = (options: SignerOptions): Domain<never, NoIndex, TaskEvent> =>
  memorylessDomain((input, context) => decideVerdict(input, context, options));

const decideVerdict = (input: Input<TaskEvent>, context: DecideContext, options: SignerOptions): Decision => {
  if (input.kind === 'timer') return NOTHING;
  const event: LoggedEvent = { type: input.type, offset: input.offset, body: input.record };
  const verdict = verdictInput(event, options.build);
  if (verdict === undefined) return NOTHING;
  return { kind: 'events', events: [issue(verdict, event, context, options)] };
};

const issue = (
  verdict: VerdictInput,
  event: LoggedEvent,
  context: DecideContext,
  options: SignerOptions,
): NewEvent => {
  const begun = performance.now();
  const payload = verdictStatement(verdict);
  const envelope = sign(IN_TOTO, payload, options.key);
  options.onSigned?.(performance.now() - begun);
  const { meta } = event.body;
  const data: Omit<VerdictIssued, 'meta'> = {
    taskId: (event.body as unknown as TaskEvent).taskId,
    verdictId: verdict.verdictId,
    phase: verdict.phase,
    outcome: verdict.outcome,
    ending: verdict.phase === 'FINAL' ? (event.body as unknown as VerdictRequested).ending : null,
    ask: { offset: event.offset, eventId: meta.eventId },
    payloadType: envelope.payloadType,
    payload,
    signatures: envelope.signatures.map(({ keyid, sig }) => ({
      keyid,
      sig: Buffer.from(sig, 'base64'),
    })),
    envelopeSha256: sha256Hex(envelopeBytes(envelope)),
  };
  return {
    type: 'VerdictIssued',
    streamId: `partition/${context.partition}`,
    key: verdict.taskId,
    data,
    correlationId: verdict.taskId,
    tenant: meta.tenant,
    actor: 'signer',
    traceparent: meta.traceparent,
  };
};

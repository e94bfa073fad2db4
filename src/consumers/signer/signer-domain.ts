import type { VerdictIssued, VerdictRequested } from '../../events/generated/events.js';
import { taskStream } from '../../aggregates/task/index.js';
import type {
  DecideContext,
  Decision,
  Domain,
  Input,
  LoggedEvent,
  NewEvent,
  View,
} from '../../log/domain.js';
import { NOTHING, type NoIndex, type TaskEvent } from '../memoryless.js';
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

/** The latest verdict on a task; the final one leaves memory. */
type Latest = Pick<VerdictIssued, 'phase' | 'verdictId' | 'envelopeSha256'>;

/**
 * One verdict for each request to sign: the final one for VerdictRequested, of which the saga accepts exactly one per
 * task (law 10); and beside the road a PRE verdict for SpecApproved or SpecRejected, which gates nothing. The final one
 * lists the PRE verdict by its digest, which is all that is remembered of a task until then. Payload and id are pure
 * functions of the event and that digest, so signing twice can not say two things.
 */
export const signerDomain = (options: SignerOptions): Domain<Latest, NoIndex, TaskEvent> => ({
  foldVersion: 2,
  createIndex: () => ({ moved: () => undefined }),
  decide: (view, input, context) => decideVerdict(view, input, context, options),
  evolve: (_before, { body }) => {
    const { phase, verdictId, envelopeSha256 } = body as unknown as VerdictIssued;
    // Builds from before this put all verdicts on the partition's stream.
    return body.meta.streamId.startsWith('partition/') ? undefined : { phase, verdictId, envelopeSha256 };
  },
  isFinal: ({ phase }) => phase !== 'PRE',
  nextTimer: () => undefined,
  saveIndex: () => null,
  loadIndex: () => undefined,
});

const decideVerdict = (
  view: View<Latest, NoIndex>,
  input: Input<TaskEvent>,
  context: DecideContext,
  options: SignerOptions,
): Decision => {
  if (input.kind === 'timer') return NOTHING;
  const event: LoggedEvent = { type: input.type, offset: input.offset, body: input.record };
  const pre = view.get(taskStream(input.record.taskId));
  const verdict = verdictInput(event, options.build, pre);
  if (verdict === undefined) return NOTHING;
  return { kind: 'events', events: [issue(verdict, event, options)] };
};

const issue = (verdict: VerdictInput, event: LoggedEvent, options: SignerOptions): NewEvent => {
  const begun = performance.now();
  const payload = verdictStatement(verdict);
  const envelope = sign(IN_TOTO, payload, options.key);
  options.onSigned?.(performance.now() - begun);
  const { meta } = event.body;
  const { taskId } = event.body as unknown as TaskEvent;
  const data: Omit<VerdictIssued, 'meta'> = {
    taskId,
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
    streamId: taskStream(taskId),
    data,
    correlationId: verdict.taskId,
    tenant: meta.tenant,
    actor: 'signer',
    traceparent: meta.traceparent,
  };
};

import type {
  ClauseResult,
  LogMeta,
  SpecApproved,
  SpecRejected,
  VerdictIssued,
  VerdictRequested,
} from '../../events/generated/events.js';
import type { DecideContext, Decision, Domain, Input, LoggedEvent, NewEvent } from '../../log/domain.js';
import { derivedUuid } from '../../producers/ids.js';
import {
  envelopeBytes,
  IN_TOTO,
  sign,
  verdictStatement,
  type Clause,
  type SigningKey,
  type VerdictInput,
} from '../../verdicts/index.js';
import { createHash } from 'node:crypto';

/** The signer remembers nothing: `cause` says what is signed (law 5). */
export interface NoIndex {
  moved(): void;
}

export interface SignerOptions {
  readonly key: SigningKey;
  /** Version of the verifier, as it stands in the statement. */
  readonly build: string;
  onSigned?(milliseconds: number): void;
}

type TaskEvent = Readonly<Record<string, unknown>> & { readonly meta: LogMeta; readonly taskId: string };

/**
 * One verdict for each request to sign: the final one for VerdictRequested, of which the saga accepts exactly one per
 * task (law 10); and beside the road a PRE verdict for SpecApproved or SpecRejected, which gates nothing. Payload and
 * id are pure functions of the event, so signing twice can not say two things.
 */
export const signerDomain = (options: SignerOptions): Domain<never, NoIndex, TaskEvent> => ({
  foldVersion: 1,
  createIndex: () => ({ moved: () => undefined }),
  decide: (_view, input, context) => decideVerdict(input, context, options),
  evolve: () => undefined,
  isFinal: () => true,
  nextTimer: () => undefined,
  saveIndex: () => null,
  loadIndex: () => undefined,
});

const NOTHING: Decision = { kind: 'events', events: [] };

const decideVerdict = (input: Input<TaskEvent>, context: DecideContext, options: SignerOptions): Decision => {
  if (input.kind === 'timer') return NOTHING;
  const event: LoggedEvent = { type: input.type, offset: input.offset, body: input.record };
  const verdict = verdictInput(event, options.build);
  if (verdict === undefined) return NOTHING;
  return { kind: 'events', events: [issue(verdict, event, context, options)] };
};

/** What the verdict on an event says; undefined: the event asks for none. */
export const verdictInput = (event: LoggedEvent, build: string): VerdictInput | undefined => {
  if (event.type === 'VerdictRequested')
    return finalVerdict(event.body as unknown as VerdictRequested, build);
  if (event.type === 'SpecApproved')
    return preVerdict(event.body as unknown as SpecApproved, 'PASSED', '', build);
  if (event.type !== 'SpecRejected') return undefined;
  const rejected = event.body as unknown as SpecRejected;
  return preVerdict(rejected, 'FAILED', rejected.reason, build);
};

const common = (event: { meta: LogMeta; taskId: string }, phase: 'PRE' | 'FINAL', build: string) => ({
  verdictId: derivedUuid('verdict', event.meta.eventId),
  taskId: event.taskId,
  tenant: event.meta.tenant,
  phase,
  timeVerified: event.meta.occurredAt,
  inputAttestations: [],
  traceparent: event.meta.traceparent,
  stream: {
    id: event.meta.streamId,
    version: event.meta.streamVersion,
    prevEventHash: event.meta.prevHash.toString('hex'),
  },
  verifierVersion: build,
});

const uri = (tenant: string, ...rest: string[]): string =>
  `arbiter://${[tenant, ...rest].map(encodeURIComponent).join('/')}`;

const policyOf = (tenant: string, policySha256: string, constitutionSha256: string) => ({
  uri: uri(
    tenant,
    'constitutions',
    constitutionSha256.slice(0, 16) || 'none',
    'policies',
    policySha256.slice(0, 16) || 'none',
  ),
  // The digest of what the rules rested on: the policy's bytes, else the constitution's own clauses.
  sha256: policySha256 || constitutionSha256 || sha256Hex(''),
});

const finalVerdict = (event: VerdictRequested, build: string): VerdictInput => {
  const { meta, taskId, outcome, ending } = event;
  const passed = outcome === 'PASSED' && ending === 'COMPLETED';
  return {
    ...common(event, 'FINAL', build),
    outcome: passed ? 'PASSED' : 'FAILED',
    subject: event.subject.map(({ name, digest }) => ({ name, digest })),
    resourceUri: uri(meta.tenant, 'tasks', taskId, event.commit === null ? 'request' : 'result'),
    policy: policyOf(meta.tenant, event.policySha256, event.constitutionSha256),
    riskTier: tierOf(event.riskTier),
    agent:
      event.agentId === null || event.token === null
        ? null
        : { id: event.agentId, attempt: event.attempt, token: event.token },
    ending: passed ? 'completed' : (ENDINGS[ending] ?? 'failed'),
    reason: event.reason,
    clauses: event.clauses.map(clauseOf),
    inputs: { specSha256: event.specSha256 },
  };
};

const ENDINGS: Readonly<Record<string, string>> = { REJECTED: 'rejected', CANCELLED: 'cancelled' };

const preVerdict = (
  event: SpecApproved | SpecRejected,
  outcome: 'PASSED' | 'FAILED',
  reason: string,
  build: string,
): VerdictInput => ({
  ...common(event, 'PRE', build),
  outcome,
  subject: [{ name: 'spec', digest: { sha256: event.specSha256 ?? sha256Hex('') } }],
  resourceUri: uri(event.meta.tenant, 'tasks', event.taskId, 'spec'),
  policy: policyOf(event.meta.tenant, event.policySha256, event.constitutionSha256),
  riskTier: 'riskTier' in event ? tierOf(event.riskTier) : null,
  agent: null,
  ending: '',
  reason,
  clauses: event.clauses.map(clauseOf),
  inputs: { specSha256: event.specSha256 },
});

const tierOf = (tier: number | null): 1 | 2 | 3 | null =>
  tier === 1 || tier === 2 || tier === 3 ? tier : null;

const clauseOf = ({ id, title, result, severity, message, observed }: ClauseResult): Clause => ({
  id,
  title,
  result,
  severity,
  message,
  observed,
});

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
    taskId: verdict.taskId,
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

const sha256Hex = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

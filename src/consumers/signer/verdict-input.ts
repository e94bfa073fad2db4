import { hash } from 'node:crypto';
import type {
  AppliedWaiver,
  ClauseResult,
  LogMeta,
  SpecApproved,
  SpecRejected,
  Subject,
  VerdictRequested,
} from '../../events/generated/events.js';
import type { LoggedEvent } from '../../log/domain.js';
import { derivedUuid } from '../../producers/ids.js';
import type { Clause, VerdictInput, Waiver } from '../../verdicts/index.js';

/** A PRE verdict as the final one names it. */
export interface PreVerdict {
  readonly verdictId: string;
  readonly envelopeSha256: string;
}

/**
 * What the verdict on an event says; undefined: the event asks for none. A pure function of the event, the PRE verdict on the
 * task, if there is one, and the build. Whatever the event holds, a FAILED verdict can be signed: a task that is sealed and can
 * not be signed would hang for ever. A PASSED one is left to be refused where its subject is not what was judged (law 10).
 */
export const verdictInput = (
  event: LoggedEvent,
  build: string,
  pre?: PreVerdict,
): VerdictInput | undefined => {
  if (event.type === 'VerdictRequested')
    return finalVerdict(event.body as unknown as VerdictRequested, build, pre);
  if (event.type !== 'SpecApproved' && event.type !== 'SpecRejected') return undefined;
  return preVerdict(event.body as unknown as SpecApproved | SpecRejected, build);
};

export const sha256Hex = (bytes: string | Buffer): string => hash('sha256', bytes, 'hex');

const LONGEST_NAME = 256;
const LONGEST_PART = 100;
const MOST_SUBJECTS = 16;
const MOST_DIGESTS = 4;
const SHA256 = /^[0-9a-f]{64}$/;
const HEX = /^[0-9a-f]{1,128}$/;
const ALGORITHM = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z') * 1000;

const sha256OrNull = (text: string | null): string | null => {
  const lower = text?.toLowerCase() ?? '';
  return SHA256.test(lower) ? lower : null;
};

const named = (text: string, otherwise: string): string => text.slice(0, LONGEST_NAME) || otherwise;

const part = (text: string): string => {
  const encoded = encodeURIComponent(Buffer.from(text).toString());
  return encoded.length <= LONGEST_PART ? encoded : sha256Hex(text);
};

const uri = (tenant: string, ...rest: string[]): string =>
  `arbiter://${[tenant, ...rest].map(part).join('/')}`;

const common = (event: { meta: LogMeta; taskId: string }, phase: 'PRE' | 'FINAL', build: string) => ({
  verdictId: derivedUuid('verdict', event.meta.eventId),
  taskId: named(event.taskId, 'unnamed'),
  tenant: named(event.meta.tenant, 'unnamed'),
  phase,
  timeVerified: Math.min(Math.max(0, event.meta.occurredAt), LAST_INSTANT),
  inputAttestations: [],
  traceparent: event.meta.traceparent,
  stream: {
    id: named(event.meta.streamId, 'unnamed'),
    version: event.meta.streamVersion,
    prevEventHash: event.meta.prevHash.toString('hex'),
  },
  verifierVersion: named(build, 'unnamed'),
});

const policyOf = (tenant: string, given: { policySha256: string; constitutionSha256: string }) => {
  const policy = sha256OrNull(given.policySha256);
  const constitution = sha256OrNull(given.constitutionSha256);
  const short = (digest: string | null): string => digest?.slice(0, 16) ?? 'none';
  return {
    uri: uri(tenant, 'constitutions', short(constitution), 'policies', short(policy)),
    // The digest of what the rules rested on: the policy's bytes, else the constitution's own clauses.
    sha256: policy ?? constitution ?? sha256Hex(''),
  };
};

const isDigest = ([algorithm, hex]: readonly [string, string]): boolean =>
  ALGORITHM.test(algorithm) && (algorithm === 'sha256' ? SHA256.test(hex) : HEX.test(hex));

/** The subjects that a verifier could compare with anything: a name used once, and a digest that is one. */
const soundSubjects = (given: readonly Subject[]): Subject[] => {
  const sound = new Map<string, Subject>();
  for (const { name, digest } of given) {
    const digests = Object.entries(digest)
      .map(([algorithm, hex]) => [algorithm, hex.toLowerCase()] as const)
      .filter(isDigest)
      .slice(0, MOST_DIGESTS);
    const plain = name.replace(/\p{Cc}/gu, '').slice(0, LONGEST_PART);
    if (plain !== '' && digests.length > 0 && !sound.has(plain) && sound.size < MOST_SUBJECTS)
      sound.set(plain, { name: plain, digest: Object.fromEntries(digests) });
  }
  return [...sound.values()];
};

/** The result, else the exact spec, else the exact request; else what is always there, the record before in the log. */
const subjectOf = (event: VerdictRequested, passed: boolean): readonly Subject[] => {
  const sound = soundSubjects(event.subject);
  // Not about something else than what was judged: as it came, for the statement's own check to refuse.
  if (passed) return sound.length === event.subject.length ? sound : event.subject;
  if (sound.length > 0) return sound;
  for (const [name, digest] of [
    ['spec', event.specSha256],
    ['request', event.requestSha256],
  ] as const) {
    const sha256 = sha256OrNull(digest);
    if (sha256 !== null) return [{ name, digest: { sha256 } }];
  }
  return [{ name: 'record-before', digest: { sha256: event.meta.prevHash.toString('hex') } }];
};

/** What of the task the verdict is about: whoever checks compares it with the subject. */
const resourceOf = ([first]: readonly Subject[]): string =>
  first?.name === 'result' || first?.name === 'spec' ? first.name : 'request';

const agentOf = ({ agentId, token, attempt }: VerdictRequested): VerdictInput['agent'] =>
  agentId === null || agentId === '' || token === null || token < 0
    ? null
    : { id: named(agentId, 'unnamed'), attempt: Math.max(0, attempt), token };

const ENDINGS: Readonly<Record<string, string>> = { REJECTED: 'rejected', CANCELLED: 'cancelled' };

const attested = (tenant: string, pre: PreVerdict | undefined): VerdictInput['inputAttestations'] => {
  const sha256 = sha256OrNull(pre?.envelopeSha256 ?? null);
  return pre === undefined || sha256 === null
    ? []
    : [{ uri: uri(tenant, 'verdicts', pre.verdictId), sha256 }];
};

const finalVerdict = (event: VerdictRequested, build: string, pre: PreVerdict | undefined): VerdictInput => {
  const { meta, taskId, outcome, ending } = event;
  const passed = outcome === 'PASSED' && ending === 'COMPLETED';
  const subject = subjectOf(event, passed);
  return {
    ...common(event, 'FINAL', build),
    outcome: passed ? 'PASSED' : 'FAILED',
    subject,
    resourceUri: uri(meta.tenant, 'tasks', taskId, resourceOf(subject)),
    inputAttestations: attested(meta.tenant, pre),
    policy: policyOf(meta.tenant, event),
    riskTier: tierOf(event.riskTier),
    agent: agentOf(event),
    ending: passed ? 'completed' : (ENDINGS[ending] ?? 'failed'),
    reason: event.reason,
    clauses: event.clauses.map(clauseOf),
    inputs: { specSha256: sha256OrNull(event.specSha256) },
  };
};

/** A spec that could not be read has no digest, so there is nothing that a PRE verdict could be about. */
const preVerdict = (event: SpecApproved | SpecRejected, build: string): VerdictInput | undefined => {
  const specSha256 = sha256OrNull(event.specSha256);
  if (specSha256 === null) return undefined;
  const rejected = 'reason' in event;
  return {
    ...common(event, 'PRE', build),
    outcome: rejected ? 'FAILED' : 'PASSED',
    subject: [{ name: 'spec', digest: { sha256: specSha256 } }],
    resourceUri: uri(event.meta.tenant, 'tasks', event.taskId, 'spec'),
    policy: policyOf(event.meta.tenant, event),
    riskTier: 'riskTier' in event ? tierOf(event.riskTier) : null,
    agent: null,
    ending: '',
    reason: rejected ? event.reason : '',
    clauses: event.clauses.map(clauseOf),
    inputs: { specSha256 },
  };
};

const tierOf = (tier: number | null): 1 | 2 | 3 | null =>
  tier === 1 || tier === 2 || tier === 3 ? tier : null;

const clauseOf = (clause: ClauseResult): Clause => {
  const { id, title, result, severity, message, observed, waivers, evidence } = clause;
  return {
    ...{ id, title, result, severity, message, observed },
    ...(waivers.length === 0 ? {} : { waivers: waivers.map(waiverOf) }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
};

const waiverOf = ({ waiverId, clause: _clause, expiresAt, ...rest }: AppliedWaiver): Waiver => ({
  id: waiverId,
  ...rest,
  expiresAt: Math.min(Math.max(0, expiresAt), LAST_INSTANT),
});

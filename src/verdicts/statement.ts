import { checkInput, fallsShort } from './check.js';
import { cutJson, cutText, LONGEST_TEXT, measureJson, measureText, sha256Hex, type Measured } from './cut.js';
import { VerdictError } from './errors.js';
import type { Clause, Digested, Json, VerdictInput, Waiver } from './input.js';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const VSA_TYPE = 'https://slsa.dev/verification_summary/v1';
/** SLSA VSA: "producers MAY add extension fields using field names that are URIs". */
export const EXTENSION = 'https://arbiter.example/verdict/v1';
export const VERIFIER_ID = 'https://arbiter.example/verifier/constitution/v1';
export const MOST_STATEMENT_BYTES = 64 * 1024;

// W3C Trace Context. It comes from outside, and a broken one must not stand in the way of a verdict.
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** How long texts may be, and how many clauses may stand; the first row under which the statement fits is taken. */
const TIGHTENING: readonly { text: number; clauses: number }[] = [
  { text: LONGEST_TEXT, clauses: 256 },
  { text: 1024, clauses: 256 },
  { text: 256, clauses: 256 },
  { text: 64, clauses: 128 },
  { text: 0, clauses: 64 },
  { text: 0, clauses: 8 },
  { text: 0, clauses: 0 },
];

/**
 * The bytes of a verdict: in-toto Statement v1 with a SLSA verification summary. A pure function of `input`, written once with
 * JSON.stringify; these bytes are signed and stored, never written again from the parsed form. At most 64 KiB: long texts
 * are cut with size and SHA-256, and where even that is not enough clauses are left out, the failing ones last.
 * @throws VerdictError VERDICT_INVALID | VERDICT_CONTRADICTS_ITSELF | VERDICT_TOO_LARGE
 */
export function verdictStatement(input: VerdictInput): Buffer {
  checkInput(input);
  const texts = measure(input);
  for (const { text, clauses } of TIGHTENING) {
    const bytes = Buffer.from(JSON.stringify(statement(input, texts, text, clauses)), 'utf8');
    if (bytes.length <= MOST_STATEMENT_BYTES) return bytes;
  }
  throw new VerdictError(
    'VERDICT_TOO_LARGE',
    `the statement of verdict ${input.verdictId} exceeds ${MOST_STATEMENT_BYTES} bytes even without clauses: shorten names and URIs`,
  );
}

function statement(input: VerdictInput, texts: Texts, text: number, clauses: number): Json {
  return {
    _type: STATEMENT_TYPE,
    subject: input.subject.map(({ name, digest }) => ({ name, digest: sortedDigest(digest) })),
    predicateType: VSA_TYPE,
    predicate: {
      verifier: { id: VERIFIER_ID, version: { arbiter: input.verifierVersion } },
      timeVerified: rfc3339(input.timeVerified),
      resourceUri: input.resourceUri,
      policy: digested(input.policy),
      inputAttestations: input.inputAttestations.map(digested),
      verificationResult: input.outcome,
      verifiedLevels: levels(input),
      [EXTENSION]: extension(input, texts, text, clauses),
    },
  };
}

function extension(input: VerdictInput, texts: Texts, text: number, most: number): Json {
  const { agent, stream } = input;
  return {
    verdictId: input.verdictId,
    tenantId: input.tenant,
    taskId: input.taskId,
    phase: input.phase,
    outcome: input.outcome,
    ending: input.ending,
    reason: cutText(texts.reason, text),
    agent: agent === null ? null : { id: agent.id, attempt: agent.attempt, token: agent.token },
    ...clausesWithin(texts, text, most),
    inputs: { specSha256: input.inputs.specSha256 },
    trace: { traceparent: TRACEPARENT.test(input.traceparent ?? '') ? input.traceparent : null },
    stream: { id: stream.id, version: stream.version, prevEventHash: stream.prevEventHash },
  };
}

type Written = (text: number) => Json;

/** The clauses in the order given; where there are too many, the failing ones are kept first. */
function clausesWithin(
  { clauses, failing }: Texts,
  text: number,
  most: number,
): Record<'clauses', Json> & Partial<Record<'clausesLeftOut', Json>> {
  if (clauses.length <= most) return { clauses: clauses.map((write) => write(text)) };
  const kept = new Set([...new Set([...failing, ...clauses])].slice(0, most));
  const all = JSON.stringify(clauses.map((write) => write(LONGEST_TEXT)));
  return {
    clauses: clauses.filter((one) => kept.has(one)).map((write) => write(text)),
    clausesLeftOut: { count: clauses.length - kept.size, sha256OfAll: sha256Hex(Buffer.from(all, 'utf8')) },
  };
}

/** The long parts of a statement, each read once however many rows of the table are tried. */
interface Texts {
  readonly reason: Measured<Buffer | string>;
  readonly clauses: readonly Written[];
  readonly failing: readonly Written[];
}

function measure(input: VerdictInput): Texts {
  const clauses = input.clauses.map((one) => ({ write: clause(one), short: fallsShort(one) }));
  return {
    reason: measureText(input.reason),
    clauses: clauses.map(({ write }) => write),
    failing: clauses.filter(({ short }) => short).map(({ write }) => write),
  };
}

function clause(one: Clause): Written {
  const id = measureText(one.id);
  const title = measureText(one.title);
  const message = measureText(one.message);
  const observed = measureJson(one.observed);
  const waivers = one.waivers && measureJson(one.waivers.map(waiverJson));
  const evidence = one.evidence && measureJson(one.evidence);
  return (text) => ({
    id: cutText(id, Math.max(text, 64)),
    title: cutText(title, text),
    result: one.result,
    severity: one.severity,
    message: cutText(message, text),
    observed: cutJson(observed, text),
    ...(waivers === undefined ? {} : { waivers: cutJson(waivers, Math.max(text, 64)) }),
    ...(evidence === undefined ? {} : { evidence: cutJson(evidence, Math.max(text, 64)) }),
  });
}

/** Who allowed it, why, and until when: the part of a verdict that people ask about first. */
function waiverJson({ expiresAt, offset, ...rest }: Waiver): Json {
  return { ...rest, until: rfc3339(expiresAt), usedAtOffset: offset };
}

/** VSA: a failed verification lists exactly "FAILED"; own level names must not begin with SLSA_. */
function levels(input: VerdictInput): string[] {
  if (input.outcome === 'FAILED') return ['FAILED'];
  const tier = input.riskTier === null ? [] : [`CAWS_TIER_${input.riskTier}`];
  return [...tier, `CAWS_${input.phase}`];
}

function digested({ uri, sha256 }: Digested): Json {
  return { uri, digest: { sha256 } };
}

function sortedDigest(digest: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(digest).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** RFC 3339 in UTC with all six digits, as the statement's instants are µs. */
function rfc3339(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}Z`;
}

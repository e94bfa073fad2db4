import { VerdictError } from './errors.js';
import type { Clause, Digested, VerdictInput } from './input.js';

/** Upper bounds of what goes into a statement uncut; together they stay well under the 64 KiB of the whole. */
export const MOST_SUBJECTS = 16;
export const MOST_ATTESTATIONS = 64;
const LONGEST_URI = 512;
const LONGEST_NAME = 256;

const HEX = /^[0-9a-f]+$/;
const SHA256 = /^[0-9a-f]{64}$/;
const DIGEST_ALGORITHM = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
// Characters a URI may hold (RFC 3986); none of them needs escaping in JSON.
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;
// The largest instant whose RFC 3339 year has four digits.
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z') * 1000;

/**
 * Refuses facts that must never be signed. Law 10: PASSED means completed and no MUST clause short of a pass; an error or an
 * unknown value counts as a failure.
 * @throws VerdictError VERDICT_INVALID | VERDICT_CONTRADICTS_ITSELF
 */
export function checkInput(input: VerdictInput): void {
  for (const [place, value] of [
    ['verdictId', input.verdictId],
    ['taskId', input.taskId],
    ['tenant', input.tenant],
    ['stream.id', input.stream.id],
    ['verifierVersion', input.verifierVersion],
    ...(input.agent === null ? [] : [['agent.id', input.agent.id] as const]),
  ] as const) {
    name(place, value);
  }
  if (input.ending.length > LONGEST_NAME) invalid('ending', `at most ${LONGEST_NAME} characters`, 'more');
  integer('timeVerified', input.timeVerified, LAST_INSTANT);
  integer('stream.version', input.stream.version);
  sha256('stream.prevEventHash', input.stream.prevEventHash);
  if (input.agent !== null) {
    integer('agent.attempt', input.agent.attempt);
    integer('agent.token', input.agent.token);
  }
  if (input.inputs.specSha256 !== null) sha256('inputs.specSha256', input.inputs.specSha256);
  uri('resourceUri', input.resourceUri);
  digested('policy', input.policy);
  if (input.inputAttestations.length > MOST_ATTESTATIONS) {
    invalid('inputAttestations', `at most ${MOST_ATTESTATIONS}`, String(input.inputAttestations.length));
  }
  input.inputAttestations.forEach((one, at) => digested(`inputAttestations[${at}]`, one));
  subjects(input.subject);
  consistent(input);
}

function subjects(list: VerdictInput['subject']): void {
  if (list.length === 0 || list.length > MOST_SUBJECTS) {
    invalid('subject', `1 to ${MOST_SUBJECTS} elements`, String(list.length));
  }
  const names = new Set<string>();
  list.forEach((one, at) => {
    name(`subject[${at}].name`, one.name, LONGEST_URI);
    if (names.has(one.name)) invalid(`subject[${at}].name`, 'a name used once', one.name);
    names.add(one.name);
    const digests = Object.entries(one.digest);
    if (digests.length === 0 || digests.length > 4) {
      invalid(`subject[${at}].digest`, '1 to 4 digests', String(digests.length));
    }
    for (const [algorithm, hex] of digests) {
      const place = `subject[${at}].digest.${algorithm.slice(0, 32)}`;
      if (!DIGEST_ALGORITHM.test(algorithm)) invalid(place, 'an algorithm name such as sha256', algorithm);
      if (algorithm === 'sha256') sha256(place, hex);
      else if (hex.length > 128 || !HEX.test(hex)) invalid(place, 'lower-case hex', hex);
    }
  });
}

function consistent(input: VerdictInput): void {
  if (input.phase === 'FINAL' && (input.outcome === 'PASSED') !== (input.ending === 'completed')) {
    throw new VerdictError(
      'VERDICT_CONTRADICTS_ITSELF',
      `a final verdict is PASSED exactly when the task is completed; found outcome ${input.outcome} with ending ${quoted(input.ending)}`,
    );
  }
  if (input.outcome !== 'PASSED') return;
  const bare = input.clauses.find((one) => one.result === 'WAIVED' && !one.waivers?.length);
  if (bare !== undefined) {
    throw new VerdictError(
      'VERDICT_CONTRADICTS_ITSELF',
      `clause ${quoted(bare.id)} is WAIVED by nobody: a waiver needs who allowed it, why and until when`,
    );
  }
  const short = input.clauses.find(fallsShort);
  if (short !== undefined) {
    throw new VerdictError(
      'VERDICT_CONTRADICTS_ITSELF',
      `PASSED needs every MUST clause to be PASS, WAIVED or NOT_APPLICABLE; clause ${quoted(short.id)} is ${short.result}`,
    );
  }
}

/** Whether the clause stands against a pass; an unknown severity counts as MUST, an unknown result as a failure. */
export function fallsShort(clause: Clause): boolean {
  if (clause.severity === 'SHOULD') return false;
  return clause.result !== 'PASS' && clause.result !== 'WAIVED' && clause.result !== 'NOT_APPLICABLE';
}

function digested(place: string, one: Digested): void {
  uri(`${place}.uri`, one.uri);
  sha256(`${place}.sha256`, one.sha256);
}

function name(place: string, value: string, longest = LONGEST_NAME): void {
  if (value.length === 0 || value.length > longest) invalid(place, `1 to ${longest} characters`, value);
}

function uri(place: string, value: string): void {
  if (value.length > LONGEST_URI || !URI.test(value)) {
    invalid(place, `a URI of at most ${LONGEST_URI} characters`, value);
  }
}

function sha256(place: string, value: string): void {
  if (!SHA256.test(value)) invalid(place, '64 lower-case hex digits', value);
}

function integer(place: string, value: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    invalid(place, `an integer from 0 to ${most}`, String(value));
  }
}

function invalid(place: string, expected: string, found: string): never {
  throw new VerdictError('VERDICT_INVALID', `${place}: expected ${expected}, found ${quoted(found)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

export type Severity = 'MUST' | 'SHOULD';
export type ClauseOutcome = 'PASS' | 'FAIL' | 'ERROR' | 'NOT_APPLICABLE' | 'NOT_EVALUATED';

export interface ClauseResult {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly result: ClauseOutcome;
  readonly message: string;
  /** What the decision rested on, as short strings (law 11). */
  readonly observed: Readonly<Record<string, string>>;
  /** A judgement waives nothing; that is done to it afterwards, in the log. */
  readonly waivers: readonly [];
  readonly evidence: readonly { readonly name: string; readonly sha256: string }[];
}

export interface Violation {
  readonly rule: string;
  /** A JSON pointer into the spec or policy, or the path of a file in the repository. */
  readonly path: string;
  readonly message: string;
  readonly repair: string;
}

export interface Judgement {
  readonly outcome: 'PASS' | 'FAIL';
  readonly clauses: readonly ClauseResult[];
  readonly violations: readonly Violation[];
  /** Digest of the policy's bytes; of the built-in one, of its canonical JSON; empty where no policy was applicable. */
  readonly policySha256: string;
  readonly constitutionSha256: string;
}

/** What one clause found, before it is put into a judgement. */
export interface Finding {
  readonly result: ClauseOutcome;
  readonly message: string;
  readonly observed?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
}

export function passed(message: string, observed: Finding['observed'] = {}): Finding {
  return { result: 'PASS', message, observed };
}

export function notApplicable(message: string): Finding {
  return { result: 'NOT_APPLICABLE', message };
}

export function failed(
  message: string,
  violations: readonly Violation[],
  observed: Finding['observed'] = {},
): Finding {
  return { result: 'FAIL', message, violations, observed };
}

/** The clause could not be decided. In a MUST clause that is a failure (law 10). */
export function undecided(message: string, violation: Violation): Finding {
  return { result: 'ERROR', message, violations: [violation] };
}

/** A judgement travels in events and in a signed statement of at most 64 KiB: what is longer is counted, not listed. */
export const MAX_VIOLATIONS = 100;
const MAX_TEXT = 300;

/** Text made from strangers' bytes: bounded, and without control characters that could forge a line in a terminal. */
export function shown(text: string): string {
  let safe = '';
  for (const char of text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text) {
    const code = char.codePointAt(0) ?? 0;
    safe += isVisible(code) ? char : `\\u{${code.toString(16)}}`;
  }
  return safe;
}

function isVisible(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code >= 0xd800 && code <= 0xdfff) return false;
  // Zero-width, line separators and bidirectional overrides: invisible, or they reorder what is read.
  if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e)) return false;
  return !((code >= 0x2060 && code <= 0x206f) || code === 0xfeff);
}

/** JSON as it may stand in a clause's observation. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type ClauseResult =
  'PASS' | 'FAIL' | 'WAIVED' | 'ERROR' | 'NOT_APPLICABLE' | 'NOT_EVALUATED' | 'UNKNOWN';
export type Severity = 'MUST' | 'SHOULD' | 'UNKNOWN';

/** Why a clause that was not kept is no failure: who allowed what, why, and until when. */
export interface Waiver {
  readonly id: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly reason: string;
  /** µs since the epoch */
  readonly expiresAt: number;
  /** what was allowed beyond the limit */
  readonly amount: Readonly<Record<string, number>>;
  readonly paths: readonly string[];
  /** granted by one person who may, for this once */
  readonly override: boolean;
  /** of the record in arbiter.policies that counts this use */
  readonly offset: number;
}

export interface Clause {
  readonly id: string;
  readonly title: string;
  readonly result: ClauseResult;
  readonly severity: Severity;
  readonly message: string;
  readonly observed: Json;
  /** Of a WAIVED clause, at least one; else none. */
  readonly waivers?: readonly Waiver[];
  /** What the result rests on, by digest. */
  readonly evidence?: readonly { readonly name: string; readonly sha256: string }[];
}

export interface Digested {
  readonly uri: string;
  /** lower-case hex */
  readonly sha256: string;
}

/** Everything a verdict says. Nothing else may enter the statement: no clock, no random id, no environment. */
export interface VerdictInput {
  readonly verdictId: string;
  readonly taskId: string;
  readonly tenant: string;
  readonly phase: 'PRE' | 'FINAL';
  readonly outcome: 'PASSED' | 'FAILED';
  /** µs since the epoch: the `occurredAt` of the event that asked for this verdict */
  readonly timeVerified: number;
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly resourceUri: string;
  readonly policy: Digested;
  readonly inputAttestations: readonly Digested[];
  readonly riskTier: 1 | 2 | 3 | null;
  /** `token` is the fencing token: the log offset of the accepted TaskRouted */
  readonly agent: { readonly id: string; readonly attempt: number; readonly token: number } | null;
  /** completed, rejected, failed, cancelled; empty where the phase ends nothing */
  readonly ending: string;
  readonly reason: string;
  readonly clauses: readonly Clause[];
  readonly inputs: { readonly specSha256: string | null };
  readonly traceparent: string | null;
  readonly stream: { readonly id: string; readonly version: number; readonly prevEventHash: string };
  readonly verifierVersion: string;
}

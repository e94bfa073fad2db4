import type { Format, Kind } from '../declared/kinds.js';

/** What evidence says, in one shape whatever it was read from. Numbers are counted here, not taken from the report's own sums. */
interface Measured {
  readonly kind: Kind;
  readonly format: Format;
  /** Percentages from 0 to 100, and counts. */
  readonly figures: Readonly<Record<string, number>>;
  /** Why there is nothing in it to judge, or null. */
  readonly empty: string | null;
  /** Commit that it says it was made of, if it says one. */
  readonly revision: string | null;
}

export interface CoverageMeasured extends Measured {
  readonly kind: 'coverage';
  /** By path as the report has it: hits of every executable line. */
  readonly files: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export interface TestCase {
  /** Of its suite or class, as the report has it; may be empty. */
  readonly suite: string;
  readonly name: string;
  readonly file: string | null;
  readonly result: 'passed' | 'failed' | 'skipped';
}

export interface TestsMeasured extends Measured {
  readonly kind: 'tests' | 'contracts';
  readonly cases: readonly TestCase[];
}

export interface MutationMeasured extends Measured {
  readonly kind: 'mutation';
  /** The first survivors: where, and which mutator. */
  readonly survivors: readonly { readonly path: string; readonly line: number; readonly mutator: string }[];
}

export interface ReportedFinding {
  readonly rule: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly path: string;
  /** 1-based; 0 where it names none. */
  readonly line: number;
  /** `source`: by a comment in the code, which the author of the change may have written. */
  readonly suppressed: 'no' | 'source' | 'external';
}

export interface FindingsMeasured extends Measured {
  readonly kind: 'static-analysis' | 'security' | 'contracts' | 'secrets' | 'dependencies';
  readonly findings: readonly ReportedFinding[];
}

export interface AttestedMeasured extends Measured {
  readonly format: 'attestation';
  readonly keyId: string;
  /** Tests that it names, for acceptance criteria. */
  readonly cases: readonly TestCase[];
}

export type Measurement =
  CoverageMeasured | TestsMeasured | MutationMeasured | FindingsMeasured | AttestedMeasured;

/** Share in per cent; of nothing, everything is covered. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole;
}

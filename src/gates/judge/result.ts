import type { GateClause, GateViolation } from '../clause.js';
import type { Kind } from '../declared/kinds.js';
import type { Measurement } from '../evidence/measurement.js';
import type { Problem } from '../problem.js';

/** How the command of a gate ended. */
export interface CommandEnd {
  readonly end: 'exited' | 'setup_failed' | 'timed_out' | 'out_of_memory' | 'killed' | 'refused';
  readonly exitCode: number | null;
  /** Why, in words; for `refused`, what would allow it. */
  readonly message: string;
  readonly repair: string;
  /** How it was held: sandbox, network, memory. Goes into the record. */
  readonly held: Readonly<Record<string, string>>;
}

/** What there is for one measure of the order. */
export type Evidence =
  | { readonly found: true; readonly bytes: Uint8Array; readonly sha256: string }
  | { readonly found: false; readonly problem: Problem };

export interface GateResult {
  readonly outcome: 'PASS' | 'FAIL' | 'ERROR';
  /** Whose doing: the rules' where something was measured and is not enough, else the surroundings'. */
  readonly failure: 'CONSTITUTION' | 'INFRASTRUCTURE' | null;
  readonly clauses: readonly GateClause[];
  readonly violations: readonly GateViolation[];
  /** Figures as `kind.name`. */
  readonly measured: Readonly<Record<string, number>>;
}

/** What one measure comes to, before it has its id and title. */
export interface MeasureFinding {
  readonly result: GateClause['result'];
  readonly message: string;
  readonly observed?: Readonly<Record<string, string>>;
  readonly violations?: readonly GateViolation[];
}

export interface MeasureResult extends MeasureFinding {
  readonly figures: Readonly<Record<string, number>>;
  readonly measurement: Measurement | null;
}

export const TITLES: Readonly<Record<Kind, string>> = {
  tests: 'The tests pass',
  coverage: 'The tests cover the code',
  mutation: 'The tests notice changes of the code',
  'static-analysis': 'Static analysis finds nothing',
  security: 'The security scan finds nothing',
  contracts: 'The contracts are kept',
  secrets: 'No credential is added',
  dependencies: 'Changes of dependencies are within their limits',
};

/** The result of one clause, in the shape of the constitution's. */
export interface GateClause {
  readonly id: string;
  readonly title: string;
  readonly severity: 'MUST' | 'SHOULD';
  readonly result: 'PASS' | 'FAIL' | 'ERROR' | 'NOT_APPLICABLE' | 'NOT_EVALUATED';
  readonly message: string;
  readonly observed: Readonly<Record<string, string>>;
}

export interface GateViolation {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly repair: string;
}

/** Whether the clause stands against a pass (law 10): nothing but a pass, or what does not apply, satisfies a MUST. */
export function stands(clause: Pick<GateClause, 'severity' | 'result'>): boolean {
  return clause.severity === 'MUST' && clause.result !== 'PASS' && clause.result !== 'NOT_APPLICABLE';
}

/** What the doctor found. `subject` is what it is about: a spec, a worktree, a waiver or a file. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly subject?: string;
  readonly message: string;
  readonly narrowRepair: string;
}

export function finding(
  rule: string,
  severity: Finding['severity'],
  subject: string | null,
  message: string,
  narrowRepair: string,
): Finding {
  return {
    rule: `doctor.${rule}`,
    severity,
    ...(subject === null ? {} : { subject }),
    message,
    narrowRepair,
  };
}

/** CAWS' doctor: what is wrong with a project's specs, bindings, log, policy and waivers, from a state that others have read. */
import { bindingFindings } from './binding-findings.js';
import type { Finding } from './finding.js';
import { chainFindings, layoutFindings } from './layout-findings.js';
import { leaseFindings } from './lease-findings.js';
import { policyFindings, postureFindings } from './policy-findings.js';
import { specFindings } from './spec-findings.js';
import type { ProjectState } from './state.js';
import { waiverFindings, waiverPosture } from './waiver-findings.js';
import { worktreeFindings } from './worktree-findings.js';

export type { Finding } from './finding.js';
export type { DoctorSpec, Layout, Lease, ProjectState } from './state.js';

export interface DoctorReport {
  readonly findings: readonly Finding[];
  readonly summary: { readonly errors: number; readonly warnings: number; readonly infos: number };
  /** No errors. */
  readonly clean: boolean;
}

/**
 * All findings (`doctor.*`), in CAWS' order. Changes nothing, reads nothing.
 * @throws TypeError if `now` is no moment: ages would be nonsense.
 */
export function inspectProjectState(state: ProjectState): DoctorReport {
  if (Number.isNaN(state.now.getTime())) throw new TypeError('inspectProjectState: now must be a valid Date');
  const findings = [
    ...specFindings(state),
    ...bindingFindings(state),
    ...worktreeFindings(state),
    ...leaseFindings(state),
    ...chainFindings(state),
    ...policyFindings(state),
    ...waiverFindings(state),
    ...layoutFindings(state),
    ...postureFindings(state),
    ...waiverPosture(state),
  ];
  const count = (severity: Finding['severity']): number =>
    findings.filter((f) => f.severity === severity).length;
  const summary = { errors: count('error'), warnings: count('warning'), infos: count('info') };
  return { findings, summary, clean: summary.errors === 0 };
}

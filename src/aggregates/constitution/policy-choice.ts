import type { Diagnostic, Policy } from '../../caws/index.js';
import { DEFAULT_POLICY, parsePolicy } from '../../caws/index.js';
import { DEFAULT_POLICY_SHA256 } from './clauses.js';

/**
 * Which policy judges the work. It is read at the base commit only, so that a change cannot loosen its own limits.
 * `NONE`: no workspace, so there is nothing a policy could limit.
 */
export type PolicyChoice =
  | {
      readonly source: 'BASE_COMMIT' | 'BUILT_IN';
      readonly policy: Policy;
      readonly sha256: string;
      readonly notes: readonly Diagnostic[];
    }
  | { readonly source: 'INVALID'; readonly sha256: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly source: 'NONE'; readonly sha256: '' };

/**
 * @param policyText the text of `.caws/policy.yaml` at the base commit; null if the base has none (the built-in policy holds);
 * undefined if the task has no workspace.
 */
export function choosePolicy(policyText: string | null | undefined): PolicyChoice {
  if (policyText === undefined) return { source: 'NONE', sha256: '' };
  if (policyText === null)
    return { source: 'BUILT_IN', policy: DEFAULT_POLICY, sha256: DEFAULT_POLICY_SHA256, notes: [] };
  const check = parsePolicy(policyText);
  return check.policy === undefined
    ? { source: 'INVALID', sha256: check.sha256, diagnostics: check.diagnostics }
    : { source: 'BASE_COMMIT', policy: check.policy, sha256: check.sha256, notes: check.diagnostics };
}

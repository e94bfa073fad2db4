import { choosePolicy } from '../../aggregates/constitution/index.js';
import { checkSpec, normalizePath, type Spec } from '../../caws/index.js';
import type { Budget } from '../../events/generated/events.js';
import { GATES_PATH, MOST_GATES_BYTES, parseGates, type GatesFile } from '../../gates/index.js';
import type { GitStore } from '../../platform/git/index.js';

export const POLICY_PATH = '.caws/policy.yaml';
export const MOST_POLICY_BYTES = 256 * 1024;

/** The rules of the work as they stand at the base commit, so that no change can loosen its own. Empty: there is no workspace. */
export interface BaseRules {
  /** Null: the base has none. */
  readonly policyText?: string | null;
  readonly gatesText?: string | null;
}

/** @throws GitError */
export const readBaseRules = async (store: GitStore, base: string): Promise<Required<BaseRules>> => {
  const [policy, gates] = await Promise.all([
    store.readFile(base, POLICY_PATH, MOST_POLICY_BYTES),
    store.readFile(base, GATES_PATH, MOST_GATES_BYTES),
  ]);
  return { policyText: policy?.toString('utf8') ?? null, gatesText: gates?.toString('utf8') ?? null };
};

const fileOf = ({ gatesText }: BaseRules): GatesFile | undefined =>
  typeof gatesText === 'string' ? parseGates(gatesText).gates : undefined;

/** How long the base lets a rejection wait for waivers; null: it says nothing. */
export const waiverWaitMs = (rules: BaseRules): number | null => {
  const seconds = fileOf(rules)?.waivers?.wait_seconds;
  return seconds === undefined ? null : seconds * 1000;
};

/** What the work may come to, for whoever watches it; null: nothing limits it. */
export const budgetOf = (spec: Spec, rules: BaseRules): Budget | null => {
  const choice = choosePolicy(rules.policyText);
  if (choice.source === 'NONE' || choice.source === 'INVALID') return null;
  const { max_files: maxFiles, max_loc: maxLines } = choice.policy.risk_tiers[`${spec.risk_tier}`];
  return { maxFiles, maxLines, revokeOver: fileOf(rules)?.budget?.revoke_over === true };
};

/** Whether the base has switched on rules that look at files. */
export const asksForFiles = (rules: BaseRules): boolean => fileOf(rules)?.opt_in_rules === true;

const MOST_CONTRACTS = 200;

/** Which of the files that a spec's contracts name are there at the base. @throws GitError */
export const contractFiles = async (
  specText: string,
  store: GitStore,
  base: string,
): Promise<ReadonlySet<string>> => {
  const { spec, shaped } = checkSpec(specText);
  const named = ((spec ?? shaped)?.contracts ?? []).slice(0, MOST_CONTRACTS);
  const present = new Set<string>();
  for (const { path } of named) {
    const normal = path === undefined ? undefined : normalizePath(path);
    if (normal?.ok !== true) continue;
    if (await store.exists(base, normal.path)) present.add(normal.path);
  }
  return present;
};

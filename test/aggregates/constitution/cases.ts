import { choosePolicy } from '../../../src/aggregates/constitution/index.js';
import type {
  ClauseResult,
  FileChange,
  Judgement,
  ResultQuestion,
} from '../../../src/aggregates/constitution/index.js';
import { checkSpec } from '../../../src/caws/index.js';
import type { Spec } from '../../../src/caws/index.js';

export interface SpecParts {
  tier?: 1 | 2 | 3;
  state?: string;
  in?: string[];
  out?: string[];
  support?: string[];
  extra?: string;
}

/** A valid spec as text; JSON is YAML, so hostile strings need no quoting by hand. */
export function specText(parts: SpecParts = {}): string {
  const scope = { in: parts.in ?? ['src'], out: parts.out ?? [], support: parts.support ?? [] };
  return [
    'id: FEAT-1',
    'title: a task',
    `risk_tier: ${parts.tier ?? 3}`,
    'mode: feature',
    `lifecycle_state: ${parts.state ?? 'active'}`,
    'blast_radius: {modules: [src]}',
    `scope: ${JSON.stringify(scope)}`,
    'invariants: [it holds]',
    'acceptance: [{id: A1, given: g, when: w, then: t}]',
    'non_functional: {security: [s]}',
    'contracts: [{name: c, type: api}]',
    'observability: [o]',
    'rollback: [r]',
    parts.extra ?? '',
  ].join('\n');
}

export function spec(parts: SpecParts = {}): Spec {
  const check = checkSpec(specText(parts));
  if (check.spec === undefined) throw new Error(JSON.stringify(check.diagnostics));
  return check.spec;
}

export function change(path: string, parts: Partial<FileChange> = {}): FileChange {
  return {
    status: 'MODIFIED',
    path,
    oldPath: null,
    oldMode: '100644',
    newMode: '100644',
    insertions: 1,
    deletions: 0,
    binary: false,
    ...parts,
  };
}

export const added = (path: string, parts: Partial<FileChange> = {}): FileChange =>
  change(path, { status: 'ADDED', oldMode: '000000', ...parts });
export const deleted = (path: string, deletions = 1): FileChange =>
  change(path, { status: 'DELETED', newMode: '000000', insertions: 0, deletions });
export const renamed = (oldPath: string, path: string): FileChange =>
  change(path, { status: 'RENAMED', oldPath, insertions: 0 });

export function question(changes: FileChange[] | null, parts: Partial<ResultQuestion> = {}): ResultQuestion {
  return {
    spec: spec(),
    policy: choosePolicy(null),
    workspace: true,
    changes,
    baseIsAncestor: true,
    ...parts,
  };
}

export function clause(judgement: Judgement, id: string): ClauseResult {
  const found = judgement.clauses.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no clause ${id}`);
  return found;
}

export const rules = (judgement: Judgement): string[] => judgement.violations.map((v) => v.rule);

export const policyText = (files: number, loc: number, more = ''): string => `version: 1
risk_tiers:
  "1": {max_files: ${files}, max_loc: ${loc}}
  "2": {max_files: ${files}, max_loc: ${loc}}
  "3": {max_files: ${files}, max_loc: ${loc}}
gates:
  budget_limit: {enabled: true, mode: block}
  spec_completeness: {enabled: true, mode: block}
  scope_boundary: {enabled: true, mode: block}
${more}`;

import { createHash } from 'node:crypto';
import { canonicalJson, DEFAULT_POLICY } from '../../caws/index.js';
import { GATES_CLAUSE, GATES_TITLE } from '../../gates/index.js';
import type { ClauseResult, Finding, Judgement, Severity, Violation } from './judgement.js';
import { MAX_VIOLATIONS, shown, undecided } from './judgement.js';
import { fallsShort } from './waivable.js';

export interface Clause {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly phase: 'PRE' | 'POST';
}

/** The constitution: what is judged, in this order. There is no clause that an input can switch off. */
export const CLAUSES = [
  { phase: 'PRE', severity: 'MUST', id: 'caws.spec.parse', title: 'The spec is one readable YAML document' },
  { phase: 'PRE', severity: 'MUST', id: 'caws.spec.shape', title: 'The spec has the shape of CAWS v12' },
  {
    phase: 'PRE',
    severity: 'MUST',
    id: 'caws.spec.semantics',
    title: 'The spec keeps the rules of its tier',
  },
  {
    phase: 'PRE',
    severity: 'MUST',
    id: 'arbiter.spec.open',
    title: 'The spec is neither closed nor archived',
  },
  { phase: 'PRE', severity: 'SHOULD', id: 'arbiter.spec.active', title: 'The spec is active' },
  { phase: 'PRE', severity: 'MUST', id: 'arbiter.scope.usable', title: 'Every scope entry can match a path' },
  { phase: 'PRE', severity: 'MUST', id: 'arbiter.policy', title: 'The policy of the base commit is valid' },
  {
    phase: 'PRE',
    severity: 'MUST',
    id: 'arbiter.request.type',
    title: 'The request names the type of its task',
  },
  { phase: 'PRE', severity: 'MUST', id: GATES_CLAUSE, title: GATES_TITLE },
  {
    phase: 'PRE',
    severity: 'MUST',
    id: 'arbiter.rules',
    title: 'The spec keeps the rules that the base has switched on',
  },
  { phase: 'POST', severity: 'MUST', id: 'arbiter.base', title: 'The base is an ancestor of the result' },
  { phase: 'POST', severity: 'MUST', id: 'arbiter.change', title: 'The result changes something' },
  { phase: 'POST', severity: 'MUST', id: 'caws.scope', title: 'Every touched path is inside the scope' },
  { phase: 'POST', severity: 'MUST', id: 'caws.budget', title: 'The change fits the budget of its tier' },
  {
    phase: 'POST',
    severity: 'MUST',
    id: 'arbiter.self_amendment',
    title: 'The change leaves its own rules alone',
  },
  {
    phase: 'POST',
    severity: 'MUST',
    id: 'arbiter.paths',
    title: 'Every touched path is safe on every file system',
  },
  { phase: 'POST', severity: 'MUST', id: 'arbiter.submodules', title: 'No submodule is touched' },
  { phase: 'POST', severity: 'SHOULD', id: 'arbiter.symlinks', title: 'No symbolic link is made or changed' },
  { phase: 'POST', severity: 'SHOULD', id: 'arbiter.modes', title: 'No file changes its mode or kind' },
  {
    phase: 'POST',
    severity: 'MUST',
    id: 'arbiter.evidence',
    title: 'Result and evidence are named by digest',
  },
] as const satisfies readonly Clause[];

export type ClauseId = (typeof CLAUSES)[number]['id'];
export type Findings = Partial<Record<ClauseId, Finding>>;

/** Raised when the meaning of a clause changes, so that the digest of the constitution changes with it. */
const EDITION = 2;

export const DEFAULT_POLICY_SHA256 = sha256(canonicalJson(DEFAULT_POLICY));
export const CONSTITUTION_SHA256 = sha256(
  canonicalJson({ edition: EDITION, clauses: CLAUSES, policy: DEFAULT_POLICY }),
);

/** Puts the findings of one phase together. A clause without a finding is an ERROR; a MUST that is FAIL or ERROR fails the whole. */
export function conclude(phase: Clause['phase'], findings: Findings, policySha256: string): Judgement {
  const clauses: ClauseResult[] = [];
  const violations: Violation[] = [];
  for (const clause of CLAUSES) {
    if (clause.phase !== phase) continue;
    const finding = findings[clause.id] ?? unevaluated(clause.id);
    clauses.push({
      id: clause.id,
      title: clause.title,
      severity: clause.severity,
      result: finding.result,
      message: shown(finding.message),
      observed: Object.fromEntries(
        Object.entries(finding.observed ?? {}).map(([key, value]) => [key, shown(value)]),
      ),
      waivers: [],
      evidence: [],
    });
    violations.push(...(finding.violations ?? []));
  }
  const outcome = clauses.some(fallsShort) ? 'FAIL' : 'PASS';
  return {
    outcome,
    clauses,
    violations: limited(violations),
    policySha256,
    constitutionSha256: CONSTITUTION_SHA256,
  };
}

function unevaluated(id: string): Finding {
  const message = 'this clause was not evaluated';
  return undecided(message, {
    rule: `${id}.not_evaluated`,
    path: '/',
    message,
    repair: 'Report this: it is a fault of Arbiter.',
  });
}

function limited(violations: readonly Violation[]): Violation[] {
  const listed = violations.slice(0, MAX_VIOLATIONS).map((v) => ({
    rule: v.rule,
    path: shown(v.path),
    message: shown(v.message),
    repair: shown(v.repair),
  }));
  const rest = violations.length - listed.length;
  if (rest === 0) return listed;
  const message = `${rest} more violations are not listed`;
  return [
    ...listed,
    { rule: 'arbiter.more_violations', path: '/', message, repair: 'Repair the listed ones first.' },
  ];
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

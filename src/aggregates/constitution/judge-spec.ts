import type { Diagnostic, RuleContext, Spec, SpecCheck } from '../../caws/index.js';
import { checkArbiterRules, checkSpec, normalizePath, whyUnsafe } from '../../caws/index.js';
import { parseGates, requiredGates } from '../../gates/index.js';
import type { Findings } from './clauses.js';
import { conclude } from './clauses.js';
import type { Finding, Judgement, Violation } from './judgement.js';
import { failed, notApplicable, passed, undecided } from './judgement.js';
import type { PolicyChoice } from './policy-choice.js';
import { choosePolicy } from './policy-choice.js';

export interface SpecQuestion {
  readonly specText: string;
  /** `.caws/policy.yaml` at the base commit; null: the base has none; undefined: the task has no workspace. */
  readonly policyText?: string | null;
  /** `.caws/arbiter.yaml` at the base commit; null and undefined as for the policy. */
  readonly gatesText?: string | null;
  /** When the task was asked for, and what lies at the base: for the rules that the base may switch on. */
  readonly context?: RuleContext;
  readonly request: { readonly type: string };
}

/** Judges a task before any agent sees it. Pure; the same question has the same answer for ever. */
export function judgeSpec(question: SpecQuestion): Judgement {
  const check = checkSpec(question.specText);
  // Where only the semantics are broken a waiver may let the spec through: then the rest must have been looked at as well.
  const spec = check.spec ?? check.shaped;
  const policy = choosePolicy(question.policyText);
  const findings: Findings = {
    'caws.spec.parse': layerFinding(check, 'parse'),
    'caws.spec.shape': layerFinding(check, 'shape'),
    'caws.spec.semantics': layerFinding(check, 'semantics'),
    'arbiter.spec.open': openFinding(spec),
    'arbiter.spec.active': activeFinding(spec),
    'arbiter.scope.usable': scopeFinding(spec),
    'arbiter.policy': policyFinding(policy, spec),
    'arbiter.gates': gatesFinding(question.gatesText, spec),
    'arbiter.rules': rulesFinding(question, spec),
    'arbiter.request.type': typeFinding(question.request.type),
  };
  return conclude('PRE', findings, policy.sha256);
}

const LAYERS = ['parse', 'shape', 'semantics'] as const;
const UNREACHED = 'not evaluated: the spec failed before';

function layerFinding(check: SpecCheck, layer: (typeof LAYERS)[number]): Finding {
  const reached = LAYERS.indexOf(check.layer);
  const own = LAYERS.indexOf(layer);
  if (own > reached) return notApplicable(UNREACHED);
  const observed = { 'spec.sha256': check.sha256 };
  if (own < reached || check.ok) return passed(`the ${layer} of the spec is right`, observed);
  return failed(
    `${check.diagnostics.length} violation(s) of the ${layer} rules`,
    check.diagnostics.map(asViolation),
    observed,
  );
}

export function asViolation(diagnostic: Diagnostic): Violation {
  const line =
    diagnostic.line === undefined ? '' : ` (line ${diagnostic.line}, column ${diagnostic.column ?? 1})`;
  return {
    rule: diagnostic.rule,
    path: diagnostic.pointer ?? '/',
    message: diagnostic.message + line,
    repair: diagnostic.narrowRepair ?? '',
  };
}

function openFinding(spec: Spec | undefined): Finding {
  if (spec === undefined) return notApplicable(UNREACHED);
  const state = spec.lifecycle_state;
  const observed = { 'spec.lifecycle_state': state };
  if (state === 'draft' || state === 'active') return passed(`the spec is ${state}`, observed);
  const message = `a ${state} spec asks for no more work`;
  const repair = 'Submit an active spec, or a successor of this one.';
  return failed(
    message,
    [{ rule: 'arbiter.spec.open', path: '/lifecycle_state', message, repair }],
    observed,
  );
}

function activeFinding(spec: Spec | undefined): Finding {
  if (spec === undefined) return notApplicable(UNREACHED);
  const observed = { 'spec.lifecycle_state': spec.lifecycle_state };
  if (spec.lifecycle_state === 'active') return passed('the spec is active', observed);
  return { result: 'FAIL', message: `the spec is ${spec.lifecycle_state}, not active`, observed };
}

function scopeFinding(spec: Spec | undefined): Finding {
  if (spec === undefined) return notApplicable(UNREACHED);
  const violations = (['in', 'out', 'support'] as const).flatMap((side) =>
    (spec.scope[side] ?? []).flatMap((entry, i) => unusable(side, entry, i)),
  );
  if (violations.length === 0) return passed('every scope entry can match a path');
  return failed(`${violations.length} scope entries cannot match a path`, violations);
}

function unusable(side: 'in' | 'out' | 'support', entry: string, index: number): Violation[] {
  const path = `/scope/${side}/${index}`;
  const normal = normalizePath(entry);
  if (!normal.ok || entry.trim() === '') {
    const why = normal.ok ? 'blank' : normal.why.replace('_', ' ');
    const message = `scope.${side} entry "${entry}" names no path in the repository (${why})`;
    const repair = 'Write a path or glob relative to the root of the repository; `**` means all of it.';
    return [{ rule: 'arbiter.scope.unusable', path, message, repair }];
  }
  // scope.out is never read as a glob, so it cannot be an unsafe one.
  const why = side === 'out' ? null : whyUnsafe(entry);
  if (why === null) return [];
  const message = `scope.${side} entry "${entry}" is not accepted: ${why}`;
  return [{ rule: 'arbiter.scope.unsafe_glob', path, message, repair: 'Write several simpler globs.' }];
}

function policyFinding(policy: PolicyChoice, spec: Spec | undefined): Finding {
  if (policy.source === 'NONE')
    return notApplicable('the task has no workspace, so no policy limits its files');
  if (policy.source === 'INVALID') {
    const message = '.caws/policy.yaml at the base commit is not valid';
    const violations = policy.diagnostics
      .map(asViolation)
      .map((v) => ({ ...v, message: `.caws/policy.yaml: ${v.message}` }));
    return failed(message, violations, { 'policy.source': policy.source, 'policy.sha256': policy.sha256 });
  }
  const observed: Record<string, string> = { 'policy.source': policy.source, 'policy.sha256': policy.sha256 };
  if (spec !== undefined) {
    const budget = policy.policy.risk_tiers[`${spec.risk_tier}`];
    observed['spec.risk_tier'] = String(spec.risk_tier);
    observed['budget.max_files'] = String(budget.max_files);
    observed['budget.max_loc'] = String(budget.max_loc);
  }
  if (policy.notes.length > 0) observed['policy.warnings'] = policy.notes.map((note) => note.rule).join(' ');
  const where =
    policy.source === 'BUILT_IN' ? 'the built-in policy holds' : 'the policy of the base commit holds';
  return passed(where, observed);
}

/** Whether the base declares the gates that the tier asks for. */
function gatesFinding(text: string | null | undefined, spec: Spec | undefined): Finding {
  if (text === undefined) return notApplicable('the task has no workspace: there is nothing to run');
  if (spec === undefined) return notApplicable(UNREACHED);
  return requiredGates(spec, text === null ? null : parseGates(text));
}

/** What CAWS leaves unchecked, where the base asks for it (`opt_in_rules` in `.caws/arbiter.yaml`). */
function rulesFinding({ gatesText, context }: SpecQuestion, spec: Spec | undefined): Finding {
  if (spec === undefined) return notApplicable(UNREACHED);
  const asked = typeof gatesText === 'string' && parseGates(gatesText).gates?.opt_in_rules === true;
  if (!asked) return notApplicable('the base has not switched them on');
  if (context === undefined) {
    const message = 'the rules need a moment and the files of the base';
    return undecided(message, { rule: 'arbiter.rules.context', path: '/', message, repair: 'Report this.' });
  }
  const errors = checkArbiterRules(spec, context).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return passed('every rule that the base has switched on is kept');
  return failed(`${errors.length} violation(s) of the rules of the base`, errors.map(asViolation));
}

function typeFinding(type: string): Finding {
  if (type.trim() !== '') return passed('the request names a type', { 'request.type': type });
  const message = 'the request has no type';
  return failed(message, [
    { rule: 'arbiter.request.type', path: '/type', message, repair: 'Name the type of the task.' },
  ]);
}

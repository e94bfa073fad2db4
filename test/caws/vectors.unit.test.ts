import { expect } from 'chai';
import {
  canonicalJson,
  canTransitionSpecWithWorktree,
  checkSpec,
  computeEventHash,
  deriveBindingState,
  deriveBudget,
  effectiveWaiversForGate,
  evaluateContention,
  evaluatePath,
  findUnresolvedObligations,
  inspectProjectState,
  parsePolicy,
  prepareAppend,
  projectSuccessorsForEvent,
  successorResolver,
  validateChainedEvent,
  validateEventBody,
  validateSpecSemantics,
  validateSpecShape,
  validateWaiver,
  verifyChain,
  waiverEffectiveness,
} from '../../src/caws/index.js';
import type {
  Binding,
  BudgetWaiver,
  ChainedEvent,
  Checked,
  ContentionQuestion,
  Policy,
  ProjectState,
  Spec,
  Successor,
  Waiver,
  WaiverQuestion,
  WorktreeRegistry,
} from '../../src/caws/index.js';
import type { Vector } from './support.js';
import { describeShared, readable, readShared, sameVerdict, vectorsOf } from './support.js';

function sameResult(result: Checked<unknown>, vector: Vector): void {
  sameVerdict(result.ok ? [] : result.errors, vector.expect);
  if (result.ok && 'value' in vector.expect) expect(result.value).to.deep.equal(vector.expect.value);
}

const sameValue = (found: unknown, { expect: wanted }: Vector): void => {
  expect(found).to.deep.equal(wanted.value);
};

/** JSON has no cycles: the vector says which keys lead from the root back to the root. */
function cyclic(said: string): unknown {
  const keys = [...said.matchAll(/property '(\w+)'/g)].map(([, key]) => key ?? '');
  const root: Record<string, unknown> = {};
  keys.reduce<Record<string, unknown>>((at, key, i) => {
    const child = i === keys.length - 1 ? root : {};
    at[key] = child;
    return child;
  }, root);
  return root;
}

/** The ids that the recorded resolvers knew. */
const AUTHORED = ['DUPE-01', 'AUTHORED-TARGET-01', 'ABSORBER-01'];

/** In the recorded case a registered worktree whose folder is absent; in all others it was there. */
const exists = (v: Vector) => () => !v.from.test.includes('whose directory is absent');

const RUNNERS: Record<string, (v: Vector) => void> = {
  parseSpecYaml: (v) => {
    const check = checkSpec(v.args[0] as string);
    sameVerdict(check.layer === 'parse' ? check.diagnostics : [], v.expect);
  },
  parseAndValidateSpec: (v) => sameVerdict(checkSpec(v.args[0] as string).diagnostics, v.expect),
  validateSpecShape: (v) => sameVerdict(validateSpecShape(v.args[0]), v.expect),
  validateSpecSemantics: (v) => sameVerdict(validateSpecSemantics(v.args[0] as Spec), v.expect),
  parseAndValidatePolicy: (v) => sameVerdict(parsePolicy(v.args[0] as string).diagnostics, v.expect),
  evaluatePath: (v) => {
    const [path, binding, policy] = v.args as [unknown, Binding, Policy];
    expect(evaluatePath(path, binding, policy)).to.deep.equal(v.expect);
  },
  evaluateContention: (v) => {
    const question = v.args[0] as ContentionQuestion;
    const asked = question.worktreeExists === undefined ? {} : { worktreeExists: exists(v) };
    sameValue(evaluateContention({ ...question, ...asked }), v);
  },
  deriveBudget: (v) => {
    const run = () => deriveBudget(...(v.args as [Policy, Spec, BudgetWaiver[], { now: string }]));
    if (v.expect.throws !== undefined) {
      expect(run).to.throw(v.expect.throws.message);
      return;
    }
    const result = run();
    if (result.ok) expect(result).to.deep.equal(v.expect);
    else sameVerdict(result.errors, v.expect);
  },
  validateWaiver: (v) => sameResult(validateWaiver(v.args[0]), v),
  waiverEffectiveness: (v) =>
    sameValue(waiverEffectiveness(v.args[0] as Waiver, new Date(v.args[1] as string)), v),
  effectiveWaiversForGate: (v) => {
    const question = v.args[0] as Omit<WaiverQuestion, 'now'> & { now: string };
    sameValue(effectiveWaiversForGate({ ...question, now: new Date(question.now) }), v);
  },
  canTransitionSpecWithWorktree: (v) =>
    sameResult(canTransitionSpecWithWorktree(...(v.args as [Spec, WorktreeRegistry, string])), v),
  deriveBindingState: (v) =>
    sameValue(deriveBindingState(...(v.args as [Spec, WorktreeRegistry, string])), v),
  findUnresolvedObligations: (v) =>
    sameValue(
      findUnresolvedObligations(v.args[0] as Successor[] | undefined, successorResolver(AUTHORED)),
      v,
    ),
  projectSuccessorsForEvent: (v) => sameValue(projectSuccessorsForEvent(v.args[0] as Spec), v),
  canonicalJson: (v) => {
    const value = typeof v.args === 'string' ? cyclic(v.args) : v.args[0];
    if (v.expect.throws === undefined) sameValue(canonicalJson(value), v);
    else
      expect(() => canonicalJson(value))
        .to.throw()
        .that.includes(v.expect.throws);
  },
  computeEventHash: (v) => sameValue(computeEventHash(v.args[0] as object), v),
  verifyChain: (v) => sameResult(verifyChain(v.args[0] as ChainedEvent[]), v),
  validateEventBody: (v) => sameResult(validateEventBody(v.args[0]), v),
  validateChainedEvent: (v) => sameResult(validateChainedEvent(v.args[0]), v),
  prepareAppend: (v) => sameResult(prepareAppend(v.args[0] as ChainedEvent | null, v.args[1]), v),
  inspectProjectState: (v) => {
    const state = v.args[0] as Omit<ProjectState, 'now'> & { now: string };
    const { findings } = inspectProjectState({ ...state, now: new Date(state.now) });
    readable(findings);
    const shown = findings.map(({ rule, severity, subject = null }) => ({ rule, severity, subject }));
    expect(shown).to.deep.equal(v.expect.findings);
  },
};

interface Probe {
  kind: 'spec' | 'policy';
  name: string;
  yaml: string;
  ok: boolean;
  errors: { rule: string }[];
  warnings: string[];
}

const FILES = [
  'spec_yaml',
  'spec_object',
  'spec_successors',
  'scope',
  'budget',
  'policy',
  'waiver',
  'transitions',
  'canonical_json',
  'event_hash',
  'event_body',
  'verify_chain',
  'doctor',
];

describeShared('CAWS v12 golden vectors', () => {
  let covered = 0;
  for (const vector of FILES.flatMap((name) => vectorsOf(name))) {
    covered += 1;
    it(`${vector.id} ${vector.fn}: ${vector.from.test}`, () => {
      const run = RUNNERS[vector.fn];
      if (run === undefined) throw new Error(`no runner for ${vector.fn}`);
      run(vector);
    });
  }

  for (const probe of vectorsOf<Probe>('edge_probes')) {
    covered += 1;
    it(`edge probe: ${probe.kind} ${probe.name}`, () => {
      const check = probe.kind === 'spec' ? checkSpec(probe.yaml) : parsePolicy(probe.yaml);
      sameVerdict(check.diagnostics, probe);
      const warnings = check.diagnostics.filter((d) => d.severity === 'warning').map((d) => d.rule);
      expect(warnings).to.deep.equal(probe.warnings);
    });
  }

  it('all 728 are run, none is skipped', () => expect(covered).to.equal(728));
});

describeShared('real working specs', () => {
  const index = JSON.parse(readShared('specs/index.json')) as {
    file: string;
    v12_valid: boolean;
    v12_rules: string[];
  }[];

  it('there are 73', () => expect(index).to.have.length(73));

  for (const entry of index) {
    it(`${entry.file} is ${entry.v12_valid ? 'valid' : 'invalid'}`, () => {
      const check = checkSpec(readShared(`specs/${entry.file}`));
      expect(check.ok).to.equal(entry.v12_valid);
      expect([...new Set(check.diagnostics.map((d) => d.rule))].sort()).to.deep.equal(
        [...entry.v12_rules].sort(),
      );
      readable(check.diagnostics);
    });
  }
});

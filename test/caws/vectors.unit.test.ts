import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  checkSpec,
  deriveBudget,
  evaluatePath,
  parsePolicy,
  validateSpecSemantics,
  validateSpecShape,
} from '../../src/caws/index.js';
import type { Binding, BudgetWaiver, Diagnostic, Policy, Spec } from '../../src/caws/index.js';

interface Expected {
  rule: string;
  severity?: string;
  pointer?: string;
}
interface Vector {
  id: string;
  fn: string;
  args: unknown[];
  expect: { ok?: boolean; errors?: Expected[]; value?: unknown; throws?: { message: string } } & Record<
    string,
    unknown
  >;
  from: { test: string };
}
interface Probe {
  kind: 'spec' | 'policy';
  name: string;
  yaml: string;
  ok: boolean;
  errors: Expected[];
  warnings: string[];
}

const ROOT = new URL('../../../shared/conformance/', import.meta.url);
const lines = <T>(name: string): T[] =>
  readFileSync(new URL(`caws/${name}.jsonl`, ROOT), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line, (_key, value: unknown) => (value === '__undefined' ? undefined : value)) as T,
    );

const shown = (found: readonly Diagnostic[], expected: readonly Expected[]): string[] =>
  found.map((d, i) => `${d.rule} ${expected[i]?.pointer === undefined ? '' : (d.pointer ?? '')}`).sort();
const wanted = (expected: readonly Expected[]): string[] =>
  expected.map((e) => `${e.rule} ${e.pointer ?? ''}`).sort();

/** Every diagnostic can be read and acted upon by a person. */
function readable(found: readonly Diagnostic[]): void {
  for (const d of found) {
    expect(d.message, d.rule).to.have.length.greaterThan(10);
    expect(d.narrowRepair ?? '', d.rule).to.have.length.greaterThan(5);
  }
}

function same(found: readonly Diagnostic[], vector: { ok?: boolean; errors?: Expected[] }): void {
  const errors = found.filter((d) => d.severity === 'error');
  expect(errors.length === 0).to.equal(vector.ok);
  expect(shown(errors, vector.errors ?? [])).to.deep.equal(wanted(vector.errors ?? []));
  readable(found);
}

describe('CAWS v12 golden vectors', () => {
  for (const v of lines<Vector>('spec_yaml')) {
    it(`${v.id}: ${v.from.test}`, () => {
      const check = checkSpec(v.args[0] as string);
      const parseOnly = v.fn === 'parseSpecYaml';
      same(parseOnly && check.layer !== 'parse' ? [] : check.diagnostics, v.expect);
    });
  }

  for (const v of lines<Vector>('spec_object')) {
    it(`${v.id}: ${v.from.test}`, () => {
      const found =
        v.fn === 'validateSpecShape'
          ? validateSpecShape(v.args[0])
          : validateSpecSemantics(v.args[0] as Spec);
      same(found, v.expect);
    });
  }

  for (const v of lines<Vector>('scope').filter((each) => each.fn === 'evaluatePath')) {
    it(`${v.id}: ${v.from.test}`, () => {
      expect(evaluatePath(v.args[0], v.args[1] as Binding, v.args[2] as Policy)).to.deep.equal(v.expect);
    });
  }

  for (const v of lines<Vector>('budget')) {
    it(`${v.id}: ${v.from.test}`, () => {
      const run = () =>
        deriveBudget(
          v.args[0] as Policy,
          v.args[1] as Spec,
          v.args[2] as BudgetWaiver[],
          v.args[3] as { now: string },
        );
      if (v.expect.throws !== undefined) {
        expect(run).to.throw(v.expect.throws.message);
        return;
      }
      const result = run();
      if (result.ok) expect(result).to.deep.equal(v.expect);
      else same(result.errors, v.expect);
    });
  }

  for (const v of lines<Vector>('policy')) {
    it(`${v.id}: ${v.from.test}`, () => same(parsePolicy(v.args[0] as string).diagnostics, v.expect));
  }

  for (const probe of lines<Probe>('edge_probes')) {
    it(`edge probe: ${probe.kind} ${probe.name}`, () => {
      const check = probe.kind === 'spec' ? checkSpec(probe.yaml) : parsePolicy(probe.yaml);
      same(check.diagnostics, probe);
      const warnings = check.diagnostics.filter((d) => d.severity === 'warning').map((d) => d.rule);
      expect(warnings).to.deep.equal(probe.warnings);
    });
  }
});

describe('real working specs', () => {
  const index = JSON.parse(readFileSync(new URL('specs/index.json', ROOT), 'utf8')) as {
    file: string;
    v12_valid: boolean;
    v12_rules: string[];
  }[];
  for (const entry of index) {
    it(`${entry.file} is ${entry.v12_valid ? 'valid' : 'invalid'}`, () => {
      const check = checkSpec(readFileSync(new URL(`specs/${entry.file}`, ROOT), 'utf8'));
      expect(check.ok).to.equal(entry.v12_valid);
      expect([...new Set(check.diagnostics.map((d) => d.rule))].sort()).to.deep.equal(
        [...entry.v12_rules].sort(),
      );
      readable(check.diagnostics);
    });
  }
});

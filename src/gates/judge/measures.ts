import type { ChangeFacts } from '../change/facts.js';
import type { Measure } from '../declared/order.js';
import type { Measurement, MutationMeasured, TestsMeasured } from '../evidence/measurement.js';
import { percent, visible, listed } from '../words.js';
import { judgeCoverage } from './coverage.js';
import { judgeFindings } from './findings.js';
import type { MeasureResult } from './result.js';
import { againstThresholds } from './thresholds.js';

const MOST_LISTED = 20;

/** Whether what was measured is enough. Nothing in it, or made of another commit: NOT_EVALUATED. */
export function judgeMeasure(measure: Measure, measured: Measurement, facts: ChangeFacts): MeasureResult {
  const { empty, revision, figures } = measured;
  if (empty !== null)
    return unevaluated(measured, 'arbiter.evidence.empty', empty, 'Let the command measure something.');
  const signed = measured.format === 'attestation';
  if (revision !== facts.commit && (revision !== null || signed)) {
    const message =
      signed && revision === null
        ? 'the attestation names no one commit'
        : `it was made of another revision than the result`;
    return unevaluated(measured, 'arbiter.evidence.stale', message, `Make it of ${facts.commit}.`);
  }
  if ('keyId' in measured) return judgeAttested(measure, measured);
  if ('files' in measured) return judgeCoverage(measure, measured, facts);
  if ('cases' in measured) return judgeTests(measure, measured);
  if ('survivors' in measured) return judgeMutation(measure, measured);
  if ('findings' in measured) return judgeFindings(measure, measured, facts);
  return { result: 'ERROR', message: 'no rule judges this', figures, measurement: measured };
}

function unevaluated(measurement: Measurement, rule: string, message: string, repair: string): MeasureResult {
  const { figures } = measurement;
  return {
    result: 'NOT_EVALUATED',
    message,
    violations: [{ rule, path: '/', message, repair }],
    figures,
    measurement,
  };
}

function judgeTests(measure: Measure, measured: TestsMeasured): MeasureResult {
  const { figures, cases } = measured;
  // Contracts that are tested, and not linted, have no errors.
  const left = new Set(measure.kind === 'contracts' ? ['errors', 'warnings'] : []);
  const violations = againstThresholds(measure, figures, left);
  const failing = cases.filter(({ result }) => result === 'failed').slice(0, MOST_LISTED);
  const details = failing.map(({ suite, name, file }) => ({
    rule: 'arbiter.gate.tests.failing',
    path: visible(file ?? '/', 300),
    message: visible(suite === '' ? name : `${suite} › ${name}`),
    repair: 'Repair what this test shows.',
  }));
  const { total = 0, passed = 0, failed = 0, skipped = 0 } = figures;
  return {
    result: violations.length === 0 ? 'PASS' : 'FAIL',
    message: `${total} tests: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    violations: violations.length === 0 ? [] : [...violations, ...details],
    figures,
    measurement: measured,
  };
}

function judgeMutation(measure: Measure, measured: MutationMeasured): MeasureResult {
  const { figures, survivors } = measured;
  const violations = againstThresholds(measure, figures);
  const details = survivors.slice(0, MOST_LISTED).map(({ path, line, mutator }) => ({
    rule: 'arbiter.gate.mutation.survived',
    path: visible(path, 300),
    message: visible(`line ${line}: no test notices ${mutator}`),
    repair: 'Assert what this code is for.',
  }));
  return {
    result: violations.length === 0 ? 'PASS' : 'FAIL',
    message: `mutation score ${percent(figures['score'] ?? 0)} of ${(figures['detected'] ?? 0) + (figures['survived'] ?? 0)} mutants`,
    violations: violations.length === 0 ? [] : [...violations, ...details],
    figures,
    measurement: measured,
  };
}

/** A signed result says itself whether it passed; a warning is no pass of a MUST. */
function judgeAttested(measure: Measure, measured: Measurement & { readonly keyId: string }): MeasureResult {
  const { figures, keyId } = measured;
  const observed = { 'attestation.key': keyId };
  const missed = measure.kind === 'tests' ? againstThresholds(measure, figures) : [];
  if (figures['result_passed'] === 1 && missed.length > 0) {
    const message = 'a trusted key attests a pass of tests that do not keep their thresholds';
    return { result: 'FAIL', message, observed, violations: missed, figures, measurement: measured };
  }
  if (figures['result_passed'] === 1) {
    return {
      result: 'PASS',
      message: 'a trusted key attests that it passed',
      observed,
      figures,
      measurement: measured,
    };
  }
  const message = `a trusted key attests ${figures['result_warned'] === 1 ? 'warnings' : 'failure'} (${listed([`${figures['failed'] ?? 0} failed`])})`;
  const violations = [
    {
      rule: 'arbiter.gate.attested_failure',
      path: '/',
      message,
      repair: 'Repair what the attested run shows.',
    },
  ];
  return { result: 'FAIL', message, observed, violations, figures, measurement: measured };
}

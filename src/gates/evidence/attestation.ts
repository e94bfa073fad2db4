import { STATEMENT_TYPE } from '../../verdicts/statement.js';
import { openEnvelope } from '../../verdicts/verify.js';
import type { Kind } from '../declared/kinds.js';
import { stop } from '../problem.js';
import { isObject, readJson, shape } from './bounded-json.js';
import type { AttestedMeasured, TestCase } from './measurement.js';

/** Predicate type of the in-toto test result, v0.1. */
export const TEST_RESULT = 'https://in-toto.io/attestation/test-result/v0.1';

/**
 * A signed test result in place of a report: DSSE, in-toto Statement v1, predicate {@link TEST_RESULT}. It counts only with a signature
 * of a key that the policy of the base trusts, and only for the commit and the gate that it names: a signed pass of one gate must not be
 * handed in for another.
 */
export function readAttestation(
  bytes: Uint8Array,
  kind: Kind,
  gate: string,
  trustedKeys: readonly string[],
): AttestedMeasured {
  const opened = openEnvelope(bytes, trustedKeys);
  if (!opened.ok) {
    const forged = opened.code === 'SIGNATURE_INVALID';
    return stop(
      forged ? 'untrusted' : 'unparsable',
      `the attestation does not count: ${opened.message}`,
      forged
        ? 'Have it signed with a key of `trusted_keys` at the base commit.'
        : 'Write a DSSE envelope in JSON.',
    );
  }
  const statement = readJson(opened.payload, 'in-toto statement');
  const { _type, predicateType, predicate, subject } = statement;
  if (_type !== STATEMENT_TYPE || predicateType !== TEST_RESULT || !isObject(predicate)) {
    return shape('attestation', `a Statement v1 with predicate ${TEST_RESULT}`);
  }
  const { result } = predicate;
  if (result !== 'PASSED' && result !== 'WARNED' && result !== 'FAILED')
    return shape('attestation', 'a result PASSED, WARNED or FAILED');
  if (!configurationNames(predicate['configuration']).includes(gate)) {
    return stop(
      'other_gate',
      `the attestation is not of the gate ${gate}`,
      `Name the gate in its configuration: \`[{"name": "${gate}"}]\`.`,
    );
  }
  const count = (name: string): number => (Array.isArray(predicate[name]) ? predicate[name].length : 0);
  const [passed, warned, failed] = [count('passedTests'), count('warnedTests'), count('failedTests')];
  const total = passed + warned + failed;
  return {
    kind,
    format: 'attestation',
    figures: {
      result_passed: result === 'PASSED' && failed === 0 ? 1 : 0,
      result_warned: result === 'WARNED' ? 1 : 0,
      ...{ total, passed, warned, failed, skipped: 0 },
    },
    // A result without a test says of the other kinds that they passed, and of tests nothing.
    empty: kind === 'tests' && total === 0 ? 'the attestation names no test' : null,
    revision: commitOf(subject),
    keyId: opened.keyId,
    cases: [
      ...casesOf(predicate['passedTests'], 'passed'),
      ...casesOf(predicate['warnedTests'], 'failed'),
      ...casesOf(predicate['failedTests'], 'failed'),
    ],
  };
}

function configurationNames(configuration: unknown): string[] {
  return (Array.isArray(configuration) ? (configuration as readonly unknown[]) : []).flatMap((one) =>
    isObject(one) && typeof one['name'] === 'string' ? [one['name']] : [],
  );
}

function casesOf(names: unknown, result: TestCase['result']): TestCase[] {
  return (Array.isArray(names) ? (names as readonly unknown[]) : []).flatMap((name) =>
    typeof name === 'string' ? [{ suite: '', name, file: null, result }] : [],
  );
}

/** The one commit it is about; null for none, or several: then nobody knows of which the result is. */
function commitOf(subject: unknown): string | null {
  const commits = (Array.isArray(subject) ? (subject as readonly unknown[]) : []).flatMap((one) => {
    const digest = isObject(one) && isObject(one['digest']) ? one['digest'] : {};
    const commit = digest['gitCommit'] ?? digest['sha1'];
    return typeof commit === 'string' ? [commit] : [];
  });
  return commits.length === 1 ? (commits[0] ?? null) : null;
}

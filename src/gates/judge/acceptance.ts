import type { WantedCriterion } from '../declared/order.js';
import type { TestCase } from '../evidence/measurement.js';
import type { GateViolation } from '../clause.js';
import { listed } from '../words.js';
import type { MeasureFinding } from './result.js';

export type CriterionState = 'passed' | 'failed' | 'skipped' | 'unmapped';

export interface CriterionResult {
  readonly id: string;
  readonly state: CriterionState;
  /** Tests that were found for it. */
  readonly tests: number;
}

/**
 * Maps acceptance criteria to tests: by the ids the spec names, by the command it names, else by the criterion's id as a word in the name
 * of a test or its suite. A criterion holds when it has tests, none failed and at least one ran; every id named must be there.
 */
export function mapCriteria(
  criteria: readonly WantedCriterion[],
  cases: readonly TestCase[],
): CriterionResult[] {
  const byId = criteria.some(({ nodeids }) => nodeids.length > 0)
    ? index(cases)
    : new Map<string, TestCase[]>();
  return criteria.map(({ id, nodeids, whole }) => {
    if (nodeids.length > 0) {
      const found = nodeids.map((nodeid) => byId.get(normal(nodeid)) ?? []);
      const complete = found.every((tests) => tests.length > 0);
      return resultOf(id, complete ? found.flat() : []);
    }
    if (whole) return resultOf(id, cases);
    const word = new RegExp(`(?:^|[^A-Za-z0-9])${id.replace(/[^A-Za-z0-9]/gu, '\\$&')}(?![A-Za-z0-9])`, 'u');
    return resultOf(
      id,
      cases.filter(({ name, suite }) => word.test(name) || word.test(suite)),
    );
  });
}

/** The clause about them; `severity` of it is MUST at tier 1 only, so that elsewhere it is reported and fails nothing. */
export function acceptanceFinding(results: readonly CriterionResult[]): MeasureFinding {
  const bad = results.filter(({ state }) => state !== 'passed');
  const observed = Object.fromEntries(
    results.map(({ id, state, tests }) => [id, `${state} (${tests} tests)`]),
  );
  if (bad.length === 0) {
    return { result: 'PASS', message: `${results.length} acceptance criteria are tested`, observed };
  }
  const violations: GateViolation[] = bad.map(({ id, state }) => ({
    rule: `arbiter.acceptance.${state}`,
    path: `/acceptance/${id}`,
    message:
      state === 'unmapped'
        ? `no test is found for ${id}`
        : `the tests of ${id} ${state === 'failed' ? 'fail' : 'were all skipped'}`,
    repair: `Name a test after it (\`${id}: …\`), or list its tests in \`test_nodeids\`.`,
  }));
  const failed = bad.some(({ state }) => state === 'failed');
  const message = `not shown: ${listed(bad.map(({ id, state }) => `${id} ${state}`))}`;
  return { result: failed ? 'FAIL' : 'NOT_EVALUATED', message, observed, violations };
}

function resultOf(id: string, tests: readonly TestCase[]): CriterionResult {
  const state: CriterionState =
    tests.length === 0
      ? 'unmapped'
      : tests.some(({ result }) => result === 'failed')
        ? 'failed'
        : tests.some(({ result }) => result === 'passed')
          ? 'passed'
          : 'skipped';
  return { id, state, tests: tests.length };
}

/** All names by which a spec may mean a test: of pytest, JUnit, mocha and their like. */
function index(cases: readonly TestCase[]): Map<string, TestCase[]> {
  const found = new Map<string, TestCase[]>();
  for (const one of cases) {
    const { suite, name, file } = one;
    const bare = name.replace(/\[.*\]$/u, '');
    const names = new Set(
      [name, bare].flatMap((each) => [
        each,
        `${suite}.${each}`,
        `${suite}#${each}`,
        `${suite} ${each}`,
        ...(file === null ? [] : [`${file}::${each}`, `${file}::${suite}::${each}`]),
      ]),
    );
    for (const each of names) {
      const key = normal(each);
      const known = found.get(key);
      if (known === undefined) found.set(key, [one]);
      else known.push(one);
    }
  }
  return found;
}

/** `tests/test_a.py::TestX::test_y` and pytest's own `tests.test_a.TestX` + `test_y` are one id. */
function normal(nodeid: string): string {
  return nodeid
    .trim()
    .replace(/^\.\//u, '')
    .replace(/\.py(?=::)/gu, '')
    .replace(/::/gu, '.')
    .replace(/[/\\](?=.*\.)/gu, '.');
}

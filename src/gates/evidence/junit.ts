import type { Kind } from '../declared/kinds.js';
import { countOf, readXml, type Attributes } from './bounded-xml.js';
import { shape } from './bounded-json.js';
import type { TestCase, TestsMeasured } from './measurement.js';
import { testsSum } from './tests-sum.js';

/**
 * JUnit XML. There is no one schema, so cases are counted one by one; a suite that claims more failures than it lists (a crash while
 * collecting, an error outside of any test) is believed in that direction only.
 */
export function readJunit(bytes: Uint8Array, kind: Kind = 'tests'): TestsMeasured {
  const sum = testsSum('JUnit');
  const suites: { name: string; file: string | null; claimed: number; found: number }[] = [];
  let lost = 0;
  let current: { one: TestCase; todo: boolean; failures: number } | null = null;
  let top = { claimed: 0, found: 0 };
  readXml(bytes, 'JUnit', {
    open: (name, attributes, depth) => {
      if (depth === 1) {
        if (name !== 'testsuites' && name !== 'testsuite')
          shape('JUnit', '`testsuites` or `testsuite` as its root');
        top = { claimed: claimedBy(attributes), found: 0 };
      }
      if (name === 'testsuite') {
        const { name: own = '', file } = attributes;
        suites.push({ name: own, file: file ?? null, claimed: claimedBy(attributes), found: 0 });
      } else if (name === 'testcase') {
        const suite = suites.at(-1);
        const one: TestCase = {
          suite: attributes['classname'] ?? suite?.name ?? '',
          name: attributes['name'] ?? '',
          file: attributes['file'] ?? suite?.file ?? null,
          result: 'passed',
        };
        current = { one, todo: false, failures: 0 };
      } else if (name === 'failure' || name === 'error') {
        if (current === null) failedOutside();
        else current.failures += 1;
      } else if (name === 'skipped' && current !== null) {
        current.one = { ...current.one, result: 'skipped' };
        // Not expected to work yet (Node's runner): its failure is listed, and is none.
        current.todo = attributes['type'] === 'todo';
      }
    },
    close: (name) => {
      if (name === 'testcase' && current !== null) {
        const { one, todo, failures } = current;
        sum.add(failures > 0 && !todo ? { ...one, result: 'failed' } : one);
        if (failures > 0) found();
        current = null;
      } else if (name === 'testsuite') {
        const suite = suites.pop();
        if (suite === undefined) return;
        const missing = Math.max(0, suite.claimed - suite.found);
        lost += missing;
        top.found += missing;
        // An outer suite may claim what its inner ones do.
        for (const outer of suites) outer.found += missing;
      }
    },
  });
  function found(): void {
    top.found += 1;
    for (const suite of suites) suite.found += 1;
  }
  function failedOutside(): void {
    lost += 1;
    found();
  }
  lost += Math.max(0, top.claimed - top.found);
  return sum.done(kind, 'junit', lost);
}

function claimedBy(attributes: Attributes): number {
  return (countOf(attributes['failures']) ?? 0) + (countOf(attributes['errors']) ?? 0);
}

import type { Format, Kind } from '../declared/kinds.js';
import { tooMany } from './bounded-xml.js';
import { EVIDENCE_LIMITS } from './limits.js';
import type { TestCase, TestsMeasured } from './measurement.js';

/** Collects test cases. */
export interface TestsSum {
  add(one: TestCase): void;
  /** Puts the cases from this index on into a suite, around those they are in already. */
  nest(from: number, suite: string): void;
  readonly size: number;
  /** @param lost failures that the report counts and does not list, missing tests of its plan, … */
  done(kind: Kind, format: Format, lost: number): TestsMeasured;
}

export function testsSum(format: string): TestsSum {
  const cases: TestCase[] = [];
  const cut = (text: string): string => text.slice(0, EVIDENCE_LIMITS.name);
  return {
    add: ({ suite, name, file, result }) => {
      if (cases.length >= EVIDENCE_LIMITS.cases) tooMany(format, 'test cases', EVIDENCE_LIMITS.cases);
      cases.push({ suite: cut(suite), name: cut(name), file: file === null ? null : cut(file), result });
    },
    nest: (from, suite) => {
      for (let at = from; at < cases.length; at += 1) {
        const one = cases[at];
        if (one !== undefined)
          cases[at] = { ...one, suite: cut(one.suite === '' ? suite : `${suite} ${one.suite}`) };
      }
    },
    get size() {
      return cases.length;
    },
    done: (kind, made, lost) => {
      const count = (result: TestCase['result']): number =>
        cases.filter((one) => one.result === result).length;
      const [passed, failed, skipped] = [count('passed'), count('failed') + lost, count('skipped')];
      const total = cases.length + lost;
      return {
        kind: kind === 'contracts' ? 'contracts' : 'tests',
        format: made,
        figures: { total, passed, failed, skipped },
        empty:
          total === 0 ? 'the report has no test' : passed + failed === 0 ? 'every test was skipped' : null,
        revision: null,
        cases,
      };
    },
  };
}

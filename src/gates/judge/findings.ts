import { repositoryPath } from '../change/report-path.js';
import type { ChangeFacts } from '../change/facts.js';
import type { Measure } from '../declared/order.js';
import type { FindingsMeasured, ReportedFinding } from '../evidence/measurement.js';
import type { GateViolation } from '../clause.js';
import { visible } from '../words.js';
import type { MeasureResult } from './result.js';
import { againstThresholds } from './thresholds.js';

const MOST_LISTED = 30;
const ORDER = { error: 0, warning: 1, note: 2 } as const;

/**
 * Findings of a tool. Those that a comment in the source suppresses count in every file that the change touches: the comment need not
 * stand on the line of the finding, and whoever wrote the finding must not be the one to wave it through. What names no line, or no file
 * of the repository, may be anywhere, so it counts as added.
 */
export function judgeFindings(
  measure: Measure,
  measured: FindingsMeasured,
  facts: ChangeFacts,
): MeasureResult {
  const added = new Map(facts.added.map(({ path, numbers }) => [path, new Set(numbers)]));
  const isAdded = ({ path, line }: ReportedFinding): boolean => {
    const own = repositoryPath(path, facts.root);
    return own === null || line < 1 || (added.get(own)?.has(line) ?? false);
  };
  const isTouched = ({ path }: ReportedFinding): boolean => {
    const own = repositoryPath(path, facts.root);
    return own === null || facts.touched.has(own) || added.has(own);
  };
  const reported = measured.format === 'sarif';
  const counted = measured.findings.filter((finding) => {
    if (finding.suppressed === 'external') return false;
    if (finding.suppressed === 'source') return isTouched(finding);
    return !(reported && measure.onlyAddedLines) || isAdded(finding);
  });
  const count = (level: ReportedFinding['level']): number =>
    counted.filter((one) => one.level === level).length;
  const figures = reported
    ? { ...measured.figures, errors: count('error'), warnings: count('warning'), notes: count('note') }
    : measured.figures;
  // A threshold that this form of evidence has no figure for (failed tests, in SARIF) says nothing about it.
  const left = new Set(measure.kind === 'contracts' ? ['failed'] : []);
  const violations = againstThresholds(measure, figures, left);
  const details = [...counted]
    .sort((a, b) => ORDER[a.level] - ORDER[b.level])
    .slice(0, MOST_LISTED)
    .filter(({ level }) => level !== 'note' || violations.length > 0)
    .map(violationOf(measure, facts.root));
  const words = Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const notes =
    measure.kind === 'dependencies' && violations.length === 0
      ? counted.map(({ message }) => visible(message, 60))
      : [];
  return {
    result: violations.length === 0 ? 'PASS' : 'FAIL',
    message: notes.length === 0 ? words : `${words}: ${notes.slice(0, 8).join('; ')}`,
    violations: violations.length === 0 ? [] : [...violations, ...details],
    figures,
    measurement: measured,
  };
}

function violationOf(measure: Measure, root: string | null): (finding: ReportedFinding) => GateViolation {
  return ({ rule, message, path, line, suppressed }) => ({
    rule: `${measure.kind}:${visible(rule, 100)}`,
    path: visible(repositoryPath(path, root) ?? '/', 300),
    message: visible(
      `${line > 0 ? `line ${line}: ` : ''}${message}${suppressed === 'source' ? ' (suppressed by the change itself)' : ''}`,
    ),
    repair: '',
  });
}

import { matchesEntry } from '../../caws/scope.js';
import { repositoryPaths } from '../change/report-path.js';
import type { ChangeFacts } from '../change/facts.js';
import type { Measure } from '../declared/order.js';
import { share, type CoverageMeasured } from '../evidence/measurement.js';
import type { GateViolation } from '../clause.js';
import { listed, percent, visible } from '../words.js';
import type { MeasureResult } from './result.js';
import { againstThresholds } from './thresholds.js';

const MOST_LISTED = 20;

/** Coverage of everything, and of the lines that the change adds: Arbiter's own diff says which those are. */
export function judgeCoverage(
  measure: Measure,
  measured: CoverageMeasured,
  facts: ChangeFacts,
): MeasureResult {
  const changed = changedLines(measure, measured, facts);
  const { covered, total, uncovered, absent, unknown } = changed;
  // Without `sources`, a file that the report leaves out may hold code that no test has ever loaded.
  const exempt = total === 0 && (measure.sources.length > 0 || unknown.length === 0);
  const figures = {
    ...measured.figures,
    // Left out where it is not known: nobody is then let off, here or by a waiver.
    ...(total === 0 && !exempt ? {} : { changed_lines_total: total }),
    changed_lines_covered: covered,
    ...(total === 0 ? {} : { changed_lines: share(covered, total) }),
  };
  // No executable line is added: nothing to cover (documentation, configuration, deletions).
  const left = new Set(exempt ? ['changed_lines'] : []);
  const violations = againstThresholds(measure, figures, left);
  const short = violations.some(({ rule }) => rule.endsWith('.changed_lines'));
  const details: GateViolation[] = (short ? uncovered : []).slice(0, MOST_LISTED).map(({ path, lines }) => ({
    rule: 'arbiter.gate.coverage.uncovered',
    path,
    message: `added lines that no test reaches: ${ranges(lines)}`,
    repair: `Test these lines of \`${visible(path, 120)}\`.`,
  }));
  const observed: Record<string, string> = {
    'coverage.lines': percent(measured.figures['lines'] ?? 0),
    'coverage.changed_lines': total === 0 ? 'none is executable' : percent(share(covered, total)),
    ...(absent.length === 0 ? {} : { 'coverage.absent': listed(absent) }),
    ...(unknown.length === 0 ? {} : { 'coverage.not_in_report': listed(unknown) }),
  };
  const words = `lines ${percent(measured.figures['lines'] ?? 0)}, changed lines ${total === 0 ? 'none executable' : percent(share(covered, total))}`;
  return {
    result: violations.length === 0 ? 'PASS' : 'FAIL',
    message: words,
    observed,
    violations: [...violations, ...details],
    figures,
    measurement: measured,
  };
}

interface ChangedLines {
  readonly covered: number;
  readonly total: number;
  readonly uncovered: readonly { readonly path: string; readonly lines: readonly number[] }[];
  /** Files of `sources` that the report leaves out: their lines count as not covered. */
  readonly absent: readonly string[];
  /** Other changed files that the report does not know. */
  readonly unknown: readonly string[];
}

function changedLines(measure: Measure, measured: CoverageMeasured, facts: ChangeFacts): ChangedLines {
  const report = byRepositoryPath(measured, facts.root);
  const uncovered: { path: string; lines: number[] }[] = [];
  const absent: string[] = [];
  const unknown: string[] = [];
  let [covered, total] = [0, 0];
  for (const { path, numbers, texts } of facts.added) {
    const hits = report.get(path);
    if (hits === undefined) {
      if (!measure.sources.some((glob) => matchesEntry(glob, path))) {
        unknown.push(path);
        continue;
      }
      absent.push(path);
      const lines = numbers.filter((_, index) => texts[index]?.trim() !== '');
      total += lines.length;
      uncovered.push({ path, lines });
      continue;
    }
    const missed: number[] = [];
    for (const number of numbers) {
      const count = hits.get(number);
      if (count === undefined) continue;
      total += 1;
      if (count > 0) covered += 1;
      else missed.push(number);
    }
    if (missed.length > 0) uncovered.push({ path, lines: missed });
  }
  return { covered, total, uncovered, absent, unknown };
}

/** Lines of the report by path in the repository; where two names mean one file, the larger hits count. */
function byRepositoryPath(
  measured: CoverageMeasured & { readonly sources?: readonly string[] },
  root: string | null,
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const found = new Map<string, ReadonlyMap<number, number>>();
  for (const [reported, lines] of measured.files) {
    for (const path of repositoryPaths(reported, root, measured.sources ?? [])) {
      const known = found.get(path);
      found.set(path, known === undefined ? lines : merged(known, lines));
    }
  }
  return found;
}

function merged(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const both = new Map(a);
  for (const [line, hits] of b) both.set(line, Math.max(hits, both.get(line) ?? 0));
  return both;
}

/** `3-5, 9`. */
function ranges(lines: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const line of lines) {
    const last = spans.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else spans.push([line, line]);
  }
  return listed(
    spans.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)),
    12,
  );
}

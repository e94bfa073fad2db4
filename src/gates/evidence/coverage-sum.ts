import type { Format } from '../declared/kinds.js';
import { tooMany } from './bounded-xml.js';
import { EVIDENCE_LIMITS } from './limits.js';
import type { CoverageMeasured } from './measurement.js';
import { share } from './measurement.js';

/** Collects the lines of a coverage report; one file may come in several pieces. */
export interface CoverageSum {
  /** Hits of a line; given twice they add up, or the larger counts where the report repeats itself. */
  line(path: string, line: number, hits: number, repeat?: 'add' | 'max'): void;
  file(path: string): void;
  branches(covered: number, total: number): void;
  functions(covered: number, total: number): void;
  done(format: Format): CoverageMeasured;
}

export function coverageSum(format: string): CoverageSum {
  const files = new Map<string, Map<number, number>>();
  const branches = { covered: 0, total: 0 };
  const functions = { covered: 0, total: 0 };
  let lines = 0;
  // Lines come file by file.
  let latest: { readonly path: string; readonly lines: Map<number, number> } | null = null;
  const linesOf = (path: string): Map<number, number> => {
    if (latest?.path === path) return latest.lines;
    const lines = lookUp(path);
    latest = { path, lines };
    return lines;
  };
  const lookUp = (path: string): Map<number, number> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    if (files.size >= EVIDENCE_LIMITS.files) tooMany(format, 'files', EVIDENCE_LIMITS.files);
    const made = new Map<number, number>();
    files.set(path, made);
    return made;
  };
  return {
    file: (path) => void linesOf(path),
    line: (path, line, hits, repeat = 'add') => {
      const own = linesOf(path);
      const before = own.get(line);
      if (before === undefined) {
        lines += 1;
        if (lines > EVIDENCE_LIMITS.entries) tooMany(format, 'lines', EVIDENCE_LIMITS.entries);
      }
      own.set(line, repeat === 'add' ? (before ?? 0) + hits : Math.max(before ?? 0, hits));
    },
    branches: (covered, total) => {
      branches.covered += covered;
      branches.total += total;
    },
    functions: (covered, total) => {
      functions.covered += covered;
      functions.total += total;
    },
    done: (made) => {
      let covered = 0;
      for (const own of files.values()) for (const hits of own.values()) if (hits > 0) covered += 1;
      return {
        kind: 'coverage',
        format: made,
        figures: {
          lines: share(covered, lines),
          lines_covered: covered,
          lines_total: lines,
          ...(branches.total === 0
            ? {}
            : { branches: share(branches.covered, branches.total), branches_total: branches.total }),
          ...(functions.total === 0
            ? {}
            : { functions: share(functions.covered, functions.total), functions_total: functions.total }),
          files: files.size,
        },
        empty: lines === 0 ? 'the report has no executable line' : null,
        revision: null,
        files,
      };
    },
  };
}

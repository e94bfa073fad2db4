import { stop } from '../problem.js';
import { tooMany } from './bounded-xml.js';
import { decode } from './decode.js';
import { EVIDENCE_LIMITS } from './limits.js';
import type { TestsMeasured } from './measurement.js';
import { testsSum } from './tests-sum.js';

interface Level {
  planned: number | null;
  points: number;
  /** Points further in since the last one here, which are the tests of the next one: where they begin, and whether one failed. */
  inner: { readonly from: number; failed: boolean } | null;
}

const POINT = /^(not )?ok\b(?: +(\d{1,9}))?(?: +(.*))?$/u;
const PLAN = /^(\d{1,9})\.\.(\d{1,9})(?:\s*(?:#.*)?)?$/u;
const DIRECTIVE = /(?:^|[^\\])#\s*(skip|todo)\b/iu;
/** A point whose subtests follow in a block, `ok 1 - name {` … `}`, as vitest and older node-tap write them. */
const OPENS = /(?:^|\s)\{$/u;
const MOST_LEVELS = 32;

/**
 * TAP 13 and 14. Points count where they have no subtests of their own; a point with subtests counts when it fails. The plan must be
 * there and be kept: what it announces and does not bring has failed, and so has everything after `Bail out!`.
 */
export function readTap(bytes: Uint8Array): TestsMeasured {
  const text = decode(bytes, 'TAP');
  const sum = testsSum('TAP');
  const levels: Level[] = [];
  let lost = 0;
  let known = false;
  let yaml: string | null = null;
  const opened: { readonly depth: number; readonly point: RegExpExecArray }[] = [];
  const leave = (depth: number): void => {
    while (levels.length > depth) {
      const level = levels.pop();
      if (level === undefined) return;
      if (level.planned !== null) lost += Math.max(0, level.planned - level.points);
      if (level.planned !== null && level.points > level.planned) lost += level.points - level.planned;
    }
  };
  const count = (depth: number, point: RegExpExecArray): void => {
    leave(depth + 1);
    while (levels.length <= depth) levels.push({ planned: null, points: 0, inner: null });
    const level = levels[depth];
    if (level === undefined) return;
    level.points += 1;
    const { inner } = level;
    level.inner = null;
    const described = point[3] ?? '';
    const directive = DIRECTIVE.exec(described)?.[1]?.toLowerCase();
    const failed = point[1] !== undefined && directive !== 'todo';
    const outer = levels[depth - 1];
    if (outer !== undefined) {
      outer.inner ??= { from: inner?.from ?? sum.size, failed: false };
      outer.inner.failed ||= failed;
    }
    const name = nameOf(described);
    if (inner !== null) {
      sum.nest(inner.from, name);
      // It sums up its tests; only a failure that none of them shows is one of its own.
      if (!failed || inner.failed) return;
    }
    // A TODO is not expected to work: whichever way it goes, it proves nothing.
    const result = failed ? 'failed' : directive !== undefined ? 'skipped' : 'passed';
    sum.add({ suite: '', name, file: null, result });
  };
  /** Points that open a block are counted behind it, as are all that have subtests. */
  const close = (depth: number): void => {
    while ((opened.at(-1)?.depth ?? -1) >= depth) {
      const last = opened.pop();
      if (last !== undefined) count(last.depth, last.point);
    }
  };
  let start = 0;
  let lines = 0;
  while (start < text.length) {
    lines += 1;
    if (lines > EVIDENCE_LIMITS.entries) tooMany('TAP', 'lines', EVIDENCE_LIMITS.entries);
    const end = text.indexOf('\n', start);
    const raw = text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length : end + 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    let indent = 0;
    while (line.charCodeAt(indent) === 0x20) indent += 1;
    const words = line.slice(indent);
    if (yaml !== null) {
      if (line === yaml) yaml = null;
      continue;
    }
    if (words === '---' && indent % 4 === 2) {
      yaml = `${line.slice(0, indent)}...`;
      continue;
    }
    if (/^TAP version 1[34]\b/u.test(words)) {
      known = true;
      continue;
    }
    const plan = PLAN.exec(words);
    const point = plan === null ? POINT.exec(words) : null;
    const bail = plan === null && point === null && /^Bail out!/u.test(words);
    const closes = words === '}' && opened.length > 0;
    if (plan === null && point === null && !bail && !closes) continue;
    if (indent % 4 !== 0) continue; // output of the program under test
    const depth = indent / 4;
    if (depth >= MOST_LEVELS)
      stop(
        'too_deep',
        `the TAP report has more than ${MOST_LEVELS} levels of subtests`,
        'Nest fewer subtests.',
      );
    if (bail) {
      lost += 1;
      known = true;
      break;
    }
    close(depth);
    if (closes) continue;
    if (plan !== null) {
      leave(depth + 1);
      while (levels.length <= depth) levels.push({ planned: null, points: 0, inner: null });
      const level = levels[depth];
      if (level === undefined) continue;
      if (level.planned !== null)
        stop('shape', 'the TAP report has two plans', 'Write one report into the file.');
      level.planned = Math.max(0, Number(plan[2]) - Number(plan[1]) + 1);
      known = true;
      continue;
    }
    const buffered = OPENS.test(point?.[3] ?? '');
    if (point !== null && buffered) opened.push({ depth, point });
    else if (point !== null) count(depth, point);
  }
  close(0);
  if (yaml !== null)
    stop(
      'truncated',
      'the TAP report breaks off inside a YAML block',
      'Let the command end before its report is read.',
    );
  if (!known && sum.size === 0) stop('unparsable', 'the report holds no TAP', 'Let the command write TAP.');
  if (levels[0]?.planned === null && lost === 0) {
    stop(
      'truncated',
      'the TAP report has no plan, so that tests may be missing',
      'Let the tool write its plan (`1..N`).',
    );
  }
  leave(0);
  return sum.done('tests', 'tap', lost);
}

function nameOf(described: string): string {
  return described
    .replace(OPENS, '')
    .replace(/^- ?/u, '')
    .replace(/\s#\s*time=[\d.]+m?s$/u, '')
    .replace(/(?:^|\s)#\s*(?:skip|todo)\b.*$/iu, '')
    .replace(/\\([#\\])/gu, '$1')
    .slice(0, EVIDENCE_LIMITS.name);
}

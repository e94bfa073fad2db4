import { stop } from '../problem.js';
import { coverageSum } from './coverage-sum.js';
import { decode } from './decode.js';
import type { CoverageMeasured } from './measurement.js';

/** LCOV tracefile (geninfo(1)). Sums are counted from DA, BRDA and FNDA; LF, LH and the like are only claims about them. */
export function readLcov(bytes: Uint8Array): CoverageMeasured {
  const text = decode(bytes, 'LCOV');
  const sum = coverageSum('LCOV');
  let file: string | null = null;
  let functions = new Map<string, number>();
  let records = 0;
  let start = 0;
  let number = 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    number += 1;
    const from = start;
    start = end + 1;
    const to = text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
    if (
      text.charCodeAt(from) === D &&
      text.charCodeAt(from + 1) === A &&
      text.charCodeAt(from + 2) === COLON
    ) {
      // Nearly every line of a report is one of these, so nothing is cut out of it.
      const comma = digitsEnd(text, from + 3, to);
      const last = digitsEnd(text, comma + 1, to);
      // A third field, the checksum, may follow.
      const fits = text.charCodeAt(comma) === COMMA && (last === to || text.charCodeAt(last) === COMMA);
      const [own, hits] = [numberAt(text, from + 3, comma), numberAt(text, comma + 1, last)];
      if (file === null || !fits || own < 0 || hits < 0) return strange(number, text.slice(from, to));
      sum.line(file, own, hits);
      continue;
    }
    const line = text.slice(from, to);
    if (line.startsWith('SF:')) {
      if (file !== null) return strange(number, line);
      file = line.slice(3);
      functions = new Map();
      sum.file(file);
    } else if (line.startsWith('BRDA:')) {
      const fields = line.slice(5).split(',');
      const taken = fields.at(-1) ?? '';
      if (file === null || fields.length < 4) return strange(number, line);
      const hits = taken === '-' ? 0 : whole(taken);
      if (hits === undefined) return strange(number, line);
      sum.branches(hits > 0 ? 1 : 0, 1);
    } else if (line.startsWith('FNDA:')) {
      const comma = line.indexOf(',', 5);
      const hits = whole(line.slice(5, comma < 0 ? undefined : comma));
      if (file === null || comma < 0 || hits === undefined) return strange(number, line);
      const name = line.slice(comma + 1);
      functions.set(name, (functions.get(name) ?? 0) + hits);
    } else if (line === 'end_of_record') {
      if (file === null) return strange(number, line);
      sum.functions([...functions.values()].filter((hits) => hits > 0).length, functions.size);
      file = null;
      records += 1;
    } else if (line !== '' && !OTHER.test(line)) return strange(number, line);
  }
  if (file !== null)
    return stop(
      'truncated',
      'the LCOV report breaks off inside a record',
      'Let the command end before its report is read.',
    );
  if (records === 0)
    return stop('empty', 'the LCOV report has no record', 'Let the command cover the code it tests.');
  return sum.done('lcov');
}

const [D, A, COLON, COMMA] = [0x44, 0x41, 0x3a, 0x2c];

/** The place behind the digits that begin at `at`. */
function digitsEnd(text: string, at: number, to: number): number {
  let end = at;
  while (end < to && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end += 1;
  return end;
}

/** The number between two places that hold digits only; -1 for none, and for what no counter reaches. */
function numberAt(text: string, at: number, end: number): number {
  if (end <= at || end - at > 20) return -1;
  let value = 0;
  for (let place = at; place < end; place += 1) value = value * 10 + (text.charCodeAt(place) - 0x30);
  return value;
}

/** Everything else that geninfo writes: names, sums, versions, comments, functions by index (lcov 2), MC/DC. */
const OTHER = /^(?:#|TN:|VER:|FN:|FNL:|FNA:|FNF:|FNH:|BRF:|BRH:|LF:|LH:|MCDC:|MCF:|MRF:|MRH:|BA:|KF:)/u;

function whole(text: string): number | undefined {
  return /^\d{1,20}$/u.test(text) ? Number(text) : undefined;
}

function strange(number: number, line: string): never {
  const found = JSON.stringify(line.slice(0, 60));
  return stop(
    'unparsable',
    `line ${number} is not LCOV: ${found}`,
    'Let the command write an LCOV tracefile.',
  );
}

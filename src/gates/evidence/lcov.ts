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
    const line = text.charCodeAt(end - 1) === 0x0d ? text.slice(start, end - 1) : text.slice(start, end);
    start = end + 1;
    if (line.startsWith('DA:')) {
      if (file === null) return strange(number, line);
      const comma = line.indexOf(',', 3);
      const own = whole(line.slice(3, comma < 0 ? undefined : comma));
      // A third field, the checksum, may follow.
      const next = line.indexOf(',', comma + 1);
      const hits = comma < 0 ? undefined : whole(line.slice(comma + 1, next < 0 ? undefined : next));
      if (own === undefined || hits === undefined) return strange(number, line);
      sum.line(file, own, hits);
    } else if (line.startsWith('SF:')) {
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

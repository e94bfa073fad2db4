import { isObject, readJson, shape, type Json } from './bounded-json.js';
import { coverageSum, type CoverageSum } from './coverage-sum.js';
import type { CoverageMeasured } from './measurement.js';

const FORMAT = 'Istanbul';

/** Istanbul's `coverage-final.json`: maps of statements, functions and branches with their hits. Not the summary, which has no lines. */
export function readIstanbul(bytes: Uint8Array): CoverageMeasured {
  const report = readJson(bytes, FORMAT);
  const sum = coverageSum(FORMAT);
  for (const [key, value] of Object.entries(report)) {
    const file = isObject(value) && isObject(value['data']) ? value['data'] : value;
    if (!isObject(file)) return shape(FORMAT, `an object for ${JSON.stringify(key.slice(0, 80))}`);
    readFile(typeof file['path'] === 'string' ? file['path'] : key, file, sum);
  }
  return sum.done('istanbul');
}

function readFile(path: string, file: Json, sum: CoverageSum): void {
  const { statementMap, s, f, b } = file;
  if (!isObject(statementMap) || !isObject(s)) return shape(FORMAT, '`statementMap` and `s` of a file');
  sum.file(path);
  for (const [id, place] of Object.entries(statementMap)) {
    const start = isObject(place) && isObject(place['start']) ? place['start']['line'] : undefined;
    const hits = Object.hasOwn(s, id) ? s[id] : undefined;
    if (!isCount(start) || !isCount(hits)) return shape(FORMAT, 'the line and hits of a statement');
    // Istanbul's own rule: a line is covered as well as the best of the statements that begin on it.
    sum.line(path, start, hits, 'max');
  }
  const functions = isObject(f) ? Object.values(f) : [];
  sum.functions(functions.filter((hits) => isCount(hits) && hits > 0).length, functions.length);
  for (const arms of isObject(b) ? Object.values(b) : []) {
    if (!Array.isArray(arms)) return shape(FORMAT, 'the hits of a branch');
    sum.branches(arms.filter((hits) => isCount(hits) && hits > 0).length, arms.length);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

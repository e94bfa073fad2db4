import { countOf, readXml } from './bounded-xml.js';
import { coverageSum } from './coverage-sum.js';
import { shape } from './bounded-json.js';
import type { CoverageMeasured } from './measurement.js';

/** Cobertura XML, as coverage.py, gcovr, Istanbul, Coverlet and others write it. */
export function readCobertura(bytes: Uint8Array): CoverageMeasured & { readonly sources: readonly string[] } {
  const sum = coverageSum('Cobertura');
  const sources: string[] = [];
  const path: string[] = [];
  let source: string | null = null;
  let file: string | null = null;
  let method: { covered: boolean } | null = null;
  readXml(bytes, 'Cobertura', {
    open: (name, attributes) => {
      if (path.length === 0 && name !== 'coverage') shape('Cobertura', '`coverage` as its root');
      path.push(name);
      if (name === 'source') source = '';
      else if (name === 'class') {
        file = attributes['filename'] ?? shape('Cobertura', 'the `filename` of a class');
        sum.file(file);
      } else if (name === 'method') method = { covered: false };
      else if (name === 'line' && file !== null) {
        const number = countOf(attributes['number']);
        const hits = countOf(attributes['hits']);
        if (number === undefined || hits === undefined)
          return shape('Cobertura', 'the number and hits of a line');
        // A method repeats lines of its class, and classes of one file may share lines.
        sum.line(file, number, hits, 'max');
        if (method !== null) method.covered ||= hits > 0;
        else {
          const branch = /\((\d{1,9})\/(\d{1,9})\)/u.exec(attributes['condition-coverage'] ?? '');
          if (branch !== null)
            sum.branches(Math.min(Number(branch[1]), Number(branch[2])), Number(branch[2]));
        }
      }
    },
    close: (name) => {
      path.pop();
      if (name === 'class') file = null;
      if (name === 'method' && method !== null) {
        sum.functions(method.covered ? 1 : 0, 1);
        method = null;
      }
      if (name === 'source' && source !== null) {
        if (sources.length < 100) sources.push(source.trim());
        source = null;
      }
    },
    text: (text) => {
      if (source !== null && source.length < 4096) source += text;
    },
  });
  return { ...sum.done('cobertura'), sources };
}

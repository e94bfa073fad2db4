import { isObject, readJson, shape } from './bounded-json.js';
import { tooMany } from './bounded-xml.js';
import { EVIDENCE_LIMITS } from './limits.js';
import { share, type MutationMeasured } from './measurement.js';

const FORMAT = 'Stryker';
const DETECTED = new Set(['Killed', 'Timeout']);
const UNDETECTED = new Set(['Survived', 'NoCoverage']);
const NOT_COUNTED = new Set(['CompileError', 'RuntimeError', 'Ignored']);
const MOST_SURVIVORS = 20;

/**
 * Mutation testing report (schema 1 and 2). Score = detected / (detected + undetected); a mutant that is still pending, or of a status
 * that is not known, was not detected.
 */
export function readStryker(bytes: Uint8Array): MutationMeasured {
  const report = readJson(bytes, FORMAT);
  const { files } = report;
  if (!isObject(files) || typeof report['schemaVersion'] !== 'string')
    return shape(FORMAT, '`schemaVersion` and `files`');
  const survivors: { path: string; line: number; mutator: string }[] = [];
  let [detected, undetected, ignored] = [0, 0, 0];
  for (const [path, file] of Object.entries(files)) {
    const mutants = isObject(file) ? file['mutants'] : undefined;
    if (!Array.isArray(mutants)) return shape(FORMAT, 'the mutants of a file');
    for (const mutant of mutants as readonly unknown[]) {
      if (!isObject(mutant) || typeof mutant['status'] !== 'string')
        return shape(FORMAT, 'the status of a mutant');
      const { status } = mutant;
      if (DETECTED.has(status)) detected += 1;
      else if (NOT_COUNTED.has(status)) ignored += 1;
      else {
        undetected += 1;
        const start = isObject(mutant['location']) ? mutant['location']['start'] : undefined;
        const line = isObject(start) && typeof start['line'] === 'number' ? start['line'] : 0;
        if (UNDETECTED.has(status) && survivors.length < MOST_SURVIVORS) {
          survivors.push({ path, line, mutator: String(mutant['mutatorName']).slice(0, 100) });
        }
      }
    }
    if (detected + undetected + ignored > EVIDENCE_LIMITS.entries)
      tooMany(FORMAT, 'mutants', EVIDENCE_LIMITS.entries);
  }
  const valid = detected + undetected;
  return {
    kind: 'mutation',
    format: 'stryker',
    figures: { score: valid === 0 ? 0 : share(detected, valid), detected, survived: undetected, ignored },
    empty: valid === 0 ? 'the report has no mutant that counts' : null,
    revision: null,
    survivors,
  };
}

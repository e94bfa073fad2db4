import { EVIDENCE_LIMITS, FORMATS, readEvidence, type Format, type Kind } from '../../gates/index.js';
import type { JsonOption } from '../command.js';
import { DONE, misuse } from '../failure.js';
import { json, paint, print, printable } from '../output.js';
import { readBounded } from '../read-input.js';

const REFUSED = 1;

/** `arbiter gates read`. */
export const readReport = async (
  kind: string,
  format: string,
  file: string,
  options: JsonOption,
): Promise<number> => {
  const measure = measureOf(kind, format);
  const bytes = await readBounded(file, EVIDENCE_LIMITS.bytes, 'report');
  const read = readEvidence(measure, bytes);
  const problem = read.ok
    ? read.value.empty === null
      ? null
      : {
          rule: 'arbiter.evidence.empty',
          message: read.value.empty,
          repair: 'Let the command measure something.',
        }
    : read.problem;
  const figures = read.ok ? read.value.figures : {};
  if (options.json === true) json({ file, kind, format, figures, problem });
  else {
    for (const [name, value] of Object.entries(figures))
      print(`${name.padEnd(18)} ${Math.floor(value * 100) / 100}`);
    if (problem !== null)
      print(printable(`${paint('red', problem.rule)} ${problem.message}\n  ${problem.repair}`));
  }
  return problem === null ? DONE : REFUSED;
};

const measureOf = (kind: string, format: string): { kind: Kind; format: Format } => {
  const formats: readonly string[] | undefined = Object.hasOwn(FORMATS, kind)
    ? FORMATS[kind as Kind]
    : undefined;
  if (formats === undefined) {
    throw misuse(`one of ${Object.keys(FORMATS).join(', ')}`, kind, 'correct the kind', 'UNKNOWN_KIND');
  }
  const readable = formats.filter((each) => !MADE_HERE.has(each));
  if (!readable.includes(format)) {
    throw misuse(
      readable.length === 0 ? 'a kind that is read from a report' : `one of ${readable.join(', ')}`,
      `${kind} ${format}`,
      'correct the format',
      'UNKNOWN_FORMAT',
    );
  }
  return { kind: kind as Kind, format: format as Format };
};

/** Not read from a file alone: made by Arbiter from the diff, or signed with keys of a policy. */
const MADE_HERE: ReadonlySet<string> = new Set(['diff', 'manifests', 'files', 'attestation']);

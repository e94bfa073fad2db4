import { checkSpec } from '../../caws/index.js';
import {
  GATES_PATH,
  MOST_GATES_BYTES,
  orderGates,
  parseGates,
  requiredGates,
  type GateOrder,
  type GatesFinding,
} from '../../gates/index.js';
import type { GatesCheckOptions } from '../commands/gates.js';
import { DONE, misuse } from '../failure.js';
import { json, paint, print, printable } from '../output.js';
import { readBounded } from '../read-input.js';

const REFUSED = 1;
const MOST_SPEC_BYTES = 256 * 1024;

/** `arbiter gates check`. */
export const checkGates = async (file = GATES_PATH, options: GatesCheckOptions): Promise<number> => {
  const text = (await readBounded(file, MOST_GATES_BYTES + 1, 'gates file')).toString('utf8');
  const check = parseGates(text);
  const wanted = options.spec === undefined ? undefined : await forSpec(options.spec, check);
  const valid = check.ok && (wanted === undefined || isEnough(wanted.required));
  if (options.json === true) {
    json({ file, valid, sha256: check.sha256, diagnostics: check.diagnostics, ...wanted });
    return valid ? DONE : REFUSED;
  }
  for (const { severity, rule, message, pointer, line, column, narrowRepair } of check.diagnostics) {
    const place = line === undefined ? (pointer ?? '/') : `${line}:${column ?? 1}`;
    print(
      printable(
        `${paint(severity === 'error' ? 'red' : 'yellow', severity)} ${file}:${place} ${rule}: ${message}`,
      ),
    );
    if (narrowRepair !== undefined) print(printable(`  ${narrowRepair}`));
  }
  for (const { message, repair } of wanted?.required.violations ?? [])
    print(printable(`${paint('red', 'error')} ${message}\n  ${repair}`));
  for (const order of wanted?.gates ?? []) print(printable(lineOf(order)));
  if (valid) print(`${paint('green', 'valid')} ${printable(file)}`);
  return valid ? DONE : REFUSED;
};

interface Wanted {
  readonly gates: readonly GateOrder[];
  readonly required: GatesFinding;
}

const forSpec = async (file: string, check: ReturnType<typeof parseGates>): Promise<Wanted> => {
  const { spec } = checkSpec((await readBounded(file, MOST_SPEC_BYTES, 'spec')).toString('utf8'));
  if (spec === undefined) {
    throw misuse(
      'a valid CAWS v12 spec',
      `violations in ${file}`,
      `see: arbiter spec check ${file}`,
      'SPEC_INVALID',
    );
  }
  // Which paths the work will touch is not known yet: a gate for some paths only is listed as if it touched them.
  const declared = check.gates;
  const everywhere =
    declared === undefined
      ? undefined
      : {
          ...declared,
          gates: Object.fromEntries(
            Object.entries(declared.gates).map(([name, { paths: _paths, ...gate }]) => [name, gate]),
          ),
        };
  return {
    gates: everywhere === undefined ? [] : orderGates(spec, everywhere, []),
    required: requiredGates(spec, check),
  };
};

const isEnough = ({ result }: GatesFinding): boolean => result === 'PASS' || result === 'NOT_APPLICABLE';

const lineOf = ({ gate, command, measures }: GateOrder): string => {
  const what = measures.map(({ kind, severity, thresholds }) => {
    const limits = Object.entries(thresholds).map(([name, limit]) => `${name} ${limit}`);
    return `${kind}${severity === 'MUST' ? '' : ' (advice)'}${limits.length === 0 ? '' : `: ${limits.join(', ')}`}`;
  });
  return `${gate}  ${command.length === 0 ? '(no command)' : command.join(' ')}\n  ${what.join('; ')}`;
};

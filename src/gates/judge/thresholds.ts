import type { GateViolation } from '../clause.js';
import { THRESHOLDS } from '../declared/kinds.js';
import type { Measure } from '../declared/order.js';
import { percent } from '../words.js';

/** Figures against the thresholds of the order; one violation for each that is not kept. A figure that is not there is not kept either. */
export function againstThresholds(
  { kind, thresholds }: Pick<Measure, 'kind' | 'thresholds'>,
  figures: Readonly<Record<string, number>>,
  left: ReadonlySet<string> = new Set(),
): GateViolation[] {
  return Object.entries(thresholds).flatMap(([name, limit]) => {
    if (left.has(name)) return [];
    const sense = THRESHOLDS[kind][name];
    const figure = figures[name];
    if (figure === undefined || sense === undefined) {
      const message = `the report does not say \`${name}\`, for which there is a threshold`;
      return [
        {
          rule: `arbiter.gate.${kind}.unmeasured`,
          path: '/',
          message,
          repair: `Let the tool measure ${name}.`,
        },
      ];
    }
    // Written so that NaN keeps nothing.
    const kept = sense === 'min' ? figure >= limit : figure <= limit;
    if (kept) return [];
    const shown = isShare(kind, name) ? percent : String;
    const message = `${name.replace(/_/gu, ' ')}: ${shown(figure)}, ${sense === 'min' ? 'at least' : 'at most'} ${shown(limit)} is asked for`;
    return [{ rule: `arbiter.gate.${kind}.${name}`, path: '/', message, repair: REPAIRS[kind] }];
  });
}

function isShare(kind: Measure['kind'], name: string): boolean {
  return kind === 'coverage' || (kind === 'mutation' && name === 'score');
}

const REPAIRS: Readonly<Record<Measure['kind'], string>> = {
  tests: 'Repair what the failing tests show.',
  coverage: 'Add tests for the lines that none reaches.',
  mutation: 'Add assertions that notice the surviving mutants.',
  'static-analysis': 'Repair the findings.',
  security: 'Repair the findings.',
  contracts: 'Keep the contract, or submit a feature spec whose scope names it.',
  secrets: 'Take the credential out of the change, and replace it where it was valid.',
  dependencies: 'Leave the dependency out, or have the limit of the policy raised.',
};

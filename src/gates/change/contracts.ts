import type { GateOrder } from '../declared/order.js';
import type { FindingsMeasured, ReportedFinding } from '../evidence/measurement.js';
import type { ChangeFacts } from './facts.js';

/** The declared contracts: each file exists at the result, and is changed only where the spec says so. */
export function contractFiles(
  contracts: GateOrder['contracts'],
  { touched, present }: Pick<ChangeFacts, 'touched' | 'present'>,
): FindingsMeasured {
  const findings: ReportedFinding[] = contracts.flatMap(({ name, path, mayChange }) => {
    const finding = (rule: string, message: string): ReportedFinding => ({
      rule,
      level: 'error',
      message,
      path,
      line: 0,
      suppressed: 'no',
    });
    if (!present.has(path)) return [finding('contract.missing', `contract ${name} is not there`)];
    if (!touched.has(path) || mayChange) return [];
    return [
      finding('contract.changed', `contract ${name} is changed; only a feature whose scope.in names it may`),
    ];
  });
  return {
    kind: 'contracts',
    format: 'files',
    figures: { declared: contracts.length, errors: findings.length },
    empty: null,
    revision: null,
    findings,
  };
}

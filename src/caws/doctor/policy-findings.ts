import type { Policy } from '../model.js';
import { CRITICAL_GATES, RISKY_ROOT_FILES } from '../policy.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { ProjectState } from './state.js';

export function policyFindings({ policy, policyWarnings = [] }: ProjectState): Finding[] {
  if (policy !== undefined) {
    return policyWarnings.map(({ rule, message, narrowRepair }) =>
      finding(
        'policy.valid_with_warnings',
        'warning',
        '.caws/policy.yaml',
        `${rule}: ${message}`,
        narrowRepair ?? 'Correct the policy.',
      ),
    );
  }
  const repair = 'Run `caws init`, or write `.caws/policy.yaml`.';
  return [
    finding(
      'policy.missing',
      'error',
      '.caws/policy.yaml',
      'there is no policy: no budgets and no gates',
      repair,
    ),
  ];
}

/** What a valid policy gives away: gates that do not block, zones as wide as the repository, files that decide how it is built. */
export function postureFindings({ policy }: ProjectState): Finding[] {
  return policy === undefined ? [] : [...gates(policy), ...zones(policy), ...rootFiles(policy)];
}

function gates(policy: Policy): Finding[] {
  return CRITICAL_GATES.flatMap((name) => {
    const { enabled, mode } = policy.gates[name];
    if (enabled && mode === 'block') return [];
    const message = `the gate ${name} does not block (enabled: ${enabled}, mode: ${mode})`;
    const repair = `Write \`${name}: { enabled: true, mode: block }\`.`;
    return [finding('policy.critical_gate_not_blocking', 'warning', `policy.gates.${name}`, message, repair)];
  });
}

const BROAD: readonly string[] = ['*', '**', '**/*', '.', './', '/', '/*'];

function zones({ non_governed_zones = [], non_governed_zones_force }: Policy): Finding[] {
  return non_governed_zones
    .filter((zone) => BROAD.includes(zone))
    .map((zone) =>
      finding(
        'policy.non_governed_zone_broad',
        non_governed_zones_force === true ? 'error' : 'warning',
        'policy.non_governed_zones',
        `the zone \`${zone}\` is as wide as the repository`,
        `Replace \`${zone}\` by the folders that are meant, such as \`research/**\`.`,
      ),
    );
}

function rootFiles({ root_passthrough = [] }: Policy): Finding[] {
  return root_passthrough
    .filter((file) => RISKY_ROOT_FILES.has(file))
    .map((file) =>
      finding(
        'policy.root_passthrough_risky',
        'warning',
        'policy.root_passthrough',
        `${file} may be changed by any spec`,
        `Remove ${file} from root_passthrough.`,
      ),
    );
}

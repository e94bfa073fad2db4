import { waiverEffectiveness } from '../waiver-effect.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { ProjectState } from './state.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Waivers that are over, of gates that do not exist, or revoked after a gate had counted them. */
export function waiverFindings({ waivers = [], policy, events = [], now }: ProjectState): Finding[] {
  const found = waivers.flatMap((waiver): Finding[] => {
    const over = waiver.status === 'active' && waiverEffectiveness(waiver, now) === 'expired';
    return [...(over ? [expired(waiver.id, waiver.expires_at)] : []), ...unknownGates(waiver, policy)];
  });
  const used = new Set(
    events
      .filter(({ event }) => event === 'gate_evaluated')
      .flatMap(({ data }) => (Array.isArray(data.waiver_ids) ? (data.waiver_ids as readonly unknown[]) : [])),
  );
  const revoked = waivers.filter(({ id, status }) => status === 'revoked' && used.has(id));
  return [...found, ...revoked.map(({ id }) => revokedAfterUse(id))];
}

function expired(id: string, end: string): Finding {
  const message = `${id} is stored as active, but ended at ${end}`;
  return finding('waiver.expired_active', 'warning', id, message, `Revoke ${id}, or ask for a new waiver.`);
}

function unknownGates(
  { id, gates }: { readonly id: string; readonly gates: readonly string[] },
  policy: ProjectState['policy'],
): Finding[] {
  if (policy === undefined) {
    const message = `${id} is for ${gates.join(', ')}; without a policy nobody knows whether there are such gates`;
    return [finding('waiver.unknown_gate', 'warning', id, message, 'Load the policy.')];
  }
  return gates
    .filter((gate) => !Object.hasOwn(policy.gates, gate))
    .map((gate) => {
      const message = `${id} is for the gate ${gate}, which the policy does not have`;
      return finding('waiver.unknown_gate', 'error', id, message, `Remove ${gate} from ${id}.`);
    });
}

function revokedAfterUse(id: string): Finding {
  const message = `${id} is revoked, but a gate has counted it before`;
  return finding(
    'waiver.revoked_referenced',
    'warning',
    id,
    message,
    'Decide whether what it let through may stay.',
  );
}

/** Too many waivers for a gate, and those that end soon, both only where the policy sets a measure. */
export function waiverPosture({ waivers = [], policy, now }: ProjectState): Finding[] {
  const effective = waivers.filter((waiver) => waiverEffectiveness(waiver, now) === 'active');
  const { max_active_waivers_per_gate: cap, default_expiry_days: days } = policy?.waivers ?? {};
  const gates = [...new Set(effective.flatMap((waiver) => waiver.gates))].sort();
  const crowded = gates.flatMap((gate) => {
    const count = effective.filter((waiver) => waiver.gates.includes(gate)).length;
    return cap !== undefined && count > cap ? [tooMany(gate, count, cap)] : [];
  });
  const soon = effective.filter(
    ({ expires_at }) => days !== undefined && Date.parse(expires_at) - now.getTime() <= days * DAY_MS,
  );
  return [...crowded, ...soon.map(({ id, expires_at }) => endsSoon(id, expires_at))];
}

function tooMany(gate: string, count: number, cap: number): Finding {
  return finding(
    'waiver.too_many_active_for_gate',
    'warning',
    'policy.waivers.max_active_waivers_per_gate',
    `${count} waivers hold for the gate ${gate}; the policy allows ${cap}`,
    `Revoke waivers of ${gate} that are no longer needed.`,
  );
}

function endsSoon(id: string, end: string): Finding {
  return finding(
    'waiver.expires_soon',
    'info',
    id,
    `${id} ends at ${end}`,
    'Ask for a new waiver, or let it end.',
  );
}

import type { Diagnostic } from './diagnostic.js';
import { infoAt, pointerTo, warningAt } from './diagnostic.js';
import type { Budget, Policy } from './model.js';
import { matchesEntry } from './scope.js';
import { isInside } from './scope-path.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a policy makes of a spec before any work is done: a budget of its own that the policy does not grant, and scope entries
 * that its non-governed zones leave without effect (zones are asked before the scope). Warnings: none makes a spec invalid.
 */
export function policyFit(spec: unknown, policy: Policy): Diagnostic[] {
  if (typeof spec !== 'object' || spec === null) return [];
  return [...budgetOf(spec as Fields, policy), ...zonesOf(spec as Fields, policy)];
}

function budgetOf(spec: Fields, policy: Policy): Diagnostic[] {
  const own = spec['change_budget'];
  const tier = /^T?([123])$/i.exec(String(spec['risk_tier']))?.[1] as '1' | '2' | '3' | undefined;
  if (typeof own !== 'object' || own === null || tier === undefined) return [];
  const granted: Budget = policy.risk_tiers[tier];
  return (['max_files', 'max_loc'] as const).flatMap((key) => {
    const asked = (own as Fields)[key];
    if (typeof asked !== 'number' || asked <= granted[key]) return [];
    const message = `change_budget.${key} is ${asked}; the policy grants ${granted[key]} to tier ${tier}`;
    const repair = 'Split the work, or ask for a waiver: the budget of the spec does not count.';
    return [
      warningAt('arbiter.policy.change_budget_over', message, { pointer: `/change_budget/${key}` }, repair),
    ];
  });
}

function zonesOf(spec: Fields, policy: Policy): Diagnostic[] {
  const zones = policy.non_governed_zones ?? [];
  const scope = spec['scope'];
  if (zones.length === 0 || typeof scope !== 'object' || scope === null) return [];
  return ['in', 'out'].flatMap((list) => {
    const entries = (scope as Fields)[list];
    if (!Array.isArray(entries)) return [];
    return entries.slice(0, 500).flatMap((entry, i) => {
      if (typeof entry !== 'string') return [];
      const zone = zones.find((each) => within(entry, each));
      if (zone === undefined) return [];
      const at = { pointer: pointerTo(['scope', list, i]) };
      const message = `${entry} lies in ${zone}, which the policy does not govern: naming it in scope.${list} has no effect`;
      return list === 'out'
        ? [
            warningAt(
              'arbiter.policy.out_in_zone',
              message,
              at,
              'Narrow the zone in the policy, or remove the entry.',
            ),
          ]
        : [infoAt('arbiter.policy.in_in_zone', message, at, 'Remove the entry.')];
    });
  });
}

/** Whether every path of a plain entry is in the zone; a glob is compared only where its fixed beginning decides. */
function within(entry: string, zone: string): boolean {
  const folder = (/^[^*?[\](){}!@+|]*\//.exec(entry)?.[0] ?? '').replace(/\/$/, '');
  const plain = /[*?[\](){}!@+|]/.test(entry) ? folder : entry.replace(/\/$/, '');
  if (plain === '') return false;
  const whole = zone.replace(/\/\*\*(\/\*)?$/, '');
  return /[*?[\](){}!@+|]/.test(whole)
    ? matchesEntry(zone, plain) && entry === plain
    : isInside(whole, plain);
}

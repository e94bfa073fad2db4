import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import type { Spec } from './model.js';
import { isSegmentPrefix } from './scope-path.js';
import { successorRules } from './successors.js';

/** The semantic layer (`spec.semantic.*`): rules between fields, all of them, each one a function of the spec alone. */
export function validateSpecSemantics(spec: Spec): Diagnostic[] {
  return [
    ...tierRules(spec),
    ...experimentalRules(spec),
    ...lifecycleRules(spec),
    ...successorRules(spec),
    ...scopeRules(spec),
    ...evidenceRules(spec),
  ];
}

function tierRules(spec: Spec): Diagnostic[] {
  const found: Diagnostic[] = [];
  const tier = spec.risk_tier;
  const need = (what: string, pointer: string, repair: string): void => {
    found.push(
      errorAt(
        `spec.semantic.tier${tier}.${what}_required`,
        `a tier ${tier} spec needs ${what}`,
        { pointer },
        repair,
      ),
    );
  };
  if (tier !== 3 && spec.mode !== 'chore' && spec.contracts.length === 0) {
    need('contracts', '/contracts', 'Add one contract with `name` and `type`.');
  }
  if (tier !== 1) return found;
  if (isEmpty(spec.observability))
    need('observability', '/observability', 'Add one log, metric or trace that shows the change.');
  if (isEmpty(spec.rollback)) need('rollback', '/rollback', 'Add one step that takes the change back.');
  if (isEmpty(spec.non_functional.security)) {
    need(
      'security',
      '/non_functional/security',
      'Add one security requirement to `non_functional.security`.',
    );
  }
  return found;
}

function experimentalRules(spec: Spec): Diagnostic[] {
  if (spec.experimental_mode === undefined || spec.risk_tier === 3) return [];
  const message = `experimental_mode is for tier 3 only; this spec has tier ${spec.risk_tier}`;
  return [
    errorAt(
      'spec.semantic.experimental_mode.tier_restricted',
      message,
      { pointer: '/experimental_mode' },
      'Remove `experimental_mode`, or make the work tier 3.',
    ),
  ];
}

function lifecycleRules(spec: Spec): Diagnostic[] {
  const found: Diagnostic[] = [];
  const ended = spec.lifecycle_state === 'closed' || spec.lifecycle_state === 'archived';
  const place = { pointer: '/resolution' };
  if (spec.resolution !== undefined && !ended) {
    const message = `resolution is set but lifecycle_state is ${spec.lifecycle_state}`;
    found.push(
      errorAt(
        'spec.semantic.resolution.requires_closure',
        message,
        place,
        'Remove `resolution`, or close the spec.',
      ),
    );
  }
  if (spec.resolution === undefined && ended) {
    const message = `a ${spec.lifecycle_state} spec needs a resolution`;
    const repair = 'Add `resolution: completed`, `superseded` or `abandoned`.';
    found.push(errorAt('spec.semantic.closed.resolution_required', message, place, repair));
  }
  if (spec.supersedes !== undefined && spec.supersedes === spec.id) {
    const rule = 'spec.semantic.supersedes.self_reference';
    found.push(
      errorAt(
        rule,
        'a spec cannot supersede itself',
        { pointer: '/supersedes' },
        'Name the older spec, or remove `supersedes`.',
      ),
    );
  }
  return found;
}

function scopeRules(spec: Spec): Diagnostic[] {
  const covered = [...spec.scope.in, ...(spec.scope.support ?? [])];
  return (spec.scope.out ?? []).flatMap((out) => {
    const inside = covered.find((entry) => isSegmentPrefix(out, entry));
    if (inside === undefined) return [];
    const message = `scope.out \`${out}\` shuts out \`${inside}\`, which scope.in or scope.support names`;
    const repair = `Narrow \`${out}\` to what must not change, or remove \`${inside}\`.`;
    return [errorAt('spec.semantic.scope.overbroad_out', message, { pointer: '/scope/out' }, repair)];
  });
}

function evidenceRules(spec: Spec): Diagnostic[] {
  const declared = new Set(spec.acceptance.map((criterion) => criterion.id));
  return (spec.evidence ?? []).flatMap((entry, i) => {
    const found: Diagnostic[] = [];
    if (!declared.has(entry.criterion_id)) {
      const message = `evidence names ${entry.criterion_id}, which acceptance does not declare`;
      const place = { pointer: `/evidence/${i}/criterion_id` };
      found.push(
        errorAt('spec.semantic.evidence.criterion_id_unknown', message, place, 'Name an id of `acceptance`.'),
      );
    }
    if (entry.status === 'waived' && (entry.waiver_reason ?? '').trim() === '') {
      const place = { pointer: `/evidence/${i}/waiver_reason` };
      const message = `${entry.criterion_id} is waived without a reason`;
      found.push(
        errorAt('spec.semantic.evidence.waiver_reason_required', message, place, 'Add `waiver_reason`.'),
      );
    }
    return found;
  });
}

function isEmpty(list: readonly string[] | undefined): boolean {
  return list === undefined || list.length === 0;
}

/** Whether an event of a type names a spec: it must, it may, or it must not. */
export type SpecIdClass = 'required' | 'optional' | 'forbidden';

const CLASSES = {
  required: [
    'spec_created',
    'spec_validated',
    'spec_updated',
    'spec_activated',
    'spec_deactivated',
    'spec_closed',
    'spec_reopened',
    'spec_archived',
    'spec_archive_pruned',
    'spec_retired',
    'spec_restored',
    'spec_deleted',
    'spec_scope_amended',
    'spec_body_amended',
    'spec_drift_detected',
    'spec_binding_cleared',
    'evidence_recorded',
    'ac_recorded',
    'test_recorded',
    'gate_evaluated',
    'waiver_applied',
    'waiver_revoked',
    'worktree_bound',
    'worktree_ownership_seized',
  ],
  optional: [
    'worktree_created',
    'worktree_merged',
    'worktree_destroyed',
    'worktree_pruned',
    'worktree_untracked',
    'claim_taken_over',
    'commit_made',
  ],
  forbidden: ['session_started', 'session_ended', 'branch_switched', 'doctor_completed', 'chain_rotated'],
} as const satisfies Record<SpecIdClass, readonly string[]>;

/** The 36 types of CAWS v12's event log. */
export type EventType = (typeof CLASSES)[SpecIdClass][number];

const CLASS_OF = new Map<string, SpecIdClass>(
  (['required', 'optional', 'forbidden'] as const).flatMap((kind) =>
    CLASSES[kind].map((type): [string, SpecIdClass] => [type, kind]),
  ),
);

export const EVENT_TYPES: readonly string[] = [...CLASS_OF.keys()];

/** The class of a type, or null for one that CAWS does not know. */
export function specIdClassOf(type: string): SpecIdClass | null {
  return CLASS_OF.get(type) ?? null;
}

import type { WorktreeRegistry } from './binding.js';
import { recordsOf } from './binding.js';
import { errorAt } from './diagnostic.js';
import { shown } from './formats.js';
import type { Spec } from './model.js';
import type { Checked } from './result.js';
import { refuse } from './result.js';

export type SpecTransition = 'close' | 'archive' | 'delete' | 'merge_finalize';

export interface AllowedTransition {
  readonly transition: SpecTransition;
  readonly allowed: true;
  /** The worktree that the end of a merge releases, if one is bound. */
  readonly binding?: { readonly worktree_name: string; readonly spec_id: string };
}

const ENDS: readonly string[] = ['close', 'archive', 'delete'];

/** Whether a spec may end (`worktree.transition.*`): not while a worktree works on it, unless the end is that worktree's merge. */
export function canTransitionSpecWithWorktree(
  spec: Pick<Spec, 'id'>,
  registry: WorktreeRegistry,
  transition: string,
): Checked<AllowedTransition> {
  const bound = recordsOf(registry).find(([, record]) => record.specId === spec.id)?.[0];
  if (transition === 'merge_finalize') {
    const binding = bound === undefined ? {} : { binding: { worktree_name: bound, spec_id: spec.id } };
    return { ok: true, value: { transition, allowed: true, ...binding } };
  }
  if (!ENDS.includes(transition)) {
    const message = `no such transition: ${shown(transition)}`;
    const repair = 'Write close, archive, delete or merge_finalize.';
    return refuse(errorAt('worktree.transition.invalid_transition', message, { pointer: '/' }, repair));
  }
  if (bound !== undefined) {
    const message = `the worktree ${bound} is bound to ${spec.id}, so ${spec.id} cannot ${transition}`;
    const repair = `Merge or destroy the worktree ${bound} first.`;
    return refuse(
      errorAt('worktree.transition.blocked_by_active_binding', message, { pointer: '/worktree' }, repair),
    );
  }
  return { ok: true, value: { transition: transition as SpecTransition, allowed: true } };
}

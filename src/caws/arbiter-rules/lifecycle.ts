import type { Diagnostic } from '../diagnostic.js';
import { errorAt, warningAt } from '../diagnostic.js';
import type { Spec } from '../model.js';

/** How a spec ended, and who carries on. */
export function lifecycleRules(spec: Spec): Diagnostic[] {
  const { resolution, superseded_by, lifecycle_state, closure_notes, id } = spec;
  const found: Diagnostic[] = [];
  if (resolution === 'superseded' && superseded_by === undefined) {
    const message = 'the spec is superseded, and superseded_by does not say by which';
    const place = { pointer: '/superseded_by' };
    found.push(
      errorAt(
        'arbiter.lifecycle.superseded_by_required',
        message,
        place,
        'Name the spec in `superseded_by`.',
      ),
    );
  }
  if (superseded_by !== undefined && resolution !== 'superseded') {
    const message = `superseded_by names ${superseded_by}, but the spec is not resolved as superseded`;
    const repair = 'Remove `superseded_by`, or close the spec with `resolution: superseded`.';
    found.push(
      warningAt('arbiter.lifecycle.superseded_by_unused', message, { pointer: '/superseded_by' }, repair),
    );
  }
  if (superseded_by === id) {
    const message = 'a spec cannot be superseded by itself';
    const place = { pointer: '/superseded_by' };
    found.push(errorAt('arbiter.lifecycle.superseded_by_self', message, place, 'Name the newer spec.'));
  }
  if (lifecycle_state === 'closed' && (closure_notes ?? '').trim() === '') {
    const message = 'the spec is closed, and closure_notes do not say with what';
    const place = { pointer: '/closure_notes' };
    found.push(
      errorAt(
        'arbiter.lifecycle.closure_notes_required',
        message,
        place,
        'Say what was done in `closure_notes`.',
      ),
    );
  }
  return found;
}

import { recordsOf } from '../binding.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { DoctorSpec, ProjectState } from './state.js';

const HOUR_MS = 60 * 60 * 1000;
const ERROR_COUNT = 10;
const NAMED = 5;

/** Active specs that nobody works on. Each one is a note; together they are a warning, and from a number on an error. */
export function specFindings(state: ProjectState): Finding[] {
  const bound = new Set(recordsOf(state.worktrees).map(([, { specId }]) => specId));
  const idle = state.specs.filter(
    (spec) => spec.lifecycle_state === 'active' && (spec.worktree ?? '') === '' && !bound.has(spec.id),
  );
  const limit = state.unboundActiveThresholdMs ?? HOUR_MS;
  const found: Finding[] = [];
  const stale: string[] = [];
  for (const spec of oldestFirst(idle, state.now)) {
    const age = ageOf(spec, state.now);
    if (age !== null && age > limit) stale.push(spec.id);
  }
  for (const spec of idle) {
    if (ageOf(spec, state.now) === null) found.push(ageless(spec.id));
    else if (stale.includes(spec.id)) found.push(unbound(spec.id));
  }
  return stale.length === 0
    ? found
    : [...found, backlog(stale, state.unboundActiveErrorCount ?? ERROR_COUNT)];
}

function ageOf(spec: DoctorSpec, now: Date): number | null {
  const at = Date.parse(spec.updated_at ?? '');
  return Number.isNaN(at) ? null : now.getTime() - at;
}

function oldestFirst(specs: readonly DoctorSpec[], now: Date): DoctorSpec[] {
  return [...specs].sort((a, b) => (ageOf(b, now) ?? 0) - (ageOf(a, now) ?? 0));
}

function ageless(id: string): Finding {
  return finding(
    'spec.unbound_active_timestamp_missing',
    'info',
    id,
    `${id} is active without a worktree, and updated_at does not say for how long`,
    'Set updated_at, or bind a worktree to the spec.',
  );
}

function unbound(id: string): Finding {
  return finding(
    'spec.unbound_active_stale',
    'info',
    id,
    `${id} is active, but no worktree has been bound to it for too long`,
    `Bind a worktree to ${id}, make it a draft again, or close it if the work is done.`,
  );
}

function backlog(ids: readonly string[], errorCount: number): Finding {
  const rest = ids.length > NAMED ? ` and ${ids.length - NAMED} more` : '';
  return finding(
    'spec.unbound_active_backlog',
    ids.length >= errorCount ? 'error' : 'warning',
    null,
    `${ids.length} active specs have no worktree: ${ids.slice(0, NAMED).join(', ')}${rest}`,
    'Bind what is being worked on; make the rest drafts again, or close what is done.',
  );
}

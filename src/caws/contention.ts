import type { WorktreeRecord, WorktreeRegistry } from './binding.js';
import { recordsOf } from './binding.js';
import type { Spec } from './model.js';
import { matchesEntry } from './scope.js';

export interface Claimant {
  readonly worktreeName: string;
  readonly specId: string;
  /** The entry of the spec's scope.in that holds the path. */
  readonly matchedPattern: string;
}

export type Contention =
  | { readonly status: 'claimed'; readonly claimants: readonly Claimant[] }
  | { readonly status: 'clear'; readonly claimants: readonly [] }
  | {
      readonly status: 'undetermined';
      readonly reason: 'missing-specId' | 'missing-spec' | 'missing-scope';
      readonly worktreeName: string;
    };

export interface ContentionQuestion {
  /** Normalised: see `normalizePath`. */
  readonly path: string;
  readonly worktrees: WorktreeRegistry;
  readonly specs: readonly Pick<Spec, 'id' | 'lifecycle_state' | 'scope'>[];
  /** Only worktrees that started from this branch contend. */
  readonly currentBranch: string;
  /** Whether a worktree is still there; all are if this is left out. */
  readonly worktreeExists?: (worktree: {
    readonly path: string | undefined;
    readonly name: string;
  }) => boolean;
}

/**
 * Who else works on a path: the worktrees of the same branch whose active spec has it in scope.in (`scope.support` claims nothing).
 * The first worktree that cannot be judged makes the whole answer undetermined, which is not clear.
 */
export function evaluateContention(question: ContentionQuestion): Contention {
  const specs = new Map(question.specs.map((spec) => [spec.id, spec]));
  const claimants: Claimant[] = [];
  for (const [name, record] of recordsOf(question.worktrees)) {
    if (!contends(question, name, record)) continue;
    const undetermined = (reason: 'missing-specId' | 'missing-spec' | 'missing-scope'): Contention => ({
      status: 'undetermined',
      reason,
      worktreeName: name,
    });
    if (record.specId === undefined || record.specId === '') return undetermined('missing-specId');
    const spec = specs.get(record.specId);
    if (spec === undefined) return undetermined('missing-spec');
    if (spec.lifecycle_state !== 'active') continue;
    if (spec.scope.in.length === 0) return undetermined('missing-scope');
    const matchedPattern = spec.scope.in.find((entry) => matchesEntry(entry, question.path));
    if (matchedPattern !== undefined) claimants.push({ worktreeName: name, specId: spec.id, matchedPattern });
  }
  return claimants.length > 0 ? { status: 'claimed', claimants } : { status: 'clear', claimants: [] };
}

function contends(
  { currentBranch, worktreeExists }: ContentionQuestion,
  name: string,
  record: WorktreeRecord,
): boolean {
  return record.baseBranch === currentBranch && (worktreeExists?.({ path: record.path, name }) ?? true);
}

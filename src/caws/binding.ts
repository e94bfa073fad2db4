import { isRecord } from './formats.js';
import type { Spec } from './model.js';

/** One entry of `.caws/worktrees.json`. */
export interface WorktreeRecord {
  readonly specId?: string;
  readonly path?: string;
  readonly branch?: string;
  readonly baseBranch?: string;
  readonly owner?: { readonly session_id?: string; readonly platform?: string };
  readonly prior_owners?: readonly unknown[];
}

export type WorktreeRegistry = Readonly<Record<string, WorktreeRecord>>;

export interface OneSided {
  readonly specHasWorktree: boolean;
  readonly registryHasSpecId: boolean;
  readonly specWorktree?: string;
  readonly registrySpecId?: string;
  readonly worktreeName: string;
}

export type BindingState<S> =
  | { readonly kind: 'bound'; readonly spec: S; readonly worktreeName: string }
  | { readonly kind: 'one_sided'; readonly detail: OneSided }
  | { readonly kind: 'unbound' };

/**
 * Whether a spec and a worktree are bound: both must name the other. If one of them names anything, but not so, the binding is
 * one-sided: it gives no authority, and nobody repairs it silently.
 */
export function deriveBindingState<S extends Pick<Spec, 'id' | 'worktree'>>(
  spec: S,
  registry: WorktreeRegistry,
  worktreeName: string,
): BindingState<S> {
  const registrySpecId = recordOf(registry, worktreeName)?.specId ?? '';
  const specWorktree = spec.worktree ?? '';
  if (registrySpecId === spec.id && specWorktree === worktreeName)
    return { kind: 'bound', spec, worktreeName };
  if (registrySpecId === '' && specWorktree === '') return { kind: 'unbound' };
  return {
    kind: 'one_sided',
    detail: {
      specHasWorktree: specWorktree !== '',
      registryHasSpecId: registrySpecId !== '',
      ...(specWorktree === '' ? {} : { specWorktree }),
      ...(registrySpecId === '' ? {} : { registrySpecId }),
      worktreeName,
    },
  };
}

/** The record of a name, and never a member that the registry's own object has. */
export function recordOf(registry: WorktreeRegistry, name: string): WorktreeRecord | undefined {
  return Object.hasOwn(registry, name) ? registry[name] : undefined;
}

/** The entries that are records; older registries have others beside them, such as a version. */
export function recordsOf(registry: WorktreeRegistry | undefined): [string, WorktreeRecord][] {
  return Object.entries(registry ?? {}).filter(([, record]) => isRecord(record));
}

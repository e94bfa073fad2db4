import type { WorktreeRegistry } from '../binding.js';
import type { ChainedEvent } from '../evidence/event.js';
import type { Policy, Spec } from '../model.js';
import type { Diagnostic } from '../diagnostic.js';
import type { Waiver } from '../waiver.js';

/** One file of `.caws/leases/`: a sign of life, never an authority. */
export interface Lease {
  readonly session_id: string;
  readonly status: string;
  readonly last_active?: string;
  readonly pid?: number;
}

/** Which files of the layout are there. What was not looked at is left out, and left out is not absent. */
export interface Layout {
  readonly cawsDirExists?: boolean;
  readonly specsDirExists?: boolean;
  readonly waiversDirExists?: boolean;
  readonly worktreesJsonExists?: boolean;
  readonly agentsJsonExists?: boolean;
  readonly hookPackInstalled?: boolean;
  /** Whether the folder of each registered worktree is there. */
  readonly worktreeDirByName?: Readonly<Record<string, boolean>>;
}

export type DoctorSpec = Pick<Spec, 'id' | 'lifecycle_state' | 'worktree' | 'updated_at'>;

/** The state of a project as somebody else has read it: the doctor reads nothing itself. */
export interface ProjectState {
  readonly now: Date;
  readonly specs: readonly DoctorSpec[];
  readonly policy?: Policy;
  readonly policyWarnings?: readonly Diagnostic[];
  readonly worktrees?: WorktreeRegistry;
  readonly leases?: Readonly<Record<string, unknown>>;
  readonly events?: readonly ChainedEvent[];
  readonly waivers?: readonly Waiver[];
  readonly filesystem?: Layout;
  readonly initResidue?: { readonly workingSpecYaml: boolean; readonly workingSpecSchemaJson: boolean };
  /** Linked worktrees that git knows; left out if git could not be asked. */
  readonly gitWorktrees?: readonly { readonly path: string; readonly branch?: string }[];
  readonly gitObservationFailure?: string;
  /** A lease without a sign of life for longer counts as gone. Default: 24 h. */
  readonly staleAgentTtlMs?: number;
  /** An active spec without a worktree is stale after this long. Default: 1 h. */
  readonly unboundActiveThresholdMs?: number;
  /** From this many stale specs on they are an error. Default: 10. */
  readonly unboundActiveErrorCount?: number;
  /** More prior owners than this are worth a warning. Default: 25. */
  readonly priorOwnersGrowthThreshold?: number;
}

import type { Spec } from '../../caws/index.js';
import type { FileChange } from './file-change.js';
import type { PolicyChoice } from './policy-choice.js';

export interface EvidenceDigest {
  readonly name: string;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
}

/** A path that the change brings in, and one that lies in the result beside it. */
export interface Twin {
  readonly path: string;
  readonly twin: string;
}

export interface ResultQuestion {
  /** The spec as it was accepted; null if it cannot be had any more, which fails. */
  readonly spec: Spec | null;
  /** From {@link choosePolicy}, with the policy at the base commit. */
  readonly policy: PolicyChoice;
  /** False for a task without a repository: the clauses about files are then NOT_APPLICABLE. */
  readonly workspace: boolean;
  /** Arbiter's own diff from base to result; null if it could not be made, which fails. */
  readonly changes: readonly FileChange[] | null;
  /** Names of the result that are the same as a new one where case or Unicode form does not matter. */
  readonly twins?: readonly Twin[];
  /** Null if it could not be decided, which fails. */
  readonly baseIsAncestor: boolean | null;
  /** Where the spec lies in the repository, if it came from there. */
  readonly specPath?: string | null;
  /** Lower-case hex SHA-256 of the result of a task without a workspace. */
  readonly resultSha256?: string | null;
  readonly evidence?: readonly EvidenceDigest[];
  /** Why `changes` or `baseIsAncestor` is null: the code and message of what went wrong. */
  readonly trouble?: string;
}

/** What the clauses about files work on: everything is there. */
export interface FileFacts {
  readonly spec: Spec;
  readonly policy: Exclude<PolicyChoice, { source: 'NONE' | 'INVALID' }>;
  readonly changes: readonly FileChange[];
  readonly twins: readonly Twin[];
  readonly specPath: string | null;
}

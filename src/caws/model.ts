/** The CAWS v12 working spec (`spec.v1`) and policy (`policy.v1`) as they are after the shape layer has passed. */
export type Tier = 1 | 2 | 3;

export interface SpecScope {
  readonly in: readonly string[];
  readonly out?: readonly string[];
  readonly support?: readonly string[];
}

export interface Successor {
  readonly target_spec_id: string;
  readonly disposition: 'required' | 'declined' | 'absorbed';
  readonly rationale?: string;
  readonly absorbed_by?: string;
}

export interface Criterion {
  readonly id: string;
  readonly given: string;
  readonly when: string;
  readonly then: string;
  readonly test_command?: string;
  readonly test_nodeids?: readonly string[];
  readonly evidence?: string;
  readonly narrative?: string;
}

export interface EvidenceEntry {
  readonly criterion_id: string;
  readonly status: 'pass' | 'fail' | 'unchecked' | 'waived';
  readonly recorded_at: string;
  readonly evidence_ref?: string;
  readonly waiver_reason?: string;
  readonly test_nodeid?: string;
  readonly command?: string;
  readonly exit_code?: number;
  readonly artifact_path?: string;
  readonly commit_sha?: string;
}

export interface Contract {
  readonly name: string;
  readonly type: 'api' | 'schema' | 'contract-test' | 'behavior';
  readonly path?: string;
  readonly description?: string;
}

export interface Spec {
  readonly id: string;
  readonly title: string;
  readonly risk_tier: Tier;
  readonly mode: 'feature' | 'refactor' | 'fix' | 'doc' | 'chore';
  readonly lifecycle_state: 'draft' | 'active' | 'closed' | 'archived';
  readonly resolution?: 'completed' | 'superseded' | 'abandoned';
  readonly blockers?: readonly {
    readonly reason: string;
    readonly waiting_on?: string;
    readonly since?: string;
  }[];
  readonly supersedes?: string;
  readonly superseded_by?: string;
  readonly successors?: readonly Successor[];
  readonly worktree?: string;
  readonly operational_rollback_slo?: string;
  readonly blast_radius: { readonly modules: readonly string[]; readonly data_migration?: boolean };
  readonly scope: SpecScope;
  readonly invariants: readonly string[];
  readonly acceptance: readonly Criterion[];
  readonly non_functional: {
    readonly performance?: readonly string[];
    readonly security?: readonly string[];
    readonly accessibility?: readonly string[];
    readonly reliability?: readonly string[];
  };
  readonly contracts: readonly Contract[];
  readonly observability?: readonly string[];
  readonly rollback?: readonly string[];
  readonly experimental_mode?: {
    readonly enabled: boolean;
    readonly rationale: string;
    readonly expires_at: string;
  };
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly owner?: string;
  readonly closure_notes?: string;
  readonly evidence?: readonly EvidenceEntry[];
}

/** Limits of one change: files touched and lines inserted plus deleted. */
export interface Budget {
  readonly max_files: number;
  readonly max_loc: number;
}

export interface Gate {
  readonly enabled: boolean;
  readonly mode: 'block' | 'warn' | 'skip';
  readonly description?: string;
  readonly thresholds?: Readonly<Record<string, unknown>>;
}

export interface Policy {
  readonly version: 1;
  readonly risk_tiers: Readonly<Record<'1' | '2' | '3', Budget & { readonly description?: string }>>;
  readonly gates: {
    readonly budget_limit: Gate;
    readonly spec_completeness: Gate;
    readonly scope_boundary: Gate;
    readonly god_object?: Gate;
    readonly todo_detection?: Gate;
  };
  readonly waivers?: {
    readonly min_approvers_for_budget_raise?: number;
    readonly max_active_waivers_per_gate?: number;
    readonly default_expiry_days?: number;
  };
  readonly non_governed_zones?: readonly string[];
  readonly non_governed_zones_force?: boolean;
  readonly root_passthrough?: readonly string[];
  readonly edit_rules?: {
    readonly policy_and_code_same_pr?: boolean;
    readonly require_signed_commits?: boolean;
    readonly require_dual_control_for_governance?: boolean;
  };
  readonly agents?: { readonly last_modified_paths_ttl_seconds?: number };
}

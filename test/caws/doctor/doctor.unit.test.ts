import { expect } from 'chai';
import { DEFAULT_POLICY, inspectProjectState, prepareAppend } from '../../../src/caws/index.js';
import type { ChainedEvent, Policy, ProjectState, Waiver } from '../../../src/caws/index.js';
import { readable } from '../support.js';

const NOW = new Date('2026-06-15T12:00:00Z');

/** `severity rule subject` of what is found in a project with a policy and nothing else but this. */
function found(state: Partial<ProjectState>): string[] {
  const report = inspectProjectState({ now: NOW, specs: [], policy: DEFAULT_POLICY, ...state });
  readable(report.findings);
  return report.findings.map(
    (f) => `${f.severity} ${f.rule.replace('doctor.', '')}${f.subject === undefined ? '' : ` ${f.subject}`}`,
  );
}

const active = (id: string, more: object = {}) => ({ id, lifecycle_state: 'active' as const, ...more });
const policy = (more: Partial<Policy>): Policy => ({ ...DEFAULT_POLICY, ...more });

describe('doctor', () => {
  it('nothing to find, and a report that says so', () => {
    expect(inspectProjectState({ now: NOW, specs: [], policy: DEFAULT_POLICY })).to.deep.equal({
      findings: [],
      summary: { errors: 0, warnings: 0, infos: 0 },
      clean: true,
    });
    expect(() => inspectProjectState({ now: new Date('never'), specs: [] })).to.throw(
      TypeError,
      'valid Date',
    );
  });

  it('counts by severity; only errors are unclean', () => {
    const { summary, clean } = inspectProjectState({
      now: NOW,
      specs: [active('A-1', { updated_at: '2026-06-15T10:00:00Z' })],
    });
    expect(summary).to.deep.equal({ errors: 1, warnings: 1, infos: 1 });
    expect(clean).to.equal(false);
    expect(inspectProjectState({ now: NOW, specs: [active('A-1')], policy: DEFAULT_POLICY }).clean).to.equal(
      true,
    );
  });

  it('an active spec that nobody works on: after an hour, or as long as is said', () => {
    const spec = (updated_at: string, id = 'A-1') => active(id, { updated_at });
    const stale = ['info spec.unbound_active_stale A-1', 'warning spec.unbound_active_backlog'];
    expect(found({ specs: [spec('2026-06-15T11:00:00Z')] })).to.deep.equal([]);
    expect(found({ specs: [spec('2026-06-15T10:59:59.999Z')] })).to.deep.equal(stale);
    expect(found({ specs: [spec('2026-06-15T11:59:00Z')], unboundActiveThresholdMs: 1_000 })).to.deep.equal(
      stale,
    );
    expect(found({ specs: [spec('yesterday')] })).to.deep.equal([
      'info spec.unbound_active_timestamp_missing A-1',
    ]);
    expect(found({ specs: [{ ...spec('2020-01-01T00:00:00Z'), lifecycle_state: 'draft' }] })).to.deep.equal(
      [],
    );
    expect(
      found({ specs: [spec('2020-01-01T00:00:00Z')], worktrees: { w: { specId: 'A-1' } } }),
    ).to.deep.equal(['error binding.one_sided w']);
  });

  it('the backlog names the oldest first, five at most, and becomes an error', () => {
    const specs = [1, 2, 3, 4, 5, 6, 7]
      .map((n) => active(`A-${n}`, { updated_at: `2026-06-0${n}T00:00:00Z` }))
      .reverse();
    const report = inspectProjectState({
      now: NOW,
      specs,
      policy: DEFAULT_POLICY,
      unboundActiveErrorCount: 7,
    });
    const backlog = report.findings.at(-1);
    expect(backlog?.severity).to.equal('error');
    expect(backlog?.message)
      .to.contain('7 active specs')
      .and.to.contain(': A-1, A-2, A-3, A-4, A-5 and 2 more');
    const five = inspectProjectState({
      now: NOW,
      specs: specs.slice(2),
      policy: DEFAULT_POLICY,
      unboundActiveErrorCount: 6,
    });
    expect(five.findings.at(-1)).to.include({ severity: 'warning' });
    expect(five.findings.at(-1)?.message).to.match(/: A-1, A-2, A-3, A-4, A-5$/);
  });

  it('bindings, from both sides', () => {
    const bound = { worktrees: { w: { specId: 'A-1' } }, specs: [active('A-1', { worktree: 'w' })] };
    expect(found(bound)).to.deep.equal([]);
    for (const lifecycle_state of ['draft', 'closed', 'archived'] as const) {
      expect(found({ ...bound, specs: [{ id: 'A-1', worktree: 'w', lifecycle_state }] })).to.deep.equal([
        'error binding.spec_not_governable w',
      ]);
    }
    expect(found({ specs: [active('A-1', { worktree: 'w' })], worktrees: { w: {} } })).to.deep.equal([
      'error binding.one_sided A-1',
    ]);
    expect(
      found({ specs: [active('A-1', { worktree: 'w' })], worktrees: { w: { specId: 'B-1' } } }),
    ).to.deep.equal([
      'error binding.registry_missing_spec w',
      'error binding.spec_points_to_foreign_binding A-1',
    ]);
    for (const [lifecycle_state, severity] of [
      ['draft', 'error'],
      ['closed', 'info'],
      ['archived', 'info'],
    ] as const) {
      expect(found({ specs: [{ id: 'A-1', worktree: 'w', lifecycle_state }] })).to.deep.equal([
        `${severity} binding.spec_missing_registry A-1`,
      ]);
    }
    expect(found({ specs: [active('A-1', { worktree: 'toString' })], worktrees: {} })).to.deep.equal([
      'error binding.spec_missing_registry A-1',
    ]);
  });

  it('a registry of an older generation does no harm', () => {
    const worktrees = { version: 1, worktrees: null, list: [] } as unknown as Record<string, object>;
    expect(found({ worktrees, filesystem: { worktreeDirByName: {} } })).to.deep.equal([]);
  });

  it('a worktree whose folder is gone, unless git knows it elsewhere', () => {
    const worktrees = { w: { path: '/elsewhere/w' } };
    const ghost = ['error worktree.ghost_registry_entry w'];
    const filesystem = { worktreeDirByName: { w: false } };
    expect(found({ worktrees, filesystem })).to.deep.equal(ghost);
    expect(found({ worktrees, filesystem, gitWorktrees: [] })).to.deep.equal(ghost);
    expect(found({ worktrees, filesystem: { worktreeDirByName: {} } })).to.deep.equal(ghost);
    expect(found({ worktrees, filesystem, gitWorktrees: [{ path: '/elsewhere/w' }] })).to.deep.equal([]);
    expect(found({ worktrees, filesystem: { worktreeDirByName: { w: true } } })).to.deep.equal([]);
    expect(found({ worktrees }), 'nobody looked').to.deep.equal([]);
    expect(found({ worktrees: { w: {} }, filesystem })).to.deep.equal(ghost);
  });

  it('three stories about one worktree', () => {
    const worktrees = { w: { specId: 'B-1' } };
    expect(found({ worktrees, specs: [active('A-1', { worktree: 'w' }), active('B-1')] })).to.include(
      'error worktree.binding_contradiction_3way w',
    );
    const two = found({
      worktrees,
      specs: [active('A-1', { worktree: 'w' }), active('B-1', { worktree: 'w' })],
    });
    expect(two).to.deep.equal(['error binding.spec_points_to_foreign_binding A-1']);
    expect(found({ worktrees, specs: [active('B-1')] })).to.deep.equal(['error binding.one_sided w']);
  });

  it('worktrees that only git knows, and git that could not be asked', () => {
    const gitWorktrees = [{ path: '/a' }, { path: '/b' }];
    expect(found({ worktrees: { w: { path: '/a' } }, gitWorktrees })).to.deep.equal([
      'info worktree.foreign_physical /b',
    ]);
    expect(found({ gitObservationFailure: 'no git' })).to.deep.equal([
      'info worktree.git_observation_unavailable',
    ]);
    expect(found({ gitObservationFailure: '' })).to.deep.equal([]);
  });

  it('worktrees that only the log knows', () => {
    const chain: ChainedEvent[] = [];
    const append = (event: string, data: object): void => {
      const body = { event, ts: '2026-06-15T00:00:00Z', actor: { kind: 'agent', id: 'a' }, data };
      const next = prepareAppend(chain.at(-1) ?? null, body);
      if (!next.ok) throw new Error(next.errors.map((e) => e.message).join());
      chain.push(next.value);
    };
    const made = (name: string) => ({ name, branch: 'b', base_branch: 'main', path: `/${name}` });
    for (const name of ['lost', 'kept', 'claimed', 'ended', 'lost']) append('worktree_created', made(name));
    append('worktree_destroyed', { worktree_name: 'ended', branch: 'b', path: '/ended' });
    expect(
      found({
        events: chain,
        worktrees: { kept: { specId: 'A-1' } },
        specs: [
          active('A-1', { worktree: 'kept' }),
          { id: 'B-1', lifecycle_state: 'closed', worktree: 'claimed' },
        ],
      }),
    ).to.deep.equal([
      'info binding.spec_missing_registry B-1',
      'warning worktree.event_without_control_plane_binding lost',
    ]);
    const broken = chain.map((e, i) => (i === 1 ? { ...e, ts: '2026-06-15T00:00:01Z' } : e));
    expect(found({ events: broken, worktrees: { kept: {}, lost: {}, claimed: {} } })).to.deep.equal([
      'error event.chain_invalid .caws/events.jsonl',
    ]);
  });

  it('an owner who gives no sign of life; ownership stays', () => {
    const worktrees = { w: { owner: { session_id: 's' } } };
    const silent = ['warning worktree.owner_lease_missing w'];
    const lease = (more: object) => ({
      s: { session_id: 's', status: 'active', last_active: '2026-06-15T11:00:00Z', ...more },
    });
    expect(found({ worktrees })).to.deep.equal(silent);
    expect(found({ worktrees, leases: lease({}) })).to.deep.equal([]);
    expect(found({ worktrees, leases: lease({ status: 'stopped' }) })).to.deep.equal(silent);
    expect(
      found({ worktrees, leases: lease({ last_active: '2026-06-14T12:00:00Z' }) }),
      'to the millisecond',
    ).to.deep.equal([]);
    expect(found({ worktrees, leases: lease({ last_active: '2026-06-14T11:59:59.999Z' }) })).to.deep.equal(
      silent,
    );
    expect(found({ worktrees, leases: lease({}), staleAgentTtlMs: 1_000 })).to.deep.equal(silent);
    expect(found({ worktrees, leases: lease({ last_active: undefined }) })).to.deep.equal(silent);
    for (const metadata of [1, 'x', [], null, { session_id: 's' }, { status: 'active' }]) {
      expect(found({ worktrees, leases: { version: metadata } })).to.deep.equal(silent);
    }
    expect(found({ worktrees: { w: { owner: {} } } })).to.deep.equal([]);
  });

  it('process ids that prove nothing', () => {
    const lease = (id: string, more: object) => ({
      session_id: id,
      status: 'active',
      last_active: '2026-06-15T11:59:00Z',
      pid: 1,
      ...more,
    });
    const note = ['info agent.pid_oracle_unreliable .caws/leases/'];
    expect(found({ leases: { a: lease('a', {}), b: lease('b', { status: 'stopping' }) } })).to.deep.equal(
      note,
    );
    expect(
      found({ leases: { a: lease('a', {}), b: lease('b', { status: 'stopped', pid: undefined }) } }),
    ).to.deep.equal(note);
    expect(found({ leases: { a: lease('a', {}), b: lease('b', { pid: undefined }) } })).to.deep.equal([]);
    expect(
      found({ leases: { a: lease('a', {}), b: lease('b', { last_active: '2020-01-01T00:00:00Z' }) } }),
    ).to.deep.equal([]);
    expect(found({ leases: { a: lease('a', { status: 'stopped' }) } })).to.deep.equal([]);
  });

  it('a worktree that changes hands too often', () => {
    const owners = (count: number) => ({
      worktrees: { w: { prior_owners: Array.from({ length: count }, () => ({})) } },
    });
    expect(found(owners(25))).to.deep.equal([]);
    expect(found(owners(26))).to.deep.equal(['warning ownership.prior_owner_growth w']);
    expect(found({ ...owners(2), priorOwnersGrowthThreshold: 1 })).to.deep.equal([
      'warning ownership.prior_owner_growth w',
    ]);
  });

  it('no policy, and a policy with warnings', () => {
    expect(inspectProjectState({ now: NOW, specs: [] }).findings.map((f) => f.rule)).to.deep.equal([
      'doctor.policy.missing',
    ]);
    const policyWarnings = [
      { rule: 'policy.semantic.x', severity: 'warning' as const, message: 'something is odd' },
    ];
    expect(found({ policyWarnings })).to.deep.equal(['warning policy.valid_with_warnings .caws/policy.yaml']);
  });

  it('gates that do not block', () => {
    for (const gate of [
      { enabled: false, mode: 'block' },
      { enabled: true, mode: 'warn' },
      { enabled: true, mode: 'skip' },
    ] as const) {
      for (const name of ['budget_limit', 'spec_completeness', 'scope_boundary'] as const) {
        expect(found({ policy: policy({ gates: { ...DEFAULT_POLICY.gates, [name]: gate } }) })).to.deep.equal(
          [`warning policy.critical_gate_not_blocking policy.gates.${name}`],
        );
      }
    }
    const todo = { enabled: false, mode: 'skip' } as const;
    expect(
      found({ policy: policy({ gates: { ...DEFAULT_POLICY.gates, todo_detection: todo } }) }),
    ).to.deep.equal([]);
  });

  it('zones as wide as the repository, and files that decide how it is built', () => {
    for (const zone of ['*', '**', '**/*', '.', './', '/', '/*']) {
      const wide = 'policy.non_governed_zone_broad policy.non_governed_zones';
      expect(found({ policy: policy({ non_governed_zones: ['docs/**', zone] }) })).to.deep.equal([
        `warning ${wide}`,
      ]);
      const forced = policy({ non_governed_zones: [zone], non_governed_zones_force: true });
      expect(found({ policy: forced })).to.deep.equal([`error ${wide}`]);
    }
    expect(found({ policy: policy({ root_passthrough: ['README.md', 'package.json'] }) })).to.deep.equal([
      'warning policy.root_passthrough_risky policy.root_passthrough',
    ]);
  });

  const waiver = (id: string, more: Partial<Waiver> = {}): Waiver => ({
    id,
    title: 'a waiver',
    status: 'active',
    gates: ['budget_limit'],
    reason: 'because',
    approved_by: 'ana',
    created_at: '2026-01-01T00:00:00Z',
    expires_at: '2027-01-01T00:00:00Z',
    ...more,
  });

  it('waivers that are over, or of gates that do not exist', () => {
    expect(found({ waivers: [waiver('W-1', { expires_at: '2026-06-15T12:00:00Z' })] })).to.deep.equal([
      'warning waiver.expired_active W-1',
    ]);
    expect(
      found({ waivers: [waiver('W-1', { status: 'revoked', expires_at: '2020-01-01T00:00:00Z' })] }),
    ).to.deep.equal([]);
    expect(
      found({ waivers: [waiver('W-1', { gates: ['budget_limit', 'coverage', 'toString'] })] }),
    ).to.deep.equal(['error waiver.unknown_gate W-1', 'error waiver.unknown_gate W-1']);
    const report = inspectProjectState({ now: NOW, specs: [], waivers: [waiver('W-1')] });
    expect(report.findings.map((f) => `${f.severity} ${f.rule}`)).to.deep.equal([
      'error doctor.policy.missing',
      'warning doctor.waiver.unknown_gate',
    ]);
  });

  it('a waiver that was revoked after a gate had counted it', () => {
    const counted = (waiver_ids: unknown) =>
      prepareAppend(null, {
        event: 'gate_evaluated',
        ts: '2026-06-15T00:00:00Z',
        actor: { kind: 'system', id: 'x' },
        spec_id: 'A-1',
        data: {
          gate_id: 'budget_limit',
          mode: 'block',
          result: 'pass',
          ...(waiver_ids === undefined ? {} : { waiver_ids }),
        },
      });
    for (const [ids, rules] of [
      [['W-1', 'W-2'], ['warning waiver.revoked_referenced W-1']],
      [['W-2'], []],
      [undefined, []],
    ] as const) {
      const event = counted(ids);
      if (!event.ok) throw new Error('no event');
      expect(
        found({ waivers: [waiver('W-1', { status: 'revoked' }), waiver('W-2')], events: [event.value] }),
      ).to.deep.equal(rules);
    }
  });

  it('too many waivers for a gate, counted by what is in force', () => {
    const capped = policy({ waivers: { max_active_waivers_per_gate: 1 } });
    const crowded = 'warning waiver.too_many_active_for_gate policy.waivers.max_active_waivers_per_gate';
    expect(found({ policy: capped, waivers: [waiver('W-1'), waiver('W-2')] })).to.deep.equal([crowded]);
    expect(
      found({ policy: capped, waivers: [waiver('W-1'), waiver('W-2', { gates: ['scope_boundary'] })] }),
    ).to.deep.equal([]);
    expect(
      found({ policy: capped, waivers: [waiver('W-1'), waiver('W-2', { status: 'revoked' })] }),
    ).to.deep.equal([]);
    expect(found({ waivers: [waiver('W-1'), waiver('W-2')] })).to.deep.equal([]);
  });

  it('waivers that end soon, where the policy says what soon is', () => {
    const days = policy({ waivers: { default_expiry_days: 2 } });
    const until = (expires_at: string) => ({ policy: days, waivers: [waiver('W-1', { expires_at })] });
    expect(found(until('2026-06-17T12:00:00Z'))).to.deep.equal(['info waiver.expires_soon W-1']);
    expect(found(until('2026-06-17T12:00:00.001Z'))).to.deep.equal([]);
    expect(found({ waivers: [waiver('W-1', { expires_at: '2026-06-15T12:00:01Z' })] })).to.deep.equal([]);
  });

  it('messages name what they are about', () => {
    const first = (state: Partial<ProjectState>): string =>
      inspectProjectState({ now: NOW, specs: [], policy: DEFAULT_POLICY, ...state }).findings[0]?.message ??
      '';
    const broken = { seq: 2 } as unknown as ChainedEvent;
    expect(first({ events: [broken] })).to.match(
      /does not verify: 3 violations, first evidence\.chain\.seq_gap$/,
    );
    expect(first({ worktrees: { w: { specId: 'A-1' } } }))
      .to.contain('w')
      .and.to.contain('A-1');
    expect(first({ waivers: [waiver('W-9', { expires_at: '2020-01-01T00:00:00Z' })] }))
      .to.contain('W-9')
      .and.to.contain('2020');
    const unread = inspectProjectState({
      now: NOW,
      specs: [],
      waivers: [waiver('W-9', { gates: ['a', 'b'] })],
    });
    expect(unread.findings[1]?.message).to.contain('W-9 is for a, b;');
    const none = inspectProjectState({ now: NOW, specs: [] }).findings[0];
    expect(none).to.include({ subject: '.caws/policy.yaml' });
    readable(none === undefined ? [] : [none]);
  });

  it('only gates count waivers, and only leases give signs of life', () => {
    const other = prepareAppend(null, {
      event: 'commit_made',
      ts: '2026-06-15T00:00:00Z',
      actor: { kind: 'system', id: 'x' },
      data: { waiver_ids: ['W-1'] },
    });
    if (!other.ok) throw new Error('no event');
    expect(found({ waivers: [waiver('W-1', { status: 'revoked' })], events: [other.value] })).to.deep.equal(
      [],
    );
    const nearly = { session_id: 's', last_active: '2026-06-15T11:59:00Z' };
    const worktrees = { w: { owner: { session_id: 's' } } };
    expect(found({ worktrees, leases: { a: nearly } })).to.deep.equal([
      'warning worktree.owner_lease_missing w',
    ]);
    const stopping = { ...nearly, status: 'stopping', pid: 1 };
    expect(found({ leases: { a: stopping } })).to.deep.equal([
      'info agent.pid_oracle_unreliable .caws/leases/',
    ]);
    expect(found({ leases: { a: { ...stopping, pid: undefined } } })).to.deep.equal([]);
  });

  it('files of older generations, and files that are missing', () => {
    expect(found({ initResidue: { workingSpecYaml: true, workingSpecSchemaJson: true } })).to.deep.equal([
      'error init.legacy_working_spec_present .caws/working-spec.yaml',
      'error init.legacy_working_spec_schema_present .caws/working-spec.schema.json',
    ]);
    expect(found({ initResidue: { workingSpecYaml: false, workingSpecSchemaJson: false } })).to.deep.equal(
      [],
    );
    expect(found({ filesystem: { cawsDirExists: true } })).to.deep.equal([
      'warning init.specs_dir_missing .caws/specs',
      'warning init.waivers_dir_missing .caws/waivers',
      'warning init.worktrees_registry_missing .caws/worktrees.json',
      'warning init.agents_registry_missing .caws/agents.json',
    ]);
    const whole = {
      specsDirExists: true,
      waiversDirExists: true,
      worktreesJsonExists: true,
      agentsJsonExists: true,
    };
    expect(found({ filesystem: { cawsDirExists: true, ...whole } })).to.deep.equal([]);
    expect(found({ filesystem: { cawsDirExists: false } })).to.deep.equal([]);
    expect(found({ filesystem: { cawsDirExists: false, hookPackInstalled: true } })).to.deep.equal([
      'warning init.hooks_present_caws_absent .caws',
    ]);
    expect(found({ filesystem: { hookPackInstalled: true } }), 'nobody looked').to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { LoggedEvent } from '../../src/log/domain.js';
import { agentsProjection } from '../../src/projections/agents.js';
import { assignmentsProjection } from '../../src/projections/assignments.js';
import { foldBatch, keysNeeded } from '../../src/projections/engine/fold-batch.js';
import type { Projection } from '../../src/projections/engine/projection.js';
import type { Row } from '../../src/projections/engine/table.js';
import { outcomesProjection } from '../../src/projections/outcomes.js';
import { stateAfter } from '../../src/projections/task-states.js';
import { tasksProjection } from '../../src/projections/tasks.js';
import { envelopeOf, verdictsProjection, type KeptEnvelope } from '../../src/projections/verdicts.js';
import { edgeOf, STATES, TABLE } from '../../src/saga/table.js';
import {
  changedCapabilities,
  changedStatus,
  completedTask,
  issuedVerdict,
  offered,
  outcome,
  registeredAgent,
  task,
  untilRouted,
} from './lifecycle.js';
import { LogWriter, type Said } from './log-writer.js';

const logged = (topic: string, said: readonly Said[]): LoggedEvent[] => {
  const writer = new LogWriter(topic, 0);
  writer.claim = 0;
  return said.map((one, i) => ({ type: one.type, offset: i + 1, body: writer.body(one) }));
};

/** Folds in batches of these sizes (the last repeats), as one projector would, and gives what the tables hold. */
const foldIn = (
  projection: Projection,
  events: readonly LoggedEvent[],
  sizes: readonly number[],
): { rows: Map<string, Row>; lines: Row[]; parked: string[] } => {
  const rows = new Map<string, Row>();
  const lines: Row[] = [];
  const parked = new Set<string>();
  let at = 0;
  for (let i = 0; at < events.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? events.length;
    const folded = foldBatch(projection, 0, events.slice(at, at + size), (key) => rows.get(key), parked);
    for (const [key, row] of folded.rows) rows.set(key, row);
    lines.push(...folded.lines);
    for (const { streamId } of folded.parked) parked.add(streamId);
    at += size;
  }
  return { rows, lines, parked: [...parked] };
};

const all = (projection: Projection, said: readonly Said[]): ReturnType<typeof foldIn> =>
  foldIn(projection, logged(projection.topic, said), [said.length]);

describe('projection folds', () => {
  it('the state after an event is that of the table of the saga, from every state', () => {
    for (const state of STATES)
      for (const type of Object.keys(TABLE[state].on))
        expect(stateAfter(state, type), `${state} + ${type}`).to.equal(edgeOf(state, type)?.to);
  });

  it('a batch is a batch: where the log is cut into batches makes no difference', () => {
    const said = [
      ...completedTask('a'),
      ...untilRouted('b'),
      task('b', 'OfferEnded', { token: 5, agentId: 'x', workerInstance: 'i', end: 'DECLINED', reason: 'no' }),
      ...completedTask('c'),
    ];
    const whole = all(tasksProjection, said);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        expect(foldIn(tasksProjection, logged('arbiter.tasks', said), sizes)).to.deep.equal(whole);
      }),
    );
  });

  it('tasks: result, violations, attempts and the reason of the end', () => {
    const failed = {
      token: 5,
      commit: 'd'.repeat(40),
      subject: [],
      diff: { files: 9, insertions: 900, deletions: 1 },
      changes: [],
      failureClass: 'CONSTITUTION',
      reason: 'over budget',
      violations: [{ rule: 'budget', path: '/change_budget', message: 'too much', repair: null }],
      policySha256: 'p',
      constitutionSha256: 'c',
      clauses: [],
    };
    const work = { token: 5, agentId: 'agent-b', workerInstance: 'i' };
    const said = [
      ...untilRouted('t', 'agent-b'),
      task('t', 'ExecutionStarted', work),
      task('t', 'LeaseRenewed', {
        token: 5,
        message: 'half way',
        percent: 50,
        diff: null,
        budgetPercent: 82,
        budgetWarning: 80,
      }),
      task('t', 'VerificationFailed', failed),
    ];
    const { rows, lines } = all(tasksProjection, said);
    expect(rows.get('t')).to.include({
      state: 'verification_failed',
      agent_id: 'agent-b',
      token: 5,
      attempts: 1,
      result_files: 9,
      reason: 'over budget',
      progress: 'half way',
      version: 8,
    });
    expect(rows.get('t')?.['violations']).to.deep.equal(failed.violations);
    expect(lines.at(-1)).to.include({ state: 'verification_failed', reason: 'CONSTITUTION: over budget' });
    expect(lines.at(-2)).to.include({ reason: 'half way; 82 % of the budget' });
    expect(lines.map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('R-302, R-304: gates and waivers stand in the timeline with their words', () => {
    const clauses = [{ id: 'caws.budget', result: 'FAIL' }];
    const violations = [
      { rule: 'caws.budget.max_files_exceeded', path: '/', message: 'too much', repair: null },
    ];
    const order = { gate: 'unit' };
    const waivers = [
      { clause: 'caws.budget', waiverId: 'W-1', approvedBy: ['carl', 'dora'], reason: 'generated' },
    ];
    const { rows, lines } = all(tasksProjection, [
      ...untilRouted('t'),
      task('t', 'ExecutionStarted', { token: 5, agentId: 'a', workerInstance: 'i' }),
      task('t', 'ExecutionCompleted', { token: 5, agentId: 'a', workerInstance: 'i' }),
      task('t', 'VerificationStarted', { token: 5 }),
      task('t', 'FactsChecked', { token: 5, outcome: 'FAIL', gates: [order] }),
      task('t', 'GateStarted', { token: 5, index: 0, of: 1, order }),
      task('t', 'GateFinished', {
        token: 5,
        gate: 'unit',
        clauses: [{ id: 'arbiter.gate.unit', result: 'PASS' }],
      }),
      task('t', 'VerificationFailed', {
        token: 5,
        failureClass: 'CONSTITUTION',
        reason: 'r',
        violations,
        diff: null,
      }),
      task('t', 'WaiverAwaited', { origin: 'RESULT', clauses, violations, until: 1_700_000_000_000_000 }),
      task('t', 'WaiverApplied', { origin: 'RESULT', waivers }),
    ]);
    expect(rows.get('t')).to.include({ state: 'result_waived' });
    expect(lines.slice(-6).map(({ state, reason }) => [state, reason])).to.deep.equal([
      ['facts_checked', 'the diff is judged FAIL; 1 gates to run'],
      ['running_gates', 'gate unit, 1 of 1'],
      ['gate_finished', 'gate unit: arbiter.gate.unit PASS'],
      ['verification_failed', 'CONSTITUTION: r'],
      ['awaiting_waiver', 'caws.budget, until 2023-11-14T22:13:20.000Z'],
      ['result_waived', 'caws.budget by carl, dora (W-1): generated'],
    ]);
  });

  it('R-106, R-109: capabilities change in versions, the rest of the profile never does', () => {
    const { rows, lines } = all(agentsProjection, [
      registeredAgent('a', 4, ['typescript']),
      changedCapabilities('a', 2, ['typescript', 'rust']),
      changedStatus('a', 'MAINTENANCE', 'new disk'),
    ]);
    expect(rows.get('a')).to.include({ display_name: 'A', status: 'MAINTENANCE', status_reason: 'new disk' });
    expect(lines.map((line) => [line['capability_version'], line['capabilities']])).to.deep.equal([
      [1, ['typescript']],
      [2, ['typescript', 'rust']],
    ]);
  });

  it('D-03: a status is what was declared, whatever the load', () => {
    const { rows } = all(agentsProjection, [registeredAgent('a', 1)]);
    expect(rows.get('a')).to.include({ status: 'AVAILABLE', max_concurrency: 1 });
    expect(rows.get('a')).not.to.have.any.keys('load', 'active');
  });

  it('R-103: counters are whole numbers, and VOID says nothing about an agent', () => {
    const { rows } = all(outcomesProjection, [
      outcome('t1', 1, 'a', 'SUCCESS'),
      outcome('t2', 2, 'a', 'FAILURE'),
      outcome('t3', 3, 'a', 'VOID'),
    ]);
    expect([...rows.values()]).to.have.length(1);
    expect([...rows.values()][0]).to.include({
      successes: 1,
      failures: 1,
      voids: 1,
      measured: 2,
      duration_us: 4_000_000,
      cost_micros: 120,
    });
    expect([...rows.values()][0]?.['failure_classes']).to.deep.equal({ AGENT: 1 });
  });

  it('assignments: one row per fencing token, open until revoked', () => {
    const { rows } = all(assignmentsProjection, [
      offered('t', 5),
      task('t', 'AssignmentRevoked', {
        token: 5,
        agentId: 'agent-a',
        workerInstance: 'i',
        reason: 'cancelled',
      }),
      offered('t', 9),
    ]);
    expect([...rows.values()].map((row) => [row['token'], row['revoked_reason']])).to.deep.equal([
      [5, 'cancelled'],
      [9, null],
    ]);
  });

  it('an envelope comes back byte for byte, and one that is not what the log names is not handed out', () => {
    const said = issuedVerdict('t');
    const [kept] = foldIn(verdictsProjection, logged('arbiter.verdicts', [said]), [1]).rows.values();
    const row = kept as unknown as KeptEnvelope;
    expect(createHash('sha256').update(envelopeOf(row)).digest('hex')).to.equal(said.data['envelopeSha256']);
    // As PostgreSQL gives it back: keys of jsonb in its own order.
    const signatures = row.signatures.map(({ keyid, sig }) => ({ sig, keyid }));
    expect(envelopeOf({ ...row, signatures }).equals(envelopeOf(row))).to.equal(true);
    for (const forged of [{ payload: Buffer.from('other') }, { payload_type: 'other' }, { signatures: [] }])
      expect(() => envelopeOf({ ...row, ...forged })).to.throw('ENVELOPE_DIFFERS');
  });

  it('law 12: a type that this build does not know leaves its mark on no table', () => {
    const said = [
      registeredAgent('a'),
      { type: 'AgentPainted', streamId: 'agent/a', data: { agentId: 'a' } },
    ];
    expect(all(agentsProjection, said).rows.get('a')).to.include({ version: 1 });
  });

  it('only rows that may exist already are fetched', () => {
    const events = logged('arbiter.tasks', [...untilRouted('new'), ...untilRouted('old')]).filter(
      ({ type, body }) => !(body['taskId'] === 'old' && type === 'TaskReceived'),
    );
    expect(keysNeeded(tasksProjection, 0, events, () => false)).to.deep.equal([{ task_id: 'old' }]);
    expect(keysNeeded(tasksProjection, 0, events, (key) => key === 'old')).to.deep.equal([]);
  });
});

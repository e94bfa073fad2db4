import { expect } from 'chai';
import type { ClauseResult, GateReported } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { expectEvents } from '../support/decider.js';
import {
  clause,
  gateOrder,
  gateReported,
  HOUR,
  OVER_BUDGET,
  RESULT,
  resultVerified,
  Scene,
  SHA,
  violation,
  waiver,
  waiverDecided,
} from '../support/tasks.js';

const withGates = (s: Scene, ...names: string[]): LoggedEvent[] => {
  s.bring('t', 'verifying');
  const facts = { gates: names.map((name) => gateOrder(name)), clauses: [clause('caws.scope')] };
  return s.send(resultVerified('t', s.pending('t'), facts));
};
const report = (s: Scene, over: Partial<GateReported> = {}): LoggedEvent[] =>
  s.send(gateReported('t', s.pending('t'), over));
const bodyOf = (events: readonly LoggedEvent[], type: string): Record<string, unknown> =>
  events.find((event) => event.type === type)?.body ?? {};
const results = (body: Record<string, unknown>): string[] =>
  (body['clauses'] as readonly ClauseResult[]).map(({ id, result }) => `${id} ${result}`);

describe('gates of a result', () => {
  it('R-302: the ask is complete: order, revision, base and spec, and no gate is run before the diff is judged', () => {
    const s = new Scene();
    const events = withGates(s, 'unit', 'lint');
    expectEvents(events, [
      ['FactsChecked', { outcome: 'PASS', commit: RESULT.commit }],
      [
        'GateStarted',
        {
          index: 0,
          of: 2,
          order: gateOrder('unit'),
          repository: 'file:///repo',
          commit: RESULT.commit,
          ref: RESULT.ref,
          baseCommit: '1'.repeat(40),
          spec: 'id: FEAT-1',
          token: 4,
          riskTier: 2,
        },
      ],
    ]);
  });

  it('R-302: one after another, then a verdict on facts and gates together', () => {
    const s = new Scene();
    withGates(s, 'unit', 'lint');
    expectEvents(report(s), [
      ['GateFinished', { gate: 'unit', index: 0, evidence: [{ name: 'lcov', sha256: SHA('f') }] }],
      ['GateStarted', { index: 1, of: 2, order: gateOrder('lint'), spec: 'id: FEAT-1' }],
    ]);
    const events = report(s, { gate: 'lint' });
    expectEvents(events, ['GateFinished', 'VerificationPassed', ['VerdictRequested', { outcome: 'PASSED' }]]);
    expect(results(bodyOf(events, 'VerdictRequested'))).to.deep.equal([
      'caws.scope PASS',
      'arbiter.gate.unit PASS',
      'arbiter.gate.lint PASS',
    ]);
  });

  it('part 8: without gates there is no event more than before', () => {
    const s = new Scene();
    s.bring('t', 'completed');
    expect(s.log.map(({ type }) => type)).to.not.include.members(['FactsChecked', 'GateStarted']);
    expect(s.log).to.have.length(11);
  });

  it('R-302: a gate that fails fails the result, after all gates have spoken', () => {
    const s = new Scene();
    withGates(s, 'unit', 'lint');
    const violations = [violation('arbiter.gate.unit.tests.failed', 'test/a')];
    const clauses = [clause('arbiter.gate.unit', { result: 'FAIL' })];
    expectEvents(report(s, { outcome: 'FAIL', clauses, violations }), ['GateFinished', 'GateStarted']);
    expectEvents(report(s, { gate: 'lint' }), [
      'GateFinished',
      [
        'VerificationFailed',
        { failureClass: 'CONSTITUTION', reason: 'arbiter.gate.unit.tests.failed: broken', violations },
      ],
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'] }],
    ]);
  });

  const lies: readonly [string, Partial<GateReported>, string][] = [
    ['says PASS and leaves its clause out', { clauses: [] }, 'NOT_EVALUATED'],
    ['says PASS over a clause that is not evaluated', answer('NOT_EVALUATED'), 'NOT_EVALUATED'],
    ['says PASS over an unknown value', answer('UNKNOWN'), 'UNKNOWN'],
    ['says FAIL over a clause that passes', { outcome: 'FAIL' }, 'FAIL'],
    ['waives itself', answer('WAIVED'), 'UNKNOWN'],
    [
      'softens its clause',
      { clauses: [clause('arbiter.gate.unit', { result: 'FAIL', severity: 'SHOULD' })] },
      'FAIL',
    ],
    [
      'passes over a broken clause below it',
      { clauses: [clause('arbiter.gate.unit'), clause('arbiter.gate.unit.coverage', { result: 'FAIL' })] },
      'PASS',
    ],
  ];
  for (const [what, over, result] of lies) {
    it(`D-15: a gate that ${what} has not passed`, () => {
      const s = new Scene();
      withGates(s, 'unit');
      const events = report(s, over);
      expectEvents(events, ['GateFinished', 'VerificationFailed', 'RoutingStarted']);
      expect(results(bodyOf(events, 'GateFinished'))[0]).to.equal(`arbiter.gate.unit ${result}`);
    });
  }

  const measured = {
    ...{
      gate: 'unit',
      setup: [],
      command: ['true'],
      exitCodes: [0],
      fromBase: [],
      trustedKeys: [],
      contracts: [],
    },
    ...{ timeoutMs: 1000, memoryMb: 64, measures: [{ kind: 'coverage', severity: 'MUST', thresholds: {} }] },
  };
  const left: readonly [string, readonly ClauseResult[], string][] = [
    ['leaves the clause of a measure out', [], 'NOT_EVALUATED'],
    [
      'softens the clause of a measure',
      [clause('arbiter.gate.unit.coverage', { result: 'FAIL', severity: 'SHOULD' })],
      'FAIL',
    ],
  ];
  for (const [what, clauses, result] of left) {
    it(`D-15: a gate that ${what} has not passed`, () => {
      const s = new Scene();
      s.bring('t', 'verifying');
      const order = gateOrder('unit', { argv: ['true'], options: { order: JSON.stringify(measured) } });
      s.send(resultVerified('t', s.pending('t'), { gates: [order] }));
      const events = report(s, { clauses: [clause('arbiter.gate.unit'), ...clauses] });
      expectEvents(events, ['GateFinished', 'VerificationFailed', 'RoutingStarted']);
      const body = bodyOf(events, 'GateFinished');
      expect(results(body)[1]).to.equal(`arbiter.gate.unit.coverage ${result}`);
      expect((body['clauses'] as readonly ClauseResult[])[1]?.severity).to.equal('MUST');
    });
  }

  it('R-304: no points make up for mutants that survive beyond their limit, and a limit that is kept asks for none', () => {
    for (const [survived, expected] of [
      [3, { 'threshold.survived': 'none', 'measured.survived': 'none' }],
      [2, {}],
    ] as const) {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs: HOUR });
      const thresholds = { 'mutation.score': 70, 'mutation.survived': 2 };
      s.send(resultVerified('t', s.pending('t'), { gates: [gateOrder('unit', { thresholds })] }));
      const events = report(s, {
        outcome: 'FAIL',
        clauses: [clause('arbiter.gate.unit'), clause('arbiter.gate.unit.mutation', { result: 'FAIL' })],
        measured: { 'mutation.score': 60, 'mutation.survived': survived },
      });
      const [, broken] = bodyOf(events, 'GateFinished')['clauses'] as readonly ClauseResult[];
      expect(broken?.observed).to.deep.equal({
        'threshold.score': '0.7',
        'measured.score': '0.6',
        ...expected,
      });
    }
  });

  it('R-304: what a waiver must grant is told from the clause: 5 points of coverage, and it needs them all', () => {
    const thresholds = { 'coverage.lines': 90, 'coverage.changed_lines': 90 };
    for (const [points, cured] of [
      [500, true],
      [499, false],
    ] as const) {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs: HOUR });
      s.send(resultVerified('t', s.pending('t'), { gates: [gateOrder('unit', { thresholds })] }));
      const id = 'arbiter.gate.unit.coverage';
      const events = report(s, {
        outcome: 'FAIL',
        clauses: [clause('arbiter.gate.unit'), clause(id, { result: 'FAIL' })],
        measured: { 'coverage.lines': 85, 'coverage.changed_lines_total': 0 },
      });
      expect((bodyOf(events, 'WaiverAwaited')['clauses'] as ClauseResult[])[0]?.observed).to.deep.equal({
        'threshold.lines': '0.9',
        'measured.lines': '0.85',
        'threshold.changed_lines': '0.9',
        'measured.changed_lines': '0.9',
      });
      const waivers = [waiver({ clause: id, amount: { points } })];
      const [first] = s.send(waiverDecided('t', s.pending('t'), { waivers }));
      expect(first?.type).to.equal(cured ? 'WaiverApplied' : 'WaiverRefused');
    }
  });

  it('R-302: a SHOULD gate is reported and fails nothing', () => {
    const s = new Scene();
    s.bring('t', 'verifying');
    s.send(resultVerified('t', s.pending('t'), { gates: [gateOrder('unit', { severity: 'SHOULD' })] }));
    const events = report(s, { outcome: 'FAIL', clauses: [clause('arbiter.gate.unit', { result: 'FAIL' })] });
    expectEvents(events, ['GateFinished', 'VerificationPassed', 'VerdictRequested']);
  });

  it('law 13: a gate gets its own time-out and a grace, is asked again, and at last the task fails', () => {
    const s = new Scene({ askOutageMs: 300_000 });
    withGates(s, 'unit');
    expect(s.index.nextTimer()).to.deep.include({ timer: 'ASK', dueAt: s.now + 90_000_000 });
    expectEvents(s.fire(), [['AskRepeated', { kind: 'RUN_GATE', number: 1 }]]);
    expect(s.index.nextTimer()?.dueAt).to.equal(s.now + 120_000_000);
    s.fire();
    expectEvents(s.fire(), ['AskExpired', ['VerdictRequested', { outcome: 'FAILED' }]]);
  });

  it('law 13: an order can not ask for more time than there is for a gate', () => {
    const s = new Scene({ gateMs: 5000 });
    expectEvents(withGates(s, 'unit'), [
      'FactsChecked',
      ['GateStarted', { order: gateOrder('unit', { timeoutMs: 5000 }) }],
    ]);
  });

  it('law 10: a gate that can not be run is asked again, then fails closed, and spends no attempt', () => {
    const s = new Scene({ verifyErrors: 1 });
    withGates(s, 'unit');
    expectEvents(report(s, { outcome: 'ERROR' }), ['AskRepeated']);
    expectEvents(report(s, { outcome: 'ERROR' }), [
      'GateFinished',
      ['VerificationFailed', { failureClass: 'INFRASTRUCTURE' }],
      ['VerdictRequested', { outcome: 'FAILED', attempt: 1 }],
    ]);
  });

  it('law 6: silence before the answer of a gate does not use up the repeats after an error', () => {
    const s = new Scene({ verifyErrors: 1 });
    withGates(s, 'unit');
    for (let i = 0; i < 5; i++) s.fire();
    expectEvents(report(s, { outcome: 'ERROR' }), [['AskRepeated', { number: 6, errors: 1 }]]);
    expectEvents(report(s, { outcome: 'ERROR' }), ['GateFinished', 'VerificationFailed', 'VerdictRequested']);
  });

  it('R-503: a command that never ends is the doing of whoever wrote it: another agent tries', () => {
    const s = new Scene();
    withGates(s, 'unit');
    const clauses = [clause('arbiter.gate.unit', { result: 'ERROR' })];
    const events = report(s, { outcome: 'ERROR', failureClass: 'CONSTITUTION', clauses });
    expectEvents(events, [
      ['GateFinished', { failureClass: 'CONSTITUTION' }],
      ['VerificationFailed', { failureClass: 'CONSTITUTION' }],
      ['RoutingStarted', { attempt: 2 }],
    ]);
  });

  it('law 6: an answer to the gate before has no effect', () => {
    const s = new Scene();
    withGates(s, 'unit', 'lint');
    const first = s.pending('t');
    report(s);
    expectEvents(s.send(gateReported('t', first)), []);
  });

  it('law 10: facts that no waiver could cure fail at once, without a gate', () => {
    const s = new Scene();
    s.bring('t', 'verifying', { waiverWaitMs: HOUR });
    const clauses = [clause('arbiter.base', { result: 'FAIL' })];
    const events = s.send(
      resultVerified('t', s.pending('t'), { outcome: 'FAIL', clauses, gates: [gateOrder('unit')] }),
    );
    expectEvents(events, ['VerificationFailed', 'RoutingStarted']);
  });

  it('R-312: facts that a waiver could cure do not spare the gates: both are shown to whoever decides', () => {
    const s = new Scene();
    s.bring('t', 'verifying', { waiverWaitMs: HOUR });
    const facts = { ...OVER_BUDGET, gates: [gateOrder('unit')] };
    expectEvents(s.send(resultVerified('t', s.pending('t'), facts)), [
      ['FactsChecked', { outcome: 'FAIL' }],
      'GateStarted',
    ]);
    const events = report(s, {
      outcome: 'FAIL',
      clauses: [clause('arbiter.gate.unit', { result: 'NOT_EVALUATED' })],
    });
    expectEvents(events, ['GateFinished', 'VerificationFailed', 'WaiverAwaited']);
    expect(results(bodyOf(events, 'WaiverAwaited'))).to.deep.equal([
      'caws.budget FAIL',
      'arbiter.gate.unit NOT_EVALUATED',
    ]);
    const waivers = [waiver(), waiver({ waiverId: 'W-3', clause: 'arbiter.gate.unit', amount: {} })];
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { waivers })), [
      'WaiverApplied',
      'VerificationPassed',
      ['VerdictRequested', { outcome: 'PASSED' }],
    ]);
  });
});

function answer(result: ClauseResult['result']): Partial<GateReported> {
  return { clauses: [clause('arbiter.gate.unit', { result })] };
}

import { expect } from 'chai';
import type { AppliedWaiver, ClauseResult } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { expectEvents } from '../support/decider.js';
import {
  BROKEN_SPEC,
  clause,
  commanded,
  HOUR,
  OVER_BUDGET,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  SHA,
  specChecked,
  submitted,
  verdictSigned,
  violation,
  waiver,
  waiverDecided,
} from '../support/tasks.js';

const SPEC_WAIVER = waiver({ waiverId: 'W-2', clause: 'caws.spec.semantics', amount: {} });
const clausesOf = (events: readonly LoggedEvent[], type: string): readonly ClauseResult[] =>
  (events.find((event) => event.type === type)?.body['clauses'] ?? []) as readonly ClauseResult[];

describe('waiting for a waiver', () => {
  it('R-304: before execution: cured, the spec is approved, WAIVED stands in every verdict after', () => {
    const s = new Scene();
    s.send(submitted('t', { waiverWaitMs: HOUR }));
    const from = s.now;
    expectEvents(s.send(specChecked('t', s.pending('t'), { ...BROKEN_SPEC, riskTier: 1, spec: null })), [
      'SpecRejected',
      [
        'WaiverAwaited',
        {
          origin: 'SPEC',
          until: from + HOUR * 1000,
          requestedBy: 'ann',
          agentId: null,
          specId: 'FEAT-1',
          specSha256: SHA('b'),
          riskTier: 1,
          clauses: BROKEN_SPEC.clauses,
          violations: BROKEN_SPEC.violations,
        },
      ],
    ]);
    expect(s.index.inFlight, 'people are waited for without a slot').to.equal(0);
    const applied = s.send(waiverDecided('t', s.pending('t'), { waivers: [SPEC_WAIVER] }));
    expectEvents(applied, [
      ['WaiverApplied', { origin: 'SPEC', waivers: [SPEC_WAIVER] }],
      ['SpecApproved', { riskTier: 1, specSha256: SHA('b'), baseCommit: '1'.repeat(40) }],
      'RoutingStarted',
    ]);
    expect(clausesOf(applied, 'SpecApproved')[0]).to.deep.include({
      result: 'WAIVED',
      waivers: [SPEC_WAIVER],
    });
    s.send(routeDecided('t', s.pending('t')));
    expectEvents(s.send(reported('t', 'RESULT', s.token('t'))), [
      'ExecutionStarted',
      'ExecutionCompleted',
      ['VerificationStarted', { waivers: [SPEC_WAIVER] }],
    ]);
    const sealed = s.send(resultVerified('t', s.pending('t'), { clauses: [clause('caws.scope')] }));
    expect(clausesOf(sealed, 'VerdictRequested').map(({ id, result }) => `${id} ${result}`)).to.deep.equal([
      'caws.spec.semantics WAIVED',
      'caws.scope PASS',
    ]);
  });

  it('R-304: after verification: cured, the result passes, and the verdict says who, why and until when', () => {
    const s = new Scene();
    expectEvents(s.bring('t', 'awaiting_waiver'), [
      ['VerificationFailed', { reason: 'caws.budget.max_files_exceeded: broken' }],
      ['WaiverAwaited', { origin: 'RESULT', agentId: 'agent-1', token: 4, attempt: 1 }],
    ]);
    const events = s.send(waiverDecided('t', s.pending('t'), { waivers: [waiver()] }));
    expectEvents(events, [
      'WaiverApplied',
      'VerificationPassed',
      ['VerdictRequested', { outcome: 'PASSED', ending: 'COMPLETED' }],
    ]);
    expect(clausesOf(events, 'VerdictRequested')[1]).to.deep.include({
      result: 'WAIVED',
      waivers: [waiver()],
      message: '; waived by carl (W-1) until 2027-01-15T08:00:00.000Z: generated code',
    });
    expectEvents(s.send(verdictSigned('t', s.pending('t'))), ['TaskCompleted']);
  });

  it('R-303: the policy of the base says how long, and the request may say otherwise', () => {
    const until = (requestMs: number | null, policyMs: number | null): unknown => {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs: requestMs });
      const from = s.now;
      const events = s.send(resultVerified('t', s.pending('t'), { ...OVER_BUDGET, waiverWaitMs: policyMs }));
      const awaited = events.find(({ type }) => type === 'WaiverAwaited');
      return awaited === undefined ? undefined : (Number(awaited.body['until']) - from) / 1000;
    };
    expect(until(null, null), 'nobody says so: as before').to.equal(undefined);
    expect(until(null, 60_000)).to.equal(60_000);
    expect(until(90_000, 60_000)).to.equal(90_000);
    expect(until(0, 60_000), 'the request does not want to wait').to.equal(undefined);
    expect(until(1e12, null), 'hard bound').to.equal(7 * 24 * HOUR);
  });

  const hopeless: readonly [string, Partial<Parameters<typeof resultVerified>[2]>][] = [
    ['one of the broken clauses can not be waived', broken('arbiter.base', 'FAIL')],
    ['the clause could not be judged', broken('caws.budget', 'ERROR')],
    ['a value is unknown', broken('caws.budget', 'UNKNOWN')],
    ['the check ended in an error', { ...OVER_BUDGET, outcome: 'ERROR', failureClass: 'AGENT' }],
    ['nothing is broken, yet it failed', { outcome: 'FAIL', clauses: [clause('caws.scope')] }],
    ['the component waives by itself', withWaived()],
    ['there is no subject that a verdict could be about', { ...OVER_BUDGET, subject: [] }],
    [
      'the list of violations was cut, so that paths are hidden',
      {
        outcome: 'FAIL',
        clauses: [clause('caws.scope', { result: 'FAIL' })],
        violations: [violation('scope.reject.outside', 'a'), violation('arbiter.more_violations')],
      },
    ],
  ];
  for (const [what, over] of hopeless) {
    it(`R-314: no wait where ${what}`, () => {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs: HOUR });
      const events = s.send(resultVerified('t', s.pending('t'), over));
      expect(events.map(({ type }) => type)).to.not.include('WaiverAwaited');
    });
  }

  it('law 10: denied before execution is rejected, with the reason of both', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_spec_waiver');
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { outcome: 'DENIED', reason: 'not this time' })), [
      ['WaiverRefused', { origin: 'SPEC', reason: 'not this time' }],
      [
        'VerdictRequested',
        {
          ending: 'REJECTED',
          reason: 'spec.semantic.tier1.rollback_required: broken; no waiver: not this time',
          preVerdictAsk: { offset: 2, eventId: 'arbiter.tasks/0/0/2' },
          subject: [{ name: 'spec', digest: { sha256: SHA('b') } }],
        },
      ],
    ]);
  });

  it('part 4: denied after verification: another agent while attempts are left, then failed', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver');
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { outcome: 'DENIED' })), [
      'WaiverRefused',
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'], excludedInstances: [] }],
    ]);
    const by = { agentId: 'agent-2', workerInstance: 'worker-2' };
    s.send(routeDecided('t', s.pending('t'), by));
    s.send(reported('t', 'RESULT', s.token('t'), by));
    s.send(resultVerified('t', s.pending('t'), OVER_BUDGET));
    const ended = s.send(waiverDecided('t', s.pending('t'), { outcome: 'DENIED' }));
    expectEvents(ended, [
      'WaiverRefused',
      ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED', attempt: 2, agentId: 'agent-2' }],
    ]);
  });

  it('law 13: denied while no slot is free, the next attempt waits in line and keeps its number', () => {
    const s = new Scene({ inFlight: 1 });
    s.bring('t', 'awaiting_waiver');
    s.bring('other', 'routing');
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { outcome: 'DENIED' })), [
      'WaiverRefused',
      ['TaskQueued', { reason: 'IN_FLIGHT_LIMIT' }],
    ]);
    const events = s.send(resultOf('other', s));
    expectEvents(events.slice(-1), [['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'] }]]);
  });

  it('R-309, law 7: nobody decides: asked again ever more slowly, and at the time given as if refused', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver', { maxAttempts: 1 });
    const until = s.now + HOUR * 1000;
    const seen: string[] = [];
    while (s.task('t').state === 'awaiting_waiver') seen.push(...s.fire().map(({ type }) => type));
    expect(seen).to.deep.equal([
      ...['AskRepeated', 'AskRepeated', 'AskRepeated', 'AskRepeated', 'AskRepeated'],
      'AskExpired',
      'VerdictRequested',
    ]);
    expect(s.now).to.equal(until);
  });

  for (const [state, ending] of [
    ['awaiting_waiver', ['AskExpired', 'RoutingStarted']],
    ['awaiting_spec_waiver', ['AskExpired', ['VerdictRequested', { ending: 'REJECTED' }]]],
  ] as const)
    it(`R-309, law 6: ${state} lasts its 72 hours, though the desk is silent for a day, or answers others meanwhile`, () => {
      for (const answersOthers of [false, true]) {
        const s = new Scene();
        s.bring('t', state, { waiverWaitMs: 72 * HOUR, maxAttempts: 2 });
        const until = s.now + 72 * HOUR * 1000;
        if (answersOthers) {
          s.now += 120_000_000;
          s.bring('other', 'awaiting_waiver');
          s.send(waiverDecided('other', s.pending('other'), { outcome: 'DENIED' }));
          s.send(commanded('other', 'CANCEL'));
        }
        let last: LoggedEvent[] = [];
        while (s.task('t').state === state) last = s.fire();
        expect(s.now).to.equal(until);
        expectEvents(last, ending);
      }
    });

  it('law 7: an ask of a later attempt is not hurried by a wait that is over', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver');
    s.send(waiverDecided('t', s.pending('t'), { outcome: 'DENIED' }));
    s.now += 2 * HOUR * 1000;
    const began = s.now;
    expectEvents(s.fire(), ['AskRepeated']);
    expect(s.index.nextTimer()?.dueAt).to.be.greaterThan(began);
  });

  it('R-507: the deadline of the task is earlier than the wait', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver', { deadline: s.now + 5_000_000 });
    expectEvents(s.fire(), ['DeadlineExceeded', ['VerdictRequested', { outcome: 'FAILED' }]]);
    expect(s.now).to.be.at.most(1_700_000_005_000_000);
  });

  it('law 12: a history without gates and waivers, as of the first release, still folds', () => {
    const s = new Scene();
    s.bring('t', 'sealed');
    const again = new Scene();
    for (const event of s.log) {
      const later = ['waivers', 'budget', 'gates', 'waiverWaitMs'];
      const body = Object.fromEntries(Object.entries(event.body).filter(([key]) => !later.includes(key)));
      again.apply({ ...event, body: body as never });
    }
    expect(again.task('t').state).to.equal('sealed');
  });
});

const uncured: readonly [string, string, readonly AppliedWaiver[]][] = [
  ['D-18, R-309', 'has expired', [waiver({ expiresAt: 1_600_000_000_000_000 })]],
  ['D-18', 'has an expiry that is no time', [waiver({ expiresAt: Number.NaN })]],
  ['D-20', 'is approved by nobody', [waiver({ approvedBy: [] })]],
  ['D-25', 'is approved by who asked for it', [waiver({ approvedBy: ['carl', 'bea'] })]],
  ['R-314', 'is approved by the agent', [waiver({ approvedBy: ['agent-1'] })]],
  ['D-21', 'allows too few files', [waiver({ amount: { files: 9, lines: 10_000 } })]],
  [
    'D-21',
    'is given twice under one id',
    [waiver({ amount: { files: 5 } }), waiver({ amount: { files: 5 } })],
  ],
  ['D-23', 'names no amount', [waiver({ amount: {} })]],
  ['D-23', 'is for another clause', [waiver({ clause: 'caws.scope', paths: ['**'] })]],
  ['D-24', 'is for a clause that only looks alike', [waiver({ clause: 'caws.budget.max_files' })]],
  ['D-34', 'is none at all', []],
];

describe('a waiver cures its own clause only', () => {
  for (const [id, what, waivers] of uncured) {
    it(`${id}: CURED by a waiver that ${what} is a refusal`, () => {
      const s = new Scene();
      s.bring('t', 'awaiting_waiver', { maxAttempts: 1 });
      const events = s.send(waiverDecided('t', s.pending('t'), { waivers }));
      expectEvents(events, ['WaiverRefused', ['VerdictRequested', { outcome: 'FAILED' }]]);
    });
  }

  it('R-619: an override is granted by one person who asks for it; a waiver never', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver');
    const waivers = [waiver({ requestedBy: 'dora', approvedBy: ['dora'], override: true })];
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { waivers })), [
      'WaiverApplied',
      'VerificationPassed',
      'VerdictRequested',
    ]);
  });

  it('R-323: two waivers add up, each to its own amount', () => {
    const s = new Scene();
    s.bring('t', 'awaiting_waiver');
    const waivers = [waiver({ amount: { files: 4 } }), waiver({ waiverId: 'W-9', amount: { files: 6 } })];
    expectEvents(s.send(waiverDecided('t', s.pending('t'), { waivers })), [
      ['WaiverApplied', { waivers }],
      'VerificationPassed',
      'VerdictRequested',
    ]);
  });

  for (const [paths, cured] of [
    [['src/a.ts', 'src/b/**'], true],
    [['src/a.ts'], false],
    [[], false],
  ] as const) {
    it(`R-308: a scope waiver for ${paths.join(', ') || 'nothing'} ${cured ? 'cures' : 'does not cure'} two paths outside`, () => {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs: HOUR, maxAttempts: 1 });
      const clauses = [clause('caws.scope', { result: 'FAIL', observed: { 'paths.outside': '2' } })];
      const violations = ['src/a.ts', 'src/b/c.ts'].map((path) =>
        violation('scope.reject.not_in_scope', path),
      );
      s.send(resultVerified('t', s.pending('t'), { outcome: 'FAIL', clauses, violations }));
      const waivers = [waiver({ clause: 'caws.scope', amount: {}, paths: [...paths] })];
      const [first] = s.send(waiverDecided('t', s.pending('t'), { waivers }));
      expect(first?.type).to.equal(cured ? 'WaiverApplied' : 'WaiverRefused');
    });
  }
});

function broken(id: string, result: ClauseResult['result']) {
  const clauses = [...OVER_BUDGET.clauses.slice(1), clause(id, { result })];
  return { outcome: 'FAIL' as const, clauses, violations: OVER_BUDGET.violations };
}

function withWaived() {
  const clauses = [...OVER_BUDGET.clauses, clause('arbiter.base', { result: 'WAIVED' })];
  return { ...OVER_BUDGET, clauses };
}

/** What ends the other task, so that its slot is free. */
function resultOf(taskId: string, s: Scene) {
  return routeDecided(taskId, s.pending(taskId), { outcome: 'NO_CAPACITY' });
}

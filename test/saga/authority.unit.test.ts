import { expect } from 'chai';
import type { ReportKind } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import {
  BROKEN_SPEC,
  capacityFound,
  clause,
  commanded,
  gateReported,
  HOUR,
  OVER_BUDGET,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  specChecked,
  submitted,
  verdictSigned,
  waiver,
  waiverDecided,
} from '../support/tasks.js';

const REPORTS: readonly ReportKind[] = ['ACCEPTED', 'HEARTBEAT', 'PROGRESS', 'RESULT', 'FAILED', 'DECLINED'];
const PASSES = ['VerificationPassed', 'TaskCompleted'];
const WORK = ['RoutingStarted', 'TaskRouted', 'ExecutionStarted', 'ExecutionCompleted'];

/** Everything that anybody may say, in the hope that the task goes on. */
const pushEverything = (s: Scene): LoggedEvent[] => {
  const ask = { offset: s.task('t').ask?.offset ?? 0, eventId: s.task('t').ask?.eventId ?? '' };
  const forged = [ask, { offset: 0, eventId: 'arbiter.tasks/0/0/0' }];
  const token = Math.max(0, s.token('t'));
  return [
    ...forged.flatMap((ref) => [
      ...s.send(routeDecided('t', ref)),
      ...s.send(capacityFound('t', ref)),
      ...s.send(resultVerified('t', ref)),
      ...s.send(gateReported('t', ref)),
      ...s.send(verdictSigned('t', ref)),
    ]),
    ...REPORTS.flatMap((kind) => s.send(reported('t', kind, token))),
    ...s.send(commanded('t', 'RESUME', { commandId: 'r' })),
    ...s.send(commanded('t', 'SUSPEND', { commandId: 's' })),
  ];
};

const never = (events: readonly LoggedEvent[], types: readonly string[]): void => {
  expect(events.map(({ type }) => type)).to.not.include.members([...types]);
  for (const { type } of events) expect(types).to.not.include(type);
};

describe('authority', () => {
  for (const [what, bring] of [
    ['its spec is being checked', (s: Scene) => void s.bring('t', 'validating_spec')],
    ['its spec waits for a waiver', (s: Scene) => void s.bring('t', 'awaiting_spec_waiver')],
    [
      'its spec was rejected',
      (s: Scene) => {
        s.send(submitted('t'));
        s.send(specChecked('t', s.pending('t'), BROKEN_SPEC));
      },
    ],
    [
      'the check of its spec ended in an error',
      (s: Scene) => {
        s.send(submitted('t'));
        s.send(specChecked('t', s.pending('t'), { outcome: 'ERROR' }));
      },
    ],
    [
      'the waiver for its spec was refused',
      (s: Scene) => {
        s.bring('t', 'awaiting_spec_waiver');
        s.send(waiverDecided('t', s.pending('t'), { waivers: [waiver()] }));
      },
    ],
  ] as const) {
    it(`R-513: no execution without an accepted SpecApproved: while ${what}`, () => {
      const s = new Scene();
      bring(s);
      never(pushEverything(s), WORK);
      expect(s.log.map(({ type }) => type)).to.not.include('SpecApproved');
    });
  }

  for (const state of ['executing', 'verifying', 'running_gates', 'awaiting_waiver'] as const) {
    it(`R-515: nothing that agents or operators say passes a result: ${state}`, () => {
      const s = new Scene();
      s.bring('t', state);
      for (const kind of REPORTS) never(s.send(reported('t', kind, s.token('t'))), PASSES);
      for (const command of ['RESUME', 'SUSPEND', 'UNKNOWN'] as const)
        never(s.send(commanded('t', command, { commandId: command })), PASSES);
    });
  }

  it('R-515: a sealed outcome is not turned: cancel, waiver and a better check come too late', () => {
    const s = new Scene();
    s.bring('t', 'verifying', { maxAttempts: 1 });
    const asked = s.pending('t');
    s.send(resultVerified('t', asked, OVER_BUDGET));
    const before = s.task('t').seal;
    s.send(resultVerified('t', asked));
    s.send(waiverDecided('t', asked, { waivers: [waiver()] }));
    s.send(waiverDecided('t', s.pending('t'), { waivers: [waiver()] }));
    s.send(commanded('t', 'CANCEL'));
    expect(s.task('t').seal).to.deep.equal(before);
    expect(before).to.deep.equal({ outcome: 'FAILED', ending: 'FAILED' });
  });

  it('R-312: over its budget nothing passes without a waiver, whoever waits and however long', () => {
    for (const waiverWaitMs of [null, 0, HOUR]) {
      const s = new Scene();
      s.bring('t', 'verifying', { waiverWaitMs });
      s.send(resultVerified('t', s.pending('t'), { ...OVER_BUDGET, waiverWaitMs: HOUR }));
      for (let i = 0; i < 300 && s.values.has('task/t') && s.task('t').state !== 'sealed'; i++) s.fire();
      expect(s.log.map(({ type }) => type)).to.not.include('VerificationPassed');
    }
  });

  it('R-316: never milder: what is unknown or unsaid in an answer is a failure', () => {
    for (const over of [
      { outcome: 'UNKNOWN' },
      { outcome: 'ERROR' },
      { clauses: [clause('caws.scope', { result: 'UNKNOWN' })] },
      { clauses: [clause('caws.scope', { result: 'NOT_EVALUATED' })] },
      { clauses: [clause('caws.scope', { result: 'WAIVED', waivers: [waiver({ clause: 'caws.scope' })] })] },
      { clauses: [clause('caws.scope', { result: 'FAIL', severity: 'UNKNOWN' })] },
      { subject: [] },
    ] as const) {
      const s = new Scene({ verifyErrors: 0 });
      s.bring('t', 'verifying', { waiverWaitMs: HOUR });
      const events = s.send(resultVerified('t', s.pending('t'), over));
      expect(events[0]?.type, JSON.stringify(over)).to.equal('VerificationFailed');
    }
  });
});

import { expect } from 'chai';
import { evolve, IllegalTransition, taskStream, type TaskState } from '../../src/aggregates/task/index.js';
import type { AskRef, ReportKind } from '../../src/events/generated/events.js';
import { TASK_EVENTS, STATES, TABLE, type StateName, edgeOf } from '../../src/saga/table.js';
import type { Fact } from '../../src/saga/index.js';
import {
  capacityFound,
  commanded,
  gateOrder,
  gateReported,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  specChecked,
  submitted,
  verdictSigned,
  waiver,
  waiverDecided,
  type FactOf,
} from '../support/tasks.js';
import { raceLives } from '../support/races.js';

const RESTING = [
  'validating_spec',
  'awaiting_spec_waiver',
  'queued',
  'routing',
  'routed',
  'executing',
  'verifying',
  'running_gates',
  'awaiting_waiver',
  'suspended',
  'sealed',
] as const;
type Resting = (typeof RESTING)[number];
const REPORTS: readonly ReportKind[] = [
  'ACCEPTED',
  'DECLINED',
  'HEARTBEAT',
  'PROGRESS',
  'RESULT',
  'FAILED',
  'UNKNOWN',
];

/** Every kind of input, made for the ask and the token that are current. */
const INPUTS: Readonly<Record<string, (s: Scene, ask: AskRef) => FactOf<Fact>>> = {
  'the same request': () => submitted('t'),
  'another request': () => submitted('t', { requestId: 'other' }),
  CANCEL: () => commanded('t', 'CANCEL'),
  SUSPEND: () => commanded('t', 'SUSPEND', { commandId: 'again' }),
  RESUME: () => commanded('t', 'RESUME'),
  UNKNOWN_COMMAND: () => commanded('t', 'UNKNOWN'),
  SpecChecked: (_s, ask) => specChecked('t', ask),
  'SpecChecked FAIL': (_s, ask) => specChecked('t', ask, { outcome: 'FAIL' }),
  RouteDecided: (_s, ask) => routeDecided('t', ask, { agentId: 'agent-2', workerInstance: 'worker-2' }),
  'RouteDecided NO_CAPACITY': (_s, ask) => routeDecided('t', ask, { outcome: 'NO_CAPACITY' }),
  'RouteDecided NO_CAPABLE_AGENT': (_s, ask) => routeDecided('t', ask, { outcome: 'NO_CAPABLE_AGENT' }),
  'RouteDecided UNKNOWN': (_s, ask) => routeDecided('t', ask, { outcome: 'UNKNOWN' }),
  'RouteDecided without agent': (_s, ask) => routeDecided('t', ask, { agentId: null }),
  CapacityFound: (_s, ask) => capacityFound('t', ask),
  ResultVerified: (_s, ask) => resultVerified('t', ask),
  'ResultVerified FAIL': (_s, ask) => resultVerified('t', ask, { outcome: 'FAIL' }),
  'ResultVerified ERROR': (_s, ask) => resultVerified('t', ask, { outcome: 'ERROR' }),
  'ResultVerified with gates': (_s, ask) => resultVerified('t', ask, { gates: [gateOrder('unit')] }),
  'ResultVerified with too many gates': (_s, ask) =>
    resultVerified('t', ask, { gates: Array.from({ length: 33 }, (_, i) => gateOrder(`g${i}`)) }),
  GateReported: (_s, ask) => gateReported('t', ask),
  'GateReported FAIL': (_s, ask) => gateReported('t', ask, { outcome: 'FAIL' }),
  'GateReported ERROR': (_s, ask) => gateReported('t', ask, { outcome: 'ERROR' }),
  WaiverDecided: (_s, ask) => waiverDecided('t', ask),
  'WaiverDecided too small': (_s, ask) =>
    waiverDecided('t', ask, { waivers: [waiver({ amount: { files: 9 } })] }),
  'WaiverDecided DENIED': (_s, ask) => waiverDecided('t', ask, { outcome: 'DENIED' }),
  'WaiverDecided UNKNOWN': (_s, ask) => waiverDecided('t', ask, { outcome: 'UNKNOWN' }),
  VerdictSigned: (_s, ask) => verdictSigned('t', ask),
  ...Object.fromEntries(REPORTS.map((kind) => [kind, (s: Scene) => reported('t', kind, s.token('t'))])),
  'a fact of a later build': (_s, ask) => ({ ...capacityFound('t', ask), type: 'WeatherChanged' }),
};

/** What each state answers; what is not named has no effect at all. */
const EXPECTED: Readonly<Record<Resting, Readonly<Record<string, string>>>> = {
  validating_spec: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    SpecChecked: 'SpecApproved RoutingStarted',
    'SpecChecked FAIL': 'SpecRejected VerdictRequested',
  },
  awaiting_spec_waiver: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    WaiverDecided: 'WaiverApplied SpecApproved RoutingStarted',
    'WaiverDecided too small': 'WaiverRefused VerdictRequested',
    'WaiverDecided DENIED': 'WaiverRefused VerdictRequested',
  },
  queued: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    SUSPEND: 'TaskSuspended',
    CapacityFound: 'RoutingStarted',
  },
  routing: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    SUSPEND: 'TaskSuspended',
    RouteDecided: 'TaskRouted',
    'RouteDecided NO_CAPACITY': 'TaskQueued',
    'RouteDecided NO_CAPABLE_AGENT': 'TaskQueued',
  },
  routed: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    SUSPEND: 'TaskSuspended',
    ACCEPTED: 'ExecutionStarted',
    HEARTBEAT: 'ExecutionStarted',
    PROGRESS: 'ExecutionStarted',
    DECLINED: 'OfferEnded RoutingStarted',
    RESULT: 'ExecutionStarted ExecutionCompleted VerificationStarted',
    FAILED: 'ExecutionStarted ExecutionFailed RoutingStarted',
  },
  executing: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    SUSPEND: 'TaskSuspended',
    HEARTBEAT: 'LeaseRenewed',
    PROGRESS: 'LeaseRenewed',
    RESULT: 'ExecutionCompleted VerificationStarted',
    FAILED: 'ExecutionFailed RoutingStarted',
  },
  verifying: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    ResultVerified: 'VerificationPassed VerdictRequested',
    'ResultVerified FAIL': 'VerificationFailed RoutingStarted',
    'ResultVerified ERROR': 'AskRepeated',
    'ResultVerified with gates': 'FactsChecked GateStarted',
    'ResultVerified with too many gates': 'AskRepeated',
  },
  running_gates: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    GateReported: 'GateFinished GateStarted',
    'GateReported FAIL': 'GateFinished GateStarted',
    'GateReported ERROR': 'AskRepeated',
  },
  awaiting_waiver: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    WaiverDecided: 'WaiverApplied VerificationPassed VerdictRequested',
    'WaiverDecided too small': 'WaiverRefused RoutingStarted',
    'WaiverDecided DENIED': 'WaiverRefused RoutingStarted',
  },
  suspended: {
    CANCEL: 'CancellationAccepted VerdictRequested',
    RESUME: 'TaskResumed RoutingStarted',
  },
  sealed: { VerdictSigned: 'TaskCompleted' },
};
const COMMANDS = ['CANCEL', 'SUSPEND', 'RESUME', 'UNKNOWN_COMMAND'];

describe('every pair of state and input', () => {
  for (const state of RESTING) {
    for (const [name, make] of Object.entries(INPUTS)) {
      const otherwise =
        name === 'another request' ? 'RequestRefused' : COMMANDS.includes(name) ? 'CommandRefused' : '';
      const expected = EXPECTED[state][name] ?? otherwise;
      it(`R-702: ${state} × ${name} → ${expected || 'nothing'}`, () => {
        const s = new Scene();
        s.bring('t', state);
        s.now += 15_000_000;
        const ask = s.task('t').ask ?? { offset: 0, eventId: 'arbiter.tasks/0/0/0' };
        const events = s.send(make(s, { offset: ask.offset, eventId: ask.eventId }));
        expect(events.map((e) => e.type).join(' ')).to.equal(expected);
      });
    }

    it(`R-702: ${state} × its time-out`, () => {
      const s = new Scene();
      s.bring('t', state);
      const expected: Readonly<Record<Resting, string>> = {
        validating_spec: 'AskRepeated',
        awaiting_spec_waiver: 'AskRepeated',
        queued: 'RoutingStarted',
        routing: 'AskRepeated',
        routed: 'OfferEnded RoutingStarted',
        executing: 'ExecutionFailed RoutingStarted',
        verifying: 'AskRepeated',
        running_gates: 'AskRepeated',
        awaiting_waiver: 'AskRepeated',
        suspended: 'VerdictRequested',
        sealed: 'AskRepeated',
      };
      expect(s.index.nextTimer()?.timer).to.equal(TABLE[state].timer);
      expect(
        s
          .fire()
          .map((e) => e.type)
          .join(' '),
      ).to.equal(expected[state]);
    });

    it(`law 7: ${state} × a timer that is no longer its own has no effect`, () => {
      const s = new Scene();
      s.bring('t', state);
      const { dueAt, timer } = s.task('t');
      if (dueAt === null || timer === null) throw new Error('no timer');
      for (const stale of [
        { timer, dueAt: dueAt - 1 },
        { timer: timer === 'DEADLINE' ? ('LEASE' as const) : ('DEADLINE' as const), dueAt },
      ]) {
        expect(s.decide({ kind: 'timer', streamId: 'task/t', ...stale })).to.deep.equal([]);
      }
    });

    if (state !== 'sealed') {
      it(`R-507: ${state} × the deadline → sealed as failed`, () => {
        const s = new Scene();
        s.bring('t', state, { deadline: s.now + 1_000_000 });
        expect(s.index.nextTimer()).to.deep.include({ timer: 'DEADLINE', dueAt: s.now + 1_000_000 });
        expect(s.fire().map((e) => e.type)).to.deep.equal(['DeadlineExceeded', 'VerdictRequested']);
      });
    }

    it(`law 6: ${state} × an answer to another ask has no effect`, () => {
      const s = new Scene();
      s.bring('t', state);
      const { offset, eventId } = s.task('t').ask ?? { offset: 0, eventId: '' };
      for (const ask of [
        { offset: offset + 1, eventId },
        { offset, eventId: `${eventId}x` },
      ]) {
        for (const make of [
          specChecked,
          routeDecided,
          capacityFound,
          resultVerified,
          gateReported,
          waiverDecided,
          verdictSigned,
        ]) {
          expect(s.send(make('t', ask))).to.deep.equal([]);
        }
      }
    });
  }
});

describe('the fold and the table', () => {
  const at = (state: StateName): TaskState | undefined => {
    const s = new Scene();
    s.bring('t', 'executing');
    return state === 'unseen' ? undefined : { ...s.task('t'), state };
  };
  const event = (type: string) => ({
    type,
    offset: 99,
    body: {
      meta: {
        streamId: taskStream('t'),
        streamVersion: 50,
        dueAt: null,
        timer: null,
        inputId: null,
      } as never,
    },
  });

  for (const state of STATES) {
    const illegal = [...TASK_EVENTS].filter((type) => edgeOf(state, type) === undefined);
    it(`R-702, D-49: ${state} refuses its ${illegal.length} illegal events`, () => {
      const value = at(state);
      for (const type of illegal) expect(() => evolve(value, event(type)), type).to.throw(IllegalTransition);
    });
  }

  it('law 12: an event type of a later build is skipped', () => {
    const value = at('executing');
    expect(evolve(value, event('TaskAdmired'))).to.equal(value);
  });

  it('R-702: the scenarios of these tests walk every edge of the table', () => {
    const walked = new Set<string>();
    const walk = (s: Scene): void => {
      const states = new Map<string, StateName>();
      for (const { type, body } of s.log) {
        const from = states.get(body.meta.streamId) ?? 'unseen';
        const to = edgeOf(from, type)?.to;
        if (to === undefined) continue;
        walked.add(`${from} ${type}`);
        states.set(body.meta.streamId, to);
      }
    };
    for (const state of RESTING) {
      for (const make of Object.values(INPUTS)) {
        const s = new Scene();
        s.bring('t', state);
        s.now += 15_000_000;
        const ask = s.task('t').ask ?? { offset: 0, eventId: '' };
        s.send(make(s, ask));
        walk(s);
      }
      for (const limits of [
        {},
        { askOutageMs: 0 },
        { offers: 1, maxAttempts: 1, outages: 0, queueRetryMs: 1e12 },
      ]) {
        const s = new Scene(limits);
        s.bring('t', state);
        s.fire();
        walk(s);
      }
      const s = new Scene();
      s.bring('t', state, { deadline: s.now + 1 });
      if (state !== 'sealed') s.fire();
      walk(s);
    }
    for (const s of OTHER_LIVES()) walk(s);
    const all = STATES.flatMap((state) => Object.keys(TABLE[state].on).map((type) => `${state} ${type}`));
    expect(all.filter((pair) => !walked.has(pair))).to.deep.equal([]);
  });
});

/** Lives that the pairs above do not lead to. */
const OTHER_LIVES = (): Scene[] => {
  const one = (limits: ConstructorParameters<typeof Scene>[0], live: (s: Scene) => void): Scene => {
    const s = new Scene(limits);
    live(s);
    return s;
  };
  return [
    ...raceLives(),
    one({}, (s) => {
      s.send(commanded('t', 'SUSPEND'));
      s.send(commanded('t', 'CANCEL'));
      s.send(submitted('t'));
      s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' }));
    }),
    one({}, (s) => {
      s.send(commanded('t', 'SUSPEND'));
      s.fire();
    }),
    one({}, (s) => {
      s.send(submitted('t', { deadline: s.now - 1 }));
      s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' }));
    }),
    one({}, (s) => {
      s.send(submitted('t'));
      s.send(specChecked('t', s.pending('t'), { outcome: 'FAIL' }));
      s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' }));
    }),
    one({ capableGraceMs: 0 }, (s) => {
      s.bring('t', 'routing');
      s.send(routeDecided('t', s.pending('t'), { outcome: 'NO_CAPABLE_AGENT' }));
    }),
    one({ verifyErrors: 0 }, (s) => {
      s.bring('t', 'verifying');
      s.send(resultVerified('t', s.pending('t'), { outcome: 'ERROR' }));
    }),
    ...(['PASS', 'FAIL'] as const).map((outcome) =>
      one({}, (s) => {
        s.bring('t', 'running_gates');
        s.send(gateReported('t', s.pending('t')));
        s.send(gateReported('t', s.pending('t'), { gate: 'lint', outcome }));
      }),
    ),
    ...(['awaiting_spec_waiver', 'awaiting_waiver'] as const).map((state) =>
      one({}, (s) => {
        s.bring('t', state, { maxAttempts: 1 });
        for (let i = 0; i < 50 && s.index.nextTimer()?.timer === 'ASK'; i++) s.fire();
      }),
    ),
    one({ inFlight: 1 }, (s) => {
      s.bring('a', 'awaiting_waiver');
      s.bring('b', 'routing');
      s.send(waiverDecided('a', s.pending('a'), { outcome: 'DENIED' }));
    }),
    one({ inFlight: 1 }, (s) => {
      s.bring('a', 'queued');
      s.bring('b', 'routing');
      s.send(capacityFound('a', s.pending('a')));
      s.send(submitted('c'));
      s.send(specChecked('c', s.pending('c')));
      s.send(commanded('c', 'SUSPEND'));
      s.send(commanded('c', 'RESUME'));
    }),
  ];
};

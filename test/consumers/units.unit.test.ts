import { expect } from 'chai';
import { LookAhead } from '../../src/consumers/dispatcher/look-ahead.js';
import { revocation, type TaskEvent } from '../../src/consumers/dispatcher/dispatcher-domain.js';
import { factFromEdge } from '../../src/consumers/intake/facts-from-edge.js';
import { performanceDomain } from '../../src/consumers/performance/performance-domain.js';
import { Slots } from '../../src/consumers/router/slots.js';
import { WaitingTasks } from '../../src/consumers/router/waiting-tasks.js';
import { tasksToWake } from '../../src/consumers/router/wake-up.js';
import type { LogRecord } from '../../src/bus/port.js';
import type { OutcomeObserved, WorkerSeen } from '../../src/events/generated/events.js';
import type { Decoded, LoggedEvent } from '../../src/log/index.js';
import {
  commanded,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  request,
  TRACE,
} from '../support/tasks.js';

const SECOND = 1_000_000;
const seen = (over: Partial<WorkerSeen> = {}): WorkerSeen => ({
  agentId: 'a',
  instance: 'w',
  slots: 2,
  freeSlots: 2,
  leaving: false,
  build: 'b',
  occurredAt: 100 * SECOND,
  ...over,
});
const free = (slots: Slots, now: number): number | undefined => slots.views(now)[0]?.freeSlots;

describe('router: slots', () => {
  const make = () => new Slots({ staleAfter: 10 * SECOND, reservedFor: 60 * SECOND, maxInstances: 3 });

  it('a reservation counts until the instance has told of it; leaving gives the slot back', () => {
    const slots = make();
    slots.see(seen(), 100 * SECOND);
    slots.reserve('T-1', 'w', 0, 100 * SECOND);
    expect(free(slots, 101 * SECOND)).to.equal(1);
    slots.accepted('T-1', 101 * SECOND);
    slots.see(seen({ freeSlots: 1, occurredAt: 102 * SECOND }), 102 * SECOND);
    expect(free(slots, 102 * SECOND)).to.equal(1);
    expect(slots.release('T-1', 103 * SECOND)).to.equal(true);
    expect(free(slots, 103 * SECOND)).to.equal(2);
  });

  it('hazard: a partition that went to another process leaves no reservation behind', () => {
    const slots = make();
    slots.see(seen(), 100 * SECOND);
    slots.reserve('T-1', 'w', 0, 100 * SECOND);
    slots.reserve('T-2', 'w', 1, 100 * SECOND);
    slots.forget(0);
    expect(free(slots, 101 * SECOND)).to.equal(1);
    expect(slots.reservations).to.equal(1);
  });

  it('hazard: an answer that was never taken does not hold its slot for ever', () => {
    const slots = make();
    slots.reserve('T-1', 'w', 0, 100 * SECOND);
    slots.see(seen(), 161 * SECOND);
    expect(free(slots, 161 * SECOND)).to.equal(2);
    expect(slots.reservations).to.equal(0);
  });

  it('hazard: presence ages by our clock, so a worker whose clock is wrong is neither gone nor immortal', () => {
    const slots = make();
    slots.see(seen({ occurredAt: 1 }), 100 * SECOND);
    expect(free(slots, 105 * SECOND)).to.equal(2);
    slots.see(seen({ instance: 'ahead', occurredAt: 9999 * SECOND }), 100 * SECOND);
    expect(slots.views(111 * SECOND)).to.deep.equal([]);
  });

  it('law 13: instances are bounded, nameless and endless names are not taken', () => {
    const slots = make();
    for (const instance of ['', 'x'.repeat(257), '1', '2', '3', '4']) slots.see(seen({ instance }), SECOND);
    expect(slots.views(SECOND)).to.have.length(3);
  });

  it('never more free slots than slots, whatever an instance says', () => {
    const slots = make();
    slots.see(seen({ freeSlots: 1_000_000 }), SECOND);
    expect(free(slots, SECOND)).to.equal(2);
  });
});

const event = (type: string, taskId: string, data: object = {}, offset = 0): LoggedEvent => ({
  type,
  offset,
  body: { taskId, ...data, meta: { occurredAt: offset, traceparent: null, tenant: 't' } } as never,
});
const routing = {
  taskType: 'code',
  requiredCapabilities: ['go'],
  excludedAgents: [],
  excludedInstances: [],
  priority: 5,
};

describe('router: waiting tasks', () => {
  const waiting = (taskId: string, into: WaitingTasks, over: object = {}, offset = 0): void => {
    into.see(event('RoutingStarted', taskId, { ...routing, ...over }), 0);
    into.see(event('TaskQueued', taskId, { reason: 'NO_CAPACITY' }, offset), 0);
  };

  it('hazard: a repeated request, a remembered command, a refusal leave a waiting task waiting', () => {
    const tasks = new WaitingTasks();
    waiting('T-1', tasks);
    for (const type of ['RequestRefused', 'CommandRemembered', 'CommandRefused', 'AskRepeated'])
      tasks.see(event(type, 'T-1'), 0);
    expect(tasks.size).to.equal(1);
    tasks.forget(0);
    expect(tasks.size).to.equal(0);
  });

  it('law 13: wakes as many as there are slots, most urgent first; the hopeless are looked at once', () => {
    const tasks = new WaitingTasks();
    waiting('T-low', tasks, { priority: 1 }, 1);
    waiting('T-high', tasks, { priority: 9 }, 2);
    for (let i = 0; i < 5000; i++) waiting(`T-${i}`, tasks, { requiredCapabilities: ['cobol'] }, 3);
    const agents = [
      { agentId: 'a', status: 'AVAILABLE', capabilities: ['go'], taskTypes: [], maxConcurrency: null },
    ];
    const presence = [{ agentId: 'a', instance: 'w', slots: 1, freeSlots: 1, leaving: false }];
    const woken = (freeSlots: number) =>
      tasksToWake(tasks.inOrder(), agents, [
        { ...presence[0], agentId: 'a', instance: 'w', leaving: false, slots: 9, freeSlots },
      ]).map(({ request: { taskId } }) => taskId);
    expect(woken(1)).to.deep.equal(['T-high']);
    expect(woken(9)).to.deep.equal(['T-high', 'T-low']);
    expect(woken(0)).to.deep.equal([]);
  });
});

describe('dispatcher', () => {
  const see = (look: LookAhead, offset: number, type: string, taskId = 'T-1'): void =>
    look.see({ kind: 'record', offset, type, record: { taskId } as unknown as TaskEvent });

  it('law 5: a routing that a later event left behind is superseded; repeated requests and asks leave it standing', () => {
    const look = new LookAhead();
    see(look, 3, 'TaskRouted');
    for (const [i, type] of ['RequestRefused', 'CommandRemembered', 'AskRepeated', 'LeaseRenewed'].entries())
      see(look, 4 + i, type);
    expect(look.isSuperseded(3)).to.equal(false);
    see(look, 9, 'OfferEnded');
    expect(look.isSuperseded(3)).to.equal(true);
    see(look, 11, 'TaskRouted');
    expect(look.isSuperseded(11)).to.equal(false);
  });

  it('law 13: a later takeover looks ahead anew, and what is decided on is forgotten', () => {
    const look = new LookAhead();
    see(look, 3, 'TaskRouted');
    see(look, 4, 'OfferEnded');
    see(look, 5, 'TaskRouted');
    look.decided(3);
    look.decided(4);
    look.decided(5);
    expect(look.size).to.equal(0);
    see(look, 20, 'VerdictRequested');
    expect(look.isSuperseded(5)).to.equal(false);
  });

  it('revokes what the saga took back, and not what the agent gave back itself', () => {
    const of = (type: string, record: object) => revocation(type, record as TaskEvent)?.reason;
    expect(of('TaskSuspended', { token: 7, reason: 'x' })).to.equal('suspended: x');
    expect(of('TaskSuspended', { token: null })).to.equal(undefined);
    expect(of('OfferEnded', { token: 7, end: 'NOT_ACCEPTED' })).to.equal('not accepted in time');
    expect(of('OfferEnded', { token: 7, end: 'DECLINED' })).to.equal(undefined);
    expect(of('ExecutionFailed', { token: 7, failureClass: 'AGENT' })).to.equal(undefined);
    expect(of('ExecutionFailed', { token: 7, failureClass: 'LEASE_EXPIRED' })).to.equal('lease expired');
    expect(of('VerdictRequested', { token: 0, ending: 'CANCELLED', reason: 'y' })).to.equal('cancelled: y');
    expect(of('VerdictRequested', { token: 7, ending: 'COMPLETED' })).to.equal(undefined);
  });
});

/** The outcomes that the performance component makes of what a scene's log holds. */
const outcomesOf = (scene: Scene): OutcomeObserved[] => {
  const domain = performanceDomain();
  return scene.log.flatMap((logged) => {
    const input = {
      kind: 'record',
      offset: logged.offset,
      type: logged.type,
      record: logged.body as never,
    } as const;
    let loaded = new Map<string, readonly LoggedEvent[]>();
    for (let tries = 0; tries < 2; tries++) {
      const context = { now: 0, partition: 0, tail: 0, loaded };
      const decision = domain.decide(
        { get: () => undefined, index: domain.createIndex() },
        input,
        context,
      );
      if (decision.kind === 'events')
        return decision.events.map(({ data }) => data as unknown as OutcomeObserved);
      if (decision.kind === 'load')
        loaded = new Map([[decision.streamId, decision.offsets.flatMap((o) => scene.log[o] ?? [])]]);
    }
    throw new Error('asked twice');
  });
};

describe('performance: one outcome for each assignment that has ended', () => {
  type Way = readonly [name: string, end: (s: Scene) => void, result: string, failureClass: string | null];
  const token = (s: Scene): number => s.token('T-1');
  const ways: readonly Way[] = [
    ['completed', (s) => void s.bring('T-1', 'completed'), 'SUCCESS', null],
    [
      'declined',
      (s) => {
        s.bring('T-1', 'routed');
        s.send(reported('T-1', 'DECLINED', token(s)));
      },
      'VOID',
      null,
    ],
    [
      'not accepted',
      (s) => {
        s.bring('T-1', 'routed');
        s.fire();
      },
      'VOID',
      null,
    ],
    [
      'failed by the agent, attempts left',
      (s) => {
        s.bring('T-1', 'executing');
        s.send(reported('T-1', 'FAILED', token(s), { failureClass: 'AGENT' }));
      },
      'FAILURE',
      'AGENT',
    ],
    [
      'failed by the agent, sealed',
      (s) => {
        s.bring('T-1', 'executing', { maxAttempts: 1 });
        s.send(reported('T-1', 'FAILED', token(s), { failureClass: 'AGENT' }));
      },
      'FAILURE',
      'AGENT',
    ],
    [
      'lease expired',
      (s) => {
        s.bring('T-1', 'executing');
        s.fire();
      },
      'VOID',
      'LEASE_EXPIRED',
    ],
    [
      'verification failed, sealed',
      (s) => {
        s.bring('T-1', 'verifying', { maxAttempts: 1 });
        s.send(resultVerified('T-1', s.pending('T-1'), { outcome: 'FAIL', failureClass: 'CONSTITUTION' }));
      },
      'FAILURE',
      'CONSTITUTION',
    ],
    [
      'suspended',
      (s) => {
        s.bring('T-1', 'executing');
        s.send(commanded('T-1', 'SUSPEND'));
        s.send(commanded('T-1', 'CANCEL'));
      },
      'VOID',
      'SUSPENDED',
    ],
    ...(['routed', 'executing', 'verifying'] as const).map((state): Way => [
      `cancelled while ${state}`,
      (s) => {
        s.bring('T-1', state);
        s.send(commanded('T-1', 'CANCEL'));
      },
      'VOID',
      'CANCELLED',
    ]),
    [
      'deadline',
      (s) => {
        s.bring('T-1', 'executing', { deadline: s.now + 1000 });
        s.now += 2000;
        s.fire();
      },
      'VOID',
      'DEADLINE',
    ],
  ];
  for (const [name, end, result, failureClass] of ways) {
    it(`law 11: ${name} → ${result} ${failureClass ?? ''}`, () => {
      const scene = new Scene();
      end(scene);
      expect(outcomesOf(scene).map((o) => [o.result, o.failureClass])).to.deep.equal([
        [result, failureClass],
      ]);
    });
  }

  it('property: over random lives, every TaskRouted that ended has exactly one outcome, the others none', () => {
    let seed = 1;
    const below = (n: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (let life = 0; life < 200; life++) {
      const scene = new Scene();
      scene.bring('T-1', 'routing', {
        maxAttempts: 1 + below(3),
        ...(below(3) ? {} : { deadline: scene.now + 60_000_000 }),
      });
      for (let step = 0; step < 12 && scene.values.has('task/T-1'); step++) {
        const { state } = scene.task('T-1');
        if (state === 'routing')
          scene.send(
            routeDecided('T-1', scene.pending('T-1'), { agentId: `a-${step}`, workerInstance: `w-${step}` }),
          );
        const by = {
          agentId: scene.task('T-1').assignment?.agentId ?? '',
          workerInstance: scene.task('T-1').assignment?.workerInstance ?? '',
        };
        const moves: (() => void)[] = [
          () => scene.send(reported('T-1', 'ACCEPTED', token(scene), by)),
          () => scene.send(reported('T-1', 'RESULT', token(scene), by)),
          () =>
            scene.send(
              reported('T-1', 'FAILED', token(scene), {
                ...by,
                failureClass: below(2) ? 'AGENT' : 'INFRASTRUCTURE',
              }),
            ),
          () => scene.send(reported('T-1', 'DECLINED', token(scene), { ...by, busy: below(2) === 0 })),
          () => scene.fire(),
          () =>
            state === 'verifying' &&
            scene.send(resultVerified('T-1', scene.pending('T-1'), below(2) ? {} : { outcome: 'FAIL' })),
          () => scene.send(commanded('T-1', below(4) ? 'SUSPEND' : 'CANCEL', { commandId: `c-${step}` })),
          () => scene.send(commanded('T-1', 'RESUME', { commandId: `r-${step}` })),
        ];
        moves[below(moves.length)]?.();
      }
      const routed = scene.log.filter(({ type }) => type === 'TaskRouted').map(({ offset }) => offset);
      const value = scene.values.get('task/T-1');
      // A task that is sealed has no open assignment, whatever its state remembers.
      const open = value?.kind === 'task' && value.state !== 'sealed' ? value.assignment?.token : undefined;
      const ended = routed.filter((offset) => offset !== open);
      expect(
        outcomesOf(scene)
          .map((o) => o.token)
          .sort((a, b) => a - b),
        `life ${life}`,
      ).to.deep.equal(ended);
    }
  });
});

const record = (topic: string): LogRecord => ({
  topic,
  partition: 2,
  offset: 5,
  timestamp: 0,
  key: null,
  value: Buffer.from('x'),
  headers: {},
});
const decoded = (name: string, body: object): Decoded => ({ kind: 'event', name, record: body as never });
const result = {
  commit: null,
  ref: null,
  resultSha256: null,
  exitCode: 0,
  output: '',
  usage: {},
  evidence: [],
};
const report = {
  reportId: 'r',
  taskId: 'T-1',
  token: 1,
  agentId: 'a',
  workerInstance: 'w',
  number: 0,
  tenant: 't',
  traceparent: TRACE,
};

describe('intake: facts from edge records', () => {
  const submit = (over: object) =>
    factFromEdge(
      record('arbiter.task-requests'),
      decoded('TaskRequested', { ...request('T-1'), traceparent: TRACE, ...over }),
    );

  it('a redelivery is the same fact: its id derives from where the record stands', () => {
    const fact = submit({});
    expect(fact.kind === 'fact' && fact.head).to.deep.include({
      factId: 'arbiter.task-requests/2/5',
      traceparent: TRACE,
    });
  });

  it('hazard: a traceparent of another form is dropped, not copied into every record', () => {
    const fact = submit({ traceparent: 'x'.repeat(900_000) });
    expect(fact.kind === 'fact' && fact.head.traceparent).to.equal(null);
  });

  it('R-531: actor and retryOf are bounded; problems are one line each and show no password and no control character', () => {
    expect(submit({ actor: 'x'.repeat(257) })).to.include({ kind: 'dead-letter', code: 'INVALID_REQUEST' });
    expect(submit({ retryOf: '../..' })).to.include({ kind: 'dead-letter', code: 'INVALID_REQUEST' });
    const letter = submit({ repository: 'https://ann:hunter2@host/\u001b[31m\u009b' });
    expect(letter.kind === 'dead-letter' && letter.message)
      .to.contain('https://…@host')
      .and.not.contain('hunter2');
    expect(letter.kind === 'dead-letter' && /\p{Cc}/u.test(letter.message)).to.equal(false);
  });

  it('hazard: ids with path characters are put aside with what was expected and found', () => {
    const letter = submit({ taskId: '../../etc\n' });
    expect(letter).to.include({ kind: 'dead-letter', code: 'INVALID_TASK_ID' });
    expect(letter.kind === 'dead-letter' && letter.message).to.contain('../../etc\\u000a');
  });

  it('law 13: a result is bounded field by field, so that its fact fits; its output keeps the end', () => {
    const of = (over: object) =>
      factFromEdge(
        record('arbiter.agent-reports'),
        decoded('ResultSubmitted', { ...report, result: { ...result, ...over } }),
      );
    expect(of({ commit: 'x'.repeat(1001) })).to.include({ code: 'INVALID_REPORT' });
    expect(of({ evidence: [{ name: 'x'.repeat(1001), sha256: '' }] })).to.include({ code: 'INVALID_REPORT' });
    expect(of({ evidence: Array.from({ length: 101 }, () => ({ name: '', sha256: '' })) })).to.include({
      code: 'INVALID_REPORT',
    });
    const fact = of({ output: `${'x'.repeat(70_000)}end` });
    expect(fact.kind === 'fact' && fact.name === 'AgentReported' && fact.body.result?.output).to.match(
      /^x{65533}end$/,
    );
  });
});

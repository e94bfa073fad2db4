import { expect } from 'chai';
import { expectEvents } from '../support/decider.js';
import { commanded, reported, routeDecided, Scene, specChecked, submitted } from '../support/tasks.js';

describe('asks', () => {
  it('law 6: a repeat refers to the first ask, and an answer to it counts until the state is left', () => {
    const s = new Scene();
    s.send(submitted('t'));
    const ask = s.pending('t');
    expectEvents(s.fire(), [['AskRepeated', { ask, kind: 'VALIDATE_SPEC', number: 1 }]]);
    expectEvents(s.fire(), [['AskRepeated', { ask, number: 2 }]]);
    expectEvents(s.send(specChecked('t', ask)), ['SpecApproved', 'RoutingStarted']);
    expectEvents(s.send(specChecked('t', ask)), []);
  });

  it('R-528: repeats wait longer each time, up to a limit', () => {
    const s = new Scene({ askMaxMs: 60_000 });
    s.send(submitted('t'));
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const from = s.now;
      s.fire();
      waits.push((s.now - from) / 1_000_000);
    }
    expect(waits).to.deep.equal([10, 20, 40, 60, 60]);
  });

  it('law 6: while the component answers nobody, repeats do not count', () => {
    const s = new Scene({ askRepeats: 2 });
    s.send(submitted('t'));
    for (let i = 0; i < 50; i++) expectEvents(s.fire(), ['AskRepeated']);
  });

  it('law 6: a component that answers others and not this has that many waits left, then the task fails', () => {
    const s = new Scene({ askRepeats: 2, askMaxMs: 10_000 });
    s.send(submitted('t'));
    for (let i = 0; i < 10; i++) s.fire();
    s.now += 5_000_000;
    s.send(submitted('other', { deadline: null }));
    s.send(specChecked('other', s.pending('other')));
    s.send(commanded('other', 'SUSPEND'));
    const answered = s.now;
    let events = s.fire();
    while (events[0]?.type === 'AskRepeated') events = s.fire();
    expectEvents(events, [
      ['AskExpired', { kind: 'VALIDATE_SPEC' }],
      ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED' }],
    ]);
    expect(s.now - answered).to.be.within(20_000_000, 40_000_000);
  });

  it('law 13: an outage without end is given up', () => {
    const s = new Scene({ askOutageMs: 60_000, askMaxMs: 10_000 });
    s.send(submitted('t'));
    const began = s.now;
    let events = s.fire();
    while (events[0]?.type === 'AskRepeated') events = s.fire();
    expectEvents(events, ['AskExpired', 'VerdictRequested']);
    expect(s.now - began).to.equal(60_000_000);
  });

  it('law 10: the ask for the verdict is repeated without limit, past every deadline', () => {
    const s = new Scene({ askOutageMs: 60_000, askRepeats: 1 });
    s.bring('t', 'sealed', { deadline: s.now + 1_000_000 });
    for (let i = 0; i < 200; i++) expectEvents(s.fire(), ['AskRepeated']);
  });

  it('law 10: an answer that makes no sense is none', () => {
    const s = new Scene();
    s.bring('t', 'routing');
    const ask = s.pending('t');
    expectEvents(s.send(routeDecided('t', ask, { outcome: 'UNKNOWN' })), []);
    expectEvents(s.send(routeDecided('t', ask, { workerInstance: null })), []);
    expectEvents(s.send(routeDecided('t', ask, { decision: null })), []);
    expectEvents(s.send(routeDecided('t', ask)), ['TaskRouted']);
  });

  it('part 4: an agent that was left out is not taken, whatever the router says', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    s.send(reported('t', 'FAILED', s.token('t')));
    expectEvents(s.send(routeDecided('t', s.pending('t'))), []);
    expectEvents(s.send(routeDecided('t', s.pending('t'), { agentId: 'agent-2' })), ['TaskRouted']);
  });

  it('part 4: only the current token, agent and instance count', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const token = s.token('t');
    for (const over of [{ agentId: 'agent-2' }, { workerInstance: 'worker-2' }, { token: token - 1 }]) {
      expectEvents(s.send(reported('t', 'RESULT', token, over)), []);
    }
    expectEvents(s.send(reported('t', 'RESULT', token, { result: null })), [
      ['ExecutionFailed', { failureClass: 'AGENT' }],
      'RoutingStarted',
    ]);
  });

  it('part 4: a worker can not blame the lease, the deadline or the constitution', () => {
    for (const failureClass of ['LEASE_EXPIRED', 'DEADLINE', 'CONSTITUTION', 'UNKNOWN', null] as const) {
      const s = new Scene();
      s.bring('t', 'executing');
      expectEvents(s.send(reported('t', 'FAILED', s.token('t'), { failureClass })), [
        ['ExecutionFailed', { failureClass: 'AGENT' }],
        ['RoutingStarted', { attempt: 2 }],
      ]);
    }
  });
});

describe('offsets (law 4)', () => {
  it('law 4: an offset that stands in the current request is appended first', () => {
    const s = new Scene();
    s.bring('t', 'routed');
    const { offset } = s.pending('t');
    const { type, record } = reported('t', 'ACCEPTED', offset);
    const decision = s.ask({ kind: 'record', offset: 9, type, record }, { tail: offset });
    expect(decision).to.deep.equal({ kind: 'append-first' });
    expect(s.ask({ kind: 'record', offset: 9, type, record }).kind).to.equal('events');
  });

  it('law 4: the same for bodies, for the ask that is repeated and for the approval that a seal names', () => {
    const s = new Scene();
    s.bring('t', 'routing');
    const { type, record } = routeDecided('t', s.pending('t'));
    const input = { kind: 'record', offset: 9, type, record } as const;
    expect(s.ask(input, { tail: 0 }).kind).to.equal('append-first');
    expect(s.ask(input)).to.deep.equal({ kind: 'load', streamId: 'task/t', offsets: [0] });
    const due = s.index.nextTimer();
    if (due === undefined) throw new Error('no timer');
    expect(s.ask({ kind: 'timer', ...due }, { tail: s.pending('t').offset }).kind).to.equal('append-first');
    const cancel = commanded('t', 'CANCEL');
    expect(s.ask({ kind: 'record', offset: 9, ...cancel }, { tail: 2 }).kind).to.equal('append-first');
  });
});

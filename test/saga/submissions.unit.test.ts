import { expect } from 'chai';
import { expectEvents } from '../support/decider.js';
import {
  capacityFound,
  commanded,
  reported,
  routeDecided,
  Scene,
  specChecked,
  submitted,
  verdictSigned,
} from '../support/tasks.js';

describe('requests', () => {
  it('part 3: the same request again adds nothing; another one for the same task is refused', () => {
    const s = new Scene();
    s.send(submitted('t'));
    expectEvents(s.send(submitted('t')), []);
    const events = s.send(submitted('t', { requestId: 'other' }));
    expectEvents(events, [['RequestRefused', { taskId: 't', requestId: 'other', code: 'DUPLICATE_TASK' }]]);
    expect(events[0]?.body.meta.streamId).to.equal('partition/0');
    expectEvents(s.send(submitted('t', { requestId: 'other' })), []);
  });

  it('part 4: a finished task stays recognised and takes no further event', () => {
    const s = new Scene();
    s.bring('t', 'completed');
    expectEvents(s.send(submitted('t')), [['RequestRefused', { code: 'DUPLICATE_TASK' }]]);
    expectEvents(s.send(submitted('t')), []);
    expectEvents(s.send(reported('t', 'RESULT', 4)), []);
    const late = s.send(commanded('t', 'CANCEL'));
    expectEvents(late, [['CommandRefused', { code: 'ALREADY_FINISHED' }]]);
    expect(late[0]?.body.meta.streamId).to.equal('partition/0');
    expectEvents(s.send(commanded('t', 'CANCEL')), []);
  });

  it('law 13: over the limit of waiting tasks a request is refused without using up its id', () => {
    const s = new Scene({ waiting: 1 });
    s.send(submitted('a'));
    for (const _again of [1, 2])
      expectEvents(s.send(submitted('b')), [['RequestRefused', { code: 'OVERLOADED' }]]);
    s.send(specChecked('a', s.pending('a')));
    expectEvents(s.send(submitted('b')), ['TaskReceived', 'SpecValidationStarted']);
  });

  it('law 13: while the signer is down, sealed tasks count as waiting', () => {
    const s = new Scene({ inFlight: 1, waiting: 2 });
    s.bring('a', 'sealed');
    s.bring('b', 'sealed');
    expectEvents(s.send(submitted('c')), [['RequestRefused', { code: 'OVERLOADED' }]]);
    s.send(verdictSigned('a', s.pending('a')));
    expectEvents(s.send(submitted('c')), ['TaskReceived', 'SpecValidationStarted']);
  });

  it('law 13: the partition remembers a bounded number of refusals', () => {
    const s = new Scene();
    s.send(submitted('t'));
    for (let i = 0; i < 300; i++) s.send(submitted('t', { requestId: `r-${i}` }));
    const value = s.values.get('partition/0');
    expect(value?.kind === 'partition' && value.refused.length).to.equal(256);
  });

  it('R-507: a deadline that has passed already seals at reception', () => {
    const s = new Scene();
    expectEvents(s.send(submitted('t', { deadline: s.now - 1 })), [
      'TaskReceived',
      'DeadlineExceeded',
      [
        'VerdictRequested',
        { outcome: 'FAILED', ending: 'FAILED', attempt: 0, agentId: null, preVerdictAsk: null },
      ],
    ]);
  });
});

describe('commands', () => {
  it('R-529: suspend takes the work away, resume routes anew, with the same attempt', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const token = s.token('t');
    expectEvents(s.send(commanded('t', 'SUSPEND')), [['TaskSuspended', { token }]]);
    expectEvents(s.send(reported('t', 'RESULT', token)), []);
    expect(s.index.inFlight).to.equal(0);
    expectEvents(s.send(commanded('t', 'RESUME')), ['TaskResumed', ['RoutingStarted', { attempt: 1 }]]);
    s.send(routeDecided('t', s.pending('t')));
    expect(s.token('t')).to.be.greaterThan(token);
    expectEvents(s.send(reported('t', 'RESULT', token)), []);
  });

  it('law 5: a command takes effect once per id, refused or not', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    s.send(commanded('t', 'SUSPEND', { commandId: 'x' }));
    s.send(commanded('t', 'RESUME'));
    expectEvents(s.send(commanded('t', 'SUSPEND', { commandId: 'x' })), []);
    expectEvents(s.send(commanded('t', 'RESUME', { commandId: 'y' })), [
      ['CommandRefused', { code: 'ILLEGAL_STATE' }],
    ]);
    expectEvents(s.send(commanded('t', 'RESUME', { commandId: 'y' })), []);
  });

  it('R-529: a command may name the token and the version it is meant for', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const token = s.token('t');
    const wrong = commanded('t', 'CANCEL', { commandId: '1', ifToken: token + 1 });
    expectEvents(s.send(wrong), [['CommandRefused', { code: 'TOKEN_MISMATCH' }]]);
    const old = commanded('t', 'CANCEL', { commandId: '2', ifVersion: 1 });
    expectEvents(s.send(old), [['CommandRefused', { code: 'VERSION_MISMATCH' }]]);
    const right = { commandId: '3', ifToken: token, ifVersion: s.task('t').version };
    expectEvents(s.send(commanded('t', 'CANCEL', right)), ['CancellationAccepted', 'VerdictRequested']);
  });

  it('bad input: cancel before the request: remembered, and applied with the request', () => {
    const s = new Scene();
    expectEvents(s.send(commanded('t', 'CANCEL')), [['CommandRemembered', { command: 'CANCEL' }]]);
    expectEvents(s.send(commanded('t', 'CANCEL')), []);
    expect(s.index.rememberedCommands).to.equal(1);
    expectEvents(s.send(submitted('t')), [
      'TaskReceived',
      'CancellationAccepted',
      ['VerdictRequested', { ending: 'CANCELLED', outcome: 'FAILED' }],
    ]);
    expect(s.index.rememberedCommands).to.equal(0);
    expectEvents(s.send(commanded('t', 'CANCEL')), []);
    expectEvents(s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' })), ['TaskCancelled']);
  });

  it('law 13: what is remembered expires', () => {
    const s = new Scene();
    s.send(commanded('t', 'CANCEL'));
    s.now += 1_000_000;
    s.send(commanded('t', 'SUSPEND'));
    expect(s.index.nextTimer()).to.deep.include({ timer: 'REMEMBERED_COMMAND', streamId: 'task/t' });
    expectEvents(s.fire(), [
      ['CommandRefused', { code: 'EXPIRED', command: 'CANCEL' }],
      ['CommandRefused', { code: 'EXPIRED', command: 'SUSPEND' }],
      ['CommandRefused', { code: 'EXPIRED', command: 'CANCEL' }],
      ['CommandRefused', { code: 'EXPIRED', command: 'SUSPEND' }],
    ]);
    expect([...s.values.keys()], 'the partition alone remembers').to.deep.equal(['partition/0']);
    expect(s.index.rememberedCommands).to.equal(0);
    expectEvents(s.send(submitted('t')), ['TaskReceived', 'SpecValidationStarted']);
  });

  it('law 5: a command refused before its task was seen has no effect later, before the task and after', () => {
    const s = new Scene();
    s.send(commanded('t', 'CANCEL'));
    s.fire();
    expectEvents(s.send(commanded('t', 'CANCEL')), []);
    s.send(submitted('t'));
    expectEvents(s.send(commanded('t', 'CANCEL')), []);
    expectEvents(s.send(commanded('t', 'CANCEL', { commandId: 'another' })), [
      'CancellationAccepted',
      'VerdictRequested',
    ]);
  });

  it('law 5: the id of a request that was refused is not the id of a command', () => {
    const s = new Scene();
    s.send(submitted('t'));
    expectEvents(s.send(submitted('t', { requestId: 'one' })), ['RequestRefused']);
    expectEvents(s.send(commanded('t', 'CANCEL', { commandId: 'one' })), [
      'CancellationAccepted',
      'VerdictRequested',
    ]);
  });

  it('law 13: what is remembered is bounded, for one task and for the partition', () => {
    const s = new Scene({ rememberedPerTask: 1, rememberedPerPartition: 2 });
    s.send(commanded('a', 'CANCEL'));
    expectEvents(s.send(commanded('a', 'RESUME')), [['CommandRefused', { code: 'TASK_UNKNOWN' }]]);
    expectEvents(s.send(commanded('b', 'CANCEL')), ['CommandRemembered']);
    const events = s.send(commanded('c', 'CANCEL'));
    expectEvents(events, [['CommandRefused', { code: 'TASK_UNKNOWN' }]]);
    expect(events[0]?.body.meta.streamId).to.equal('partition/0');
  });

  it('law 13: commands of one task are bounded, but a cancel is always taken', () => {
    const s = new Scene({ commands: 2 });
    s.bring('t', 'executing');
    s.send(commanded('t', 'RESUME', { commandId: '1' }));
    s.send(commanded('t', 'RESUME', { commandId: '2' }));
    const events = s.send(commanded('t', 'SUSPEND', { commandId: '3' }));
    expectEvents(events, [['CommandRefused', { code: 'TOO_MANY_COMMANDS' }]]);
    expect(events[0]?.body.meta.streamId).to.equal('partition/0');
    expectEvents(s.send(commanded('t', 'CANCEL', { commandId: '4' })), [
      'CancellationAccepted',
      'VerdictRequested',
    ]);
    expect(s.send(commanded('t', 'CANCEL', { commandId: '5' }))[0]?.body.meta.streamId).to.equal(
      'partition/0',
    );
  });

  it('law 13: a cancel that is refused, beyond the limit, leaves no id in the task', () => {
    const s = new Scene({ commands: 2 });
    s.bring('t', 'executing');
    const token = s.token('t');
    for (let i = 0; i < 5; i++)
      expectEvents(s.send(commanded('t', 'CANCEL', { commandId: `${i}`, ifToken: token + 1 })), [
        ['CommandRefused', { code: 'TOKEN_MISMATCH' }],
      ]);
    expect(s.task('t').commands).to.deep.equal(['0', '1']);
    for (const commandId of ['1', '4'])
      expectEvents(s.send(commanded('t', 'CANCEL', { commandId, ifToken: token })), []);
    expectEvents(s.send(commanded('t', 'CANCEL', { ifToken: token })), [
      'CancellationAccepted',
      'VerdictRequested',
    ]);
  });

  it('law 13: suspensions are bounded', () => {
    const s = new Scene({ suspensions: 1 });
    s.bring('t', 'suspended');
    s.send(commanded('t', 'RESUME'));
    const again = commanded('t', 'SUSPEND', { commandId: 'again' });
    expectEvents(s.send(again), [['CommandRefused', { code: 'TOO_MANY_SUSPENSIONS' }]]);
  });
});

describe('slots', () => {
  const line = (s: Scene, taskId: string, priority: number): void => {
    s.send(submitted(taskId, { priority }));
    expectEvents(s.send(specChecked(taskId, s.pending(taskId))), [
      'SpecApproved',
      ['TaskQueued', { reason: 'IN_FLIGHT_LIMIT' }],
    ]);
  };

  it('law 13: over the in-flight limit tasks wait, and a freed slot wakes the most urgent, then the oldest', () => {
    const s = new Scene({ inFlight: 1 });
    s.bring('a', 'sealed');
    s.bring('b', 'executing');
    line(s, 'c', 5);
    line(s, 'd', 9);
    line(s, 'e', 9);
    const woken = (taskId: string): void => {
      const events = s.send(commanded(taskId, 'CANCEL'));
      expect(events.map((e) => e.type)).to.deep.equal([
        'CancellationAccepted',
        'VerdictRequested',
        'RoutingStarted',
      ]);
      expect(s.index.inFlight).to.equal(1);
      expect(events[2]?.body.meta.actor).to.equal('saga');
    };
    woken('b');
    expect(s.task('d').state).to.equal('routing');
    woken('d');
    expect(s.task('e').state).to.equal('routing');
    woken('e');
    expect(s.task('c').state).to.equal('routing');
  });

  it('part 4: a task that waits for an agent holds no slot, and comes back in line', () => {
    const s = new Scene({ inFlight: 1 });
    s.bring('a', 'queued');
    s.bring('b', 'routing');
    const back = s.send(capacityFound('a', s.pending('a')));
    expectEvents(back, [['TaskQueued', { reason: 'IN_FLIGHT_LIMIT' }]]);
    expectEvents(s.send(capacityFound('a', s.pending('a'))), []);
    const events = s.send(routeDecided('b', s.pending('b'), { outcome: 'NO_CAPACITY' }));
    expect(events.map((e) => `${e.type} ${e.body.meta.streamId}`)).to.deep.equal([
      'TaskQueued task/b',
      'RoutingStarted task/a',
    ]);
  });

  it('law 13: after a raised limit the line drains', () => {
    const s = new Scene({ inFlight: 0 });
    for (const id of ['a', 'b', 'c']) line(s, id, 5);
    const raised = new Scene({ inFlight: 5 });
    s.log.forEach((event) => {
      raised.log.push(event);
      raised.apply(event);
    });
    const events = raised.send(submitted('d'));
    expectEvents(events, ['TaskReceived', 'SpecValidationStarted', 'RoutingStarted', 'RoutingStarted']);
  });

  it('law 13: a wait for a slot ends', () => {
    const s = new Scene({ inFlight: 0 });
    line(s, 'a', 5);
    expectEvents(s.fire(), [['VerdictRequested', { ending: 'FAILED' }]]);
  });
});

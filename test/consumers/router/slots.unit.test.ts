import { expect } from 'chai';
import { Slots } from '../../../src/consumers/router/slots.js';
import { WaitingTasks } from '../../../src/consumers/router/waiting-tasks.js';
import { tasksToWake } from '../../../src/consumers/router/wake-up.js';
import type { WorkerSeen } from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/index.js';

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
      tasksToWake(tasks.inOrder(), () => agents, [
        { ...presence[0], agentId: 'a', instance: 'w', leaving: false, slots: 9, freeSlots },
      ]).map(({ request: { taskId } }) => taskId);
    expect(woken(1)).to.deep.equal(['T-high']);
    expect(woken(9)).to.deep.equal(['T-high', 'T-low']);
    expect(woken(0)).to.deep.equal([]);
  });
});

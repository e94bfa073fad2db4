import { expect } from 'chai';
import { pino } from 'pino';
import { createMemoryBus, type MemoryBus, type ProcessBus } from '../../src/bus/memory/index.js';
import { startRegistrar } from '../../src/consumers/registrar/index.js';
import { TOPICS } from '../../src/events/topics.js';
import type { LoggedEvent } from '../../src/log/index.js';
import type { Component, ComponentContext } from '../../src/platform/component.js';
import { createMetrics } from '../../src/platform/metrics.js';
import { createEdgePublisher, type EdgePublisher } from '../../src/producers/index.js';
import { read, textCodec } from '../lifecycle/support/text-codec.js';
import { head, registration } from '../support/registry.js';

const MINUTE = 60_000;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u;
/** Instead of a day: the time between is the same every five seconds. */
const STALE = 10 * MINUTE;

describe('the registrar on the memory bus', () => {
  let bus: MemoryBus;
  let process: ProcessBus;
  let edge: EdgePublisher;
  let names = 0;

  const start = async (): Promise<Component> => {
    process = bus.process(`p${++names}`);
    const publisher = await bus.run(process.openPublisher());
    const context = {
      name: 'registrar',
      instance: `i${names}`,
      build: 'b',
      bus: process,
      codec: textCodec,
      clock: process.clock,
      random: () => 0.5,
      partitions: 1,
      publisher,
      // Nothing but the log to come back from.
      checkpoints: undefined,
      deadLetters: { put: () => Promise.resolve() },
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
      sessionTimeoutMs: 6000,
    } as unknown as ComponentContext;
    return bus.run(startRegistrar(context, { offlineAfterMs: MINUTE, staleAfterMs: STALE }));
  };

  beforeEach(async () => {
    bus = createMemoryBus({ seed: 5, startAt: 1_700_000_000_000 });
    for (const topic of Object.values(TOPICS))
      bus.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    const people = bus.process('people');
    edge = await bus.run(createEdgePublisher(await bus.run(people.openPublisher()), textCodec, people.admin));
  });

  const register = (agentId: string, over = {}): Promise<unknown> =>
    bus.run(edge.publish(TOPICS.agentCommands, 'RegisterAgent', agentId, registration(agentId, over)));

  const show = async (agentId: string, forMs: number, leaving = false): Promise<void> => {
    for (let passed = 0; passed < forMs; passed += 5000) {
      const seen = { agentId, instance: `w-${agentId}`, slots: 1, freeSlots: 1, leaving, build: 'b' };
      const record = { ...seen, occurredAt: bus.clock.now() * 1000 };
      await bus.run(edge.publish(TOPICS.presence, 'WorkerSeen', seen.instance, record));
      await bus.advance(5000);
    }
  };

  const log = (): LoggedEvent[] =>
    bus
      .recordsOf({ topic: TOPICS.agents, partition: 0 })
      .map(read)
      .filter(({ type }) => type !== 'Claimed');
  const said = (): string[] =>
    log().map(({ type, body }) => {
      const { agentId = '', present } = body as unknown as { agentId?: string; present?: boolean };
      return [type, agentId, ...(present === undefined ? [] : [present ? 'here' : 'gone'])].join(' ');
    });

  it('R-114: heard of, silent for a minute, gone after the time, back with the next sign of life', async () => {
    await start();
    await register('a');
    await show('a', 3 * MINUTE);
    expect(said()).to.deep.equal(['AgentRegistered a', 'PresenceChanged a here']);
    const [, here] = log();
    await bus.advance(2 * MINUTE);
    expect(said().slice(2)).to.deep.equal(['PresenceChanged a gone']);
    const lost = log().at(-1)?.body.meta;
    const traces = [here?.body.meta.traceparent, lost?.traceparent];
    for (const trace of traces)
      expect(trace, 'part 2: what the registrar starts itself has a trace').to.match(TRACEPARENT);
    expect(new Set(traces).size, 'of its own').to.equal(2);
    expect((lost?.dueAt ?? 0) - (lost?.occurredAt ?? 0)).to.equal(STALE * 1000);
    await bus.advance(STALE);
    expect(said().slice(3)).to.deep.equal(['AgentLeft a']);
    await show('a', 10_000);
    expect(said().slice(4)).to.deep.equal(['PresenceChanged a here']);
  });

  it('R-105, law 1: killed, without checkpoints, it is what the log says: ids decided, timers, words', async () => {
    await start();
    const first = registration('a', { languages: ['gleam'] });
    const word = { ...head(), kind: 'LANGUAGE', words: ['gleam'], reason: '' } as const;
    const send = async (): Promise<void> => {
      await bus.run(edge.publish(TOPICS.agentCommands, 'AddWords', 'LANGUAGE', word));
      await bus.run(edge.publish(TOPICS.agentCommands, 'RegisterAgent', 'a', first));
      await bus.advance(2000);
    };
    await send();
    expect(said()).to.deep.equal(['WordsAdded ', 'AgentRegistered a']);
    process.kill();
    await start();
    await bus.advance(20_000);
    // The same commands again, and one that needs the word.
    await send();
    await register('b', { languages: ['gleam'] });
    await bus.advance(STALE + MINUTE);
    expect(said().slice(2)).to.deep.equal(['AgentRegistered b', 'AgentLeft a', 'AgentLeft b']);
  });

  it('of two processes the owner alone speaks', async () => {
    await start();
    await start();
    await bus.advance(20_000);
    await register('a');
    await show('a', MINUTE);
    await bus.advance(2 * MINUTE);
    expect(said()).to.deep.equal(['AgentRegistered a', 'PresenceChanged a here', 'PresenceChanged a gone']);
  });
});

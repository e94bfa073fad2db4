import { expect } from 'chai';
import { createMemoryBus } from '../../src/bus/memory/index.js';
import { BusError, type Bus } from '../../src/bus/port.js';
import { openGate, OWNER_LIMITS, silentObserver, startOwners } from '../../src/log/index.js';
import { counters } from './support/counter-domain.js';
import { plainCodec } from './support/plain-codec.js';

describe('owners of a component', () => {
  it('R-625: whoever can not join its group leaves no reader behind', async () => {
    const memory = createMemoryBus({ latencyMs: [0, 0] });
    for (const topic of ['facts', 'counters'])
      memory.createTopicsNow([{ topic, partitions: 1, replicationFactor: 1, config: {} }]);
    let open = 0;
    const bus: Bus = {
      ...memory,
      openReader: async (handlers) => {
        const reader = await memory.openReader(handlers);
        const close = reader.close.bind(reader);
        open++;
        reader.close = async () => {
          open--;
          await close();
        };
        return reader;
      },
      joinGroup: () => Promise.reject(new BusError('NOT_AUTHORISED', 'no', false)),
    };
    const starting = startOwners({
      owner: 'counters',
      instance: 'a',
      build: 'test',
      bus,
      codec: plainCodec(),
      clock: memory.clock,
      random: () => 0.5,
      inboxOwned: false,
      partitions: 1,
      domain: counters,
      gate: openGate,
      limits: OWNER_LIMITS,
      observer: silentObserver,
      groupId: 'counters',
      inboxTopic: 'facts',
      logTopic: 'counters',
    });
    const failure: unknown = await memory.run(starting).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(BusError);
    expect(open).to.equal(0);
  });
});

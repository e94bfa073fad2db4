import { expect } from 'chai';
import { createMemoryBus } from '../../src/bus/memory/index.js';
import { IssuedSearch, RecentlyIssued } from '../../src/consumers/signer/issued.js';
import { TOPICS } from '../../src/events/topics.js';
import { plainCodec } from '../log/support/plain-codec.js';

describe('signer: an answer given again', () => {
  it('law 10: asks of two partitions with one offset are two asks; one look at the log serves all that wait', async () => {
    const codec = plainCodec();
    const bus = createMemoryBus({ seed: 1 });
    bus.createTopicsNow([{ topic: TOPICS.verdicts, partitions: 2, replicationFactor: 1, config: {} }]);
    const errors: unknown[] = [];
    let looks = 0;
    const counting = {
      ...bus,
      readRange: (...args: Parameters<typeof bus.readRange>) => {
        looks++;
        return bus.readRange(...args);
      },
    };
    const search = async (partition: number, asks: readonly number[]) => {
      const one = new IssuedSearch(counting, codec, { topic: TOPICS.verdicts, partition }, (e) =>
        errors.push(e),
      );
      return bus.run(Promise.all(asks.map((ask) => one.find(ask))));
    };
    for (const partition of [0, 1]) {
      const appender = await bus.run(bus.openAppender({ topic: TOPICS.verdicts, partition }));
      const meta = (seq: number) => ({ claim: 0, seq, eventId: 'e', prevHash: Buffer.alloc(32) });
      const verdict = (seq: number, phase: string, ask: number) => ({
        key: null,
        ...codec.encode(TOPICS.verdicts, 'VerdictIssued', {
          meta: meta(seq),
          phase,
          ask: { offset: ask, eventId: 'a' },
          verdictId: `v-${partition}-${ask}`,
          outcome: 'PASSED',
          envelopeSha256: '',
        }),
      });
      const claim = { key: null, ...codec.encode(TOPICS.verdicts, 'Claimed', { previousClaim: -1 }) };
      await bus.run(
        appender.append([claim, verdict(0, 'PRE', 7), verdict(1, 'FINAL', 7), verdict(2, 'FINAL', 9)]),
      );
    }
    const [seven, nine, none] = await search(1, [7, 9, 11]);
    expect([seven?.verdictId, nine?.verdictId, none]).to.deep.equal(['v-1-7', 'v-1-9', undefined]);
    expect((await search(0, [7]))[0]).to.deep.include({ verdictId: 'v-0-7', verdictOffset: 2 });
    expect(looks).to.be.at.most(3);
    expect(errors).to.deep.equal([]);
  });

  it('law 13: what was issued lately is bounded', () => {
    const recent = new RecentlyIssued(2);
    const issued = { verdictId: 'v', outcome: 'PASSED', envelopeSha256: '', verdictOffset: 0 } as const;
    for (const ask of [1, 2, 3]) recent.add(ask, issued);
    expect([1, 2, 3].map((ask) => recent.get(ask) !== undefined)).to.deep.equal([false, true, true]);
  });
});

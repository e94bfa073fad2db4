import { expect } from 'chai';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { murmur2, partitionFor } from '../../src/bus/index.js';

describe('partitionFor', () => {
  it('gives the hashes of Kafka’s own tests (Utils.murmur2)', () => {
    const known: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ];
    for (const [text, hash] of known) expect(murmur2(Buffer.from(text)), text).to.equal(hash);
  });

  it('agrees with kafkajs’ Java-compatible partitioner for any key and number of partitions', () => {
    const partition = kafkajs.Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        (key, partitions) => {
          const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
            partitionErrorCode: 0,
            partitionId,
            leader: 1,
            replicas: [1],
            isr: [1],
          }));
          const theirs = partition({
            topic: 't',
            partitionMetadata,
            message: { key: Buffer.from(key), value: null },
          });
          expect(partitionFor(key, partitions)).to.equal(theirs);
        },
      ),
    );
  });

  it('refuses what is not a number of partitions', () => {
    for (const wrong of [0, -1, 1.5, Number.NaN])
      expect(() => partitionFor('key', wrong)).to.throw(RangeError, 'positive number');
  });
});

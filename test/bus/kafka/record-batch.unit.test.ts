import { expect } from 'chai';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { decodeRecords } from '../../../src/bus/kafka/record-batch.js';
import { crc32c } from '@node-rs/crc32';
import { encodeRecordBatch } from '../../../src/bus/kafka/record-encoder.js';
import type { OutgoingRecord } from '../../../src/bus/index.js';

const AT = { topic: 't', partition: 0 };
const NOW = 1_795_000_000_123;

const bytes = fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one));
const records = fc.array(
  fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), bytes, { maxKeys: 4 }),
  }),
  { minLength: 1, maxLength: 200 },
);

/** The batch as it stands in a log: at an offset, with attributes. */
const placed = (batch: Buffer, base: number, attributes = 0, producerId = -1n): Buffer => {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(BigInt(base), 0);
  copy.writeInt16BE(attributes, 21);
  copy.writeBigInt64BE(producerId, 43);
  return copy;
};
const batchOf = (...texts: string[]): Buffer =>
  encodeRecordBatch(
    texts.map((text): OutgoingRecord => ({ key: null, value: Buffer.from(text) })),
    NOW,
  );
const textsOf = (log: Buffer, from = 0, aborted: Parameters<typeof decodeRecords>[3] = []): string[] =>
  decodeRecords(log, AT, from, aborted).records.map((one) => `${one.offset}${one.value?.toString()}`);

describe('record batch', () => {
  it('what is written is read again, byte for byte', () => {
    fc.assert(
      fc.property(records, fc.nat(), (written, base) => {
        const read = decodeRecords(placed(encodeRecordBatch(written, NOW), base), AT, base);
        expect(read.position).to.equal(base + written.length);
        read.records.forEach((one, index) => {
          const { key, value, headers } = written[index] ?? { key: null, value: null, headers: {} };
          expect(one).to.deep.include({ ...AT, offset: base + index, timestamp: NOW, key, value });
          expect(Object.entries(one.headers)).to.deep.equal(Object.entries(headers));
        });
      }),
      { numRuns: 200 },
    );
  });

  it('has the checksum of RFC 3720 (CRC-32C)', () => {
    expect(crc32c(Buffer.from('123456789'))).to.equal(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).to.equal(0x8a9136aa);
  });

  it('leaves out what is below the asked position, and a batch that is cut at the end', () => {
    const log = Buffer.concat([
      placed(batchOf('a', 'b', 'c'), 10),
      placed(batchOf('d'), 13),
      placed(batchOf('e'), 14).subarray(0, 65),
    ]);
    expect(textsOf(log, 11)).to.deep.equal(['11b', '12c', '13d']);
    expect(decodeRecords(log, AT, 11).position).to.equal(14);
    expect(decodeRecords(Buffer.alloc(0), AT, 7)).to.deep.equal({ records: [], position: 7 });
  });

  it('reads gzip', () => {
    const plain = batchOf('a', 'b');
    const packed = Buffer.concat([plain.subarray(0, 61), gzipSync(plain.subarray(61))]);
    packed.writeInt32BE(packed.length - 12, 8);
    expect(textsOf(placed(packed, 0, 1))).to.deep.equal(['0a', '1b']);
  });

  it('an unknown codec after readable batches is an error only once those are read', () => {
    const log = Buffer.concat([placed(batchOf('a'), 0), placed(batchOf('b'), 1, 3)]);
    expect(decodeRecords(log, AT, 0)).to.deep.include({ position: 1 });
    expect(() => decodeRecords(placed(batchOf('b'), 1, 3), AT, 1))
      .to.throw('lz4')
      .with.property('code', 'UNSUPPORTED_CODEC');
  });

  it('leaves out aborted transactions up to their marker, and moves over markers', () => {
    const control = (base: number, type: number, producerId: bigint): Buffer => {
      const key = Buffer.alloc(4);
      key.writeInt16BE(type, 2);
      return placed(encodeRecordBatch([{ key, value: Buffer.alloc(6) }], NOW), base, 0x30, producerId);
    };
    const log = Buffer.concat([
      placed(batchOf('bad'), 0, 0x10, 5n),
      placed(batchOf('good'), 1, 0x10, 6n),
      control(2, 0, 5n),
      placed(batchOf('better'), 3, 0x10, 5n),
      control(4, 1, 6n),
      control(5, 1, 5n),
    ]);
    expect(textsOf(log, 0, [{ producerId: 5n, firstOffset: 0 }])).to.deep.equal(['1good', '3better']);
    expect(decodeRecords(log, AT, 0, []).position).to.equal(6);
  });

  it('hostile bytes are an INVALID_RECORD, never a crash or an endless loop', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat({ max: 120 }), (noise, where) => {
        const batch = placed(batchOf('some', 'ordinary', 'records'), 0);
        batch.set(
          noise.subarray(0, Math.max(0, batch.length - 61 - where)),
          Math.min(61 + where, batch.length),
        );
        try {
          decodeRecords(batch, AT, 0);
        } catch (error) {
          expect(error).to.have.property('code').that.is.oneOf(['INVALID_RECORD', 'UNSUPPORTED_CODEC']);
        }
      }),
      { numRuns: 500 },
    );
  });
});

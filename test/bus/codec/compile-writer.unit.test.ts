import { expect } from 'chai';
import fc from 'fast-check';
import { parseSchema } from '../../../src/bus/codec/compile.js';
import { compileWriter } from '../../../src/bus/codec/compile-writer.js';
import { MISFIT, Sink } from '../../../src/bus/codec/sink.js';
import { loadEventSchemas } from '../../../src/events/schemas.js';
import { anyRecord } from './arbitrary.js';

const schemas = loadEventSchemas();
const sink = new Sink();

/** The bytes, or undefined where the record was refused. */
const written = (write: ReturnType<typeof compileWriter>, record: object): Buffer | undefined => {
  sink.begin(0);
  try {
    write(sink, record);
    return sink.taken();
  } catch (error) {
    if (error !== MISFIT) throw error;
    return undefined;
  }
};

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every place of a record where a value stands. */
const placesOf = (value: unknown): Place[] => {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
};

/** Made anew for each use. */
const strangers = (): readonly unknown[] => [
  undefined,
  null,
  true,
  1.5,
  -1,
  2 ** 31,
  2 ** 53,
  -(2 ** 52) - 2,
  NaN,
  '',
  'UNKNOWN',
  'é',
  [],
  ['x'],
  {},
  { a: 1 },
  Buffer.alloc(3),
  Buffer.alloc(32),
];

describe('codec: the compiled writer', () => {
  it('D.3: writes the bytes that avsc writes, for every event type', () => {
    for (const schema of schemas) {
      const type = parseSchema(schema.text);
      const write = compileWriter(type);
      fc.assert(
        fc.property(anyRecord(schema), (record) => {
          expect(written(write, record)).to.deep.equal(type.toBuffer(record));
        }),
        { numRuns: 20 },
      );
    }
  }).timeout(60_000);

  it('refuses exactly what avsc refuses: strangers in any place, fields missing or not declared', () => {
    for (const schema of schemas) {
      const type = parseSchema(schema.text);
      const write = compileWriter(type);
      const agree = (record: object): void => {
        const valid = type.isValid(record, { noUndeclaredFields: true });
        const bytes = written(write, record);
        expect(bytes !== undefined, `${schema.subject}: ${valid ? 'refused' : 'written'}`).to.equal(valid);
        if (bytes) expect(bytes).to.deep.equal(type.toBuffer(record));
      };
      fc.assert(
        fc.property(
          anyRecord(schema),
          fc.nat(),
          fc.nat(strangers().length - 1).map((which) => strangers()[which]),
          fc.constantFrom('replace', 'remove', 'add'),
          (record, pick, stranger, how) => {
            const places = placesOf(record);
            const place = places[pick % places.length];
            if (!place) return;
            if (how === 'replace') place.holder[place.key] = stranger;
            else if (how === 'remove') Reflect.deleteProperty(place.holder, place.key);
            else if (!Array.isArray(place.holder)) place.holder.stranger = stranger;
            agree(record);
          },
        ),
        { numRuns: 60 },
      );
    }
  }).timeout(120_000);

  it('an empty list is no record, though every field has a default', () => {
    const type = parseSchema(
      '{"type":"record","name":"T","fields":[{"name":"r","type":["null",{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":1}]}]}]}',
    );
    const write = compileWriter(type);
    expect(written(write, { r: {} })).to.deep.equal(type.toBuffer({ r: {} }));
    for (const r of [[], ['x'], 'x', 1]) {
      expect(type.isValid({ r })).to.equal(false);
      expect(written(write, { r })).to.equal(undefined);
    }
  });

  it('hazard: text of more bytes than characters, and of any length around a byte of length', () => {
    const type = parseSchema('{"type":"record","name":"T","fields":[{"name":"t","type":"string"}]}');
    const write = compileWriter(type);
    for (const unit of ['a', 'é', '€', '😀'])
      for (let n = 0; n < 140; n++)
        expect(written(write, { t: unit.repeat(n) })).to.deep.equal(type.toBuffer({ t: unit.repeat(n) }));
  });

  it('hazard: avsc writes half a surrogate pair as bytes that are no UTF-8; here it is U+FFFD', () => {
    const type = parseSchema('{"type":"record","name":"T","fields":[{"name":"t","type":"string"}]}');
    const write = compileWriter(type);
    expect(written(write, { t: 'a\ud800' })).to.deep.equal(type.toBuffer({ t: 'a\ufffd' }));
  });

  it('longs: the exact range, to the bit', () => {
    const type = parseSchema('{"type":"record","name":"T","fields":[{"name":"n","type":"long"}]}');
    const write = compileWriter(type);
    for (let bit = 0; bit < 53; bit++)
      for (const n of [2 ** bit - 1, 2 ** bit, 2 ** bit + 1, -(2 ** bit) + 1, -(2 ** bit), -(2 ** bit) - 1]) {
        const valid = type.isValid({ n });
        expect(written(write, { n }), `${n}`).to.deep.equal(valid ? type.toBuffer({ n }) : undefined);
      }
  });
});

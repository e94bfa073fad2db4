/** Seeded records of every event type, for round trips and fixtures. */
import fc from 'fast-check';
import type { KnownSchema } from '../../../src/bus/codec/index.js';
import { MAX_LONG, MIN_LONG } from '../../../src/bus/codec/longs.js';
import type { AvroNode, AvroSchema } from '../../../src/events/schemas.js';

const bytesOf = (minLength: number, maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes));

const primitives: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.oneof(
    fc.integer(),
    fc.integer({ min: MIN_LONG, max: MAX_LONG }),
    fc.constantFrom(MIN_LONG, MAX_LONG),
  ),
  double: fc.double({ noNaN: true }).map((value) => value + 0),
  string: fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 12 })),
  bytes: bytesOf(0, 64),
};

type Named = Map<string, fc.Arbitrary<unknown>>;

const remember = (named: Named, node: AvroNode, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  named.set(node.name ?? '', arbitrary).set(`${node.namespace ?? ''}.${node.name ?? ''}`, arbitrary);
  return arbitrary;
};

const ofNode = (node: AvroNode, named: Named): fc.Arbitrary<unknown> => {
  switch (node.type) {
    case 'record': {
      const fields = (node.fields ?? []).map((field) => [field.name, ofSchema(field.type, named)] as const);
      return remember(named, node, fc.record(Object.fromEntries(fields), { noNullPrototype: true }));
    }
    case 'enum':
      return remember(named, node, fc.constantFrom(...(node.symbols ?? [])));
    case 'fixed':
      return remember(named, node, bytesOf(node.size ?? 0, node.size ?? 0));
    case 'array':
      return fc.array(ofSchema(node.items ?? 'null', named), { maxLength: 4 });
    case 'map':
      return fc.dictionary(fc.string({ maxLength: 12 }), ofSchema(node.values ?? 'null', named), {
        maxKeys: 4,
        noNullPrototype: true,
      });
    default:
      return ofSchema(node.type, named);
  }
};

const ofSchema = (schema: AvroSchema, named: Named): fc.Arbitrary<unknown> => {
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => ofSchema(branch, named)));
  if (typeof schema === 'object') return ofNode(schema, named);
  const found = primitives[schema] ?? named.get(schema);
  if (!found) throw new Error(`unknown type ${schema}`);
  return found;
};

/** Any valid record of an event type, its fields in the order of the schema. */
export const anyRecord = (schema: KnownSchema): fc.Arbitrary<object> =>
  ofSchema(JSON.parse(schema.text) as AvroSchema, new Map()) as fc.Arbitrary<object>;

/** One record, always the same for a seed. */
export const sampleRecord = (schema: KnownSchema, seed: number): object => {
  const [record] = fc.sample(anyRecord(schema), { seed, numRuns: 1 });
  if (!record) throw new Error('no sample');
  return record;
};

import { expect } from 'chai';
import { createHash } from 'node:crypto';
import avsc from 'avsc';
import fc from 'fast-check';
import {
  CodecError,
  createCodec,
  fingerprint,
  fingerprintOf,
  FINGERPRINT_HEADER,
  memorySchemaSource,
  recordHash,
  type Codec,
  type Decoded,
  type KnownSchema,
  type SchemaSource,
} from '../../../src/bus/codec/index.js';
import type { EventsByTopic } from '../../../src/events/generated/events.js';
import { loadEventSchemas, type AvroNode } from '../../../src/events/schemas.js';
import { anyRecord, sampleRecord } from './arbitrary.js';

const schemas = loadEventSchemas();
const schemaOf = (fullName: string): KnownSchema & { schema: AvroNode } => {
  const found = schemas.find((schema) => schema.fullName === fullName);
  if (!found) throw new Error(fullName);
  return found;
};
const requested = schemaOf('arbiter.requests.TaskRequested');
const started = schemaOf('arbiter.tasks.ExecutionStarted');

const request = (changes: object = {}): EventsByTopic['arbiter.task-requests']['TaskRequested'] => ({
  ...(sampleRecord(requested, 1) as EventsByTopic['arbiter.task-requests']['TaskRequested']),
  ...changes,
});
const readyCodec = async (): Promise<Codec> => {
  const codec = createCodec(memorySchemaSource(schemas));
  await codec.ready();
  return codec;
};
const failure = (work: () => unknown): CodecError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('expected an error');
};
/** The schema of a later or a stranger's build. */
const changed = (base: AvroNode, change: (schema: AvroNode) => void): string => {
  const copy = structuredClone(base);
  change(copy);
  return JSON.stringify(copy);
};
const wire = (
  text: string,
  record: object,
  id = 4_711,
  withFingerprint = true,
): { value: Buffer; headers: Record<string, Buffer> } => {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  const body = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema).toBuffer(record);
  return {
    value: Buffer.concat([prefix, body]),
    headers: withFingerprint ? { [FINGERPRINT_HEADER]: fingerprintOf(text) } : {},
  };
};
const sourceWith = (texts: readonly string[], asked: number[] = []): SchemaSource => {
  const known = new Map(texts.map((text) => [fingerprintOf(text).toString('hex'), text]));
  return {
    ...memorySchemaSource(schemas),
    textOfId: (id) => {
      asked.push(id);
      return Promise.resolve(undefined);
    },
    seen: { textOf: (fp) => known.get(fp), textOfId: () => undefined },
  };
};

describe('codec', () => {
  describe('round trips', () => {
    it('every event type: what is encoded is decoded, at once, into plain objects', async () => {
      const codec = await readyCodec();
      for (const schema of schemas)
        fc.assert(
          fc.property(anyRecord(schema), (record) => {
            const encoded = codec.encode(schema.topic as never, schema.name as never, record as never);
            const decoded = codec.decode({ topic: schema.topic, ...encoded }) as Decoded;
            expect(decoded).to.include({ kind: 'event', name: schema.name });
            if (decoded.kind !== 'event') return;
            expect(decoded.record).to.deep.equal(record);
            expect(Object.getPrototypeOf(decoded.record)).to.equal(Object.prototype);
          }),
          { numRuns: 25 },
        );
    }).timeout(60_000);

    it('D.3: the bytes are the Confluent format, and a stock Avro reads the body', async () => {
      const codec = await readyCodec();
      const { value } = codec.encode('arbiter.task-requests', 'TaskRequested', request());
      expect(value[0]).to.equal(0);
      expect(value.readInt32BE(1)).to.be.greaterThan(0);
      const stock = avsc.Type.forSchema(JSON.parse(requested.text) as avsc.Schema).fromBuffer(
        value.subarray(5),
      ) as object;
      // Plain objects, all the way down: a stock Avro makes classes.
      expect(structuredClone(stock)).to.deep.equal(request());
    });

    it('law 12: the fingerprint is in a header, and the hash covers fingerprint and body but not the id', async () => {
      const codec = await readyCodec();
      const record = sampleRecord(started, 3) as EventsByTopic['arbiter.tasks']['ExecutionStarted'];
      const encoded = codec.encode('arbiter.tasks', 'ExecutionStarted', record);
      expect(fingerprint(encoded)).to.deep.equal(createHash('sha256').update(started.text).digest());
      const renumbered = Buffer.from(encoded.value);
      renumbered.writeInt32BE(99, 1);
      const hash = recordHash(encoded.value, encoded.headers);
      expect(recordHash(renumbered, encoded.headers)).to.deep.equal(hash);
      renumbered[renumbered.length - 1] = (renumbered.at(-1) ?? 0) ^ 1;
      expect(recordHash(renumbered, encoded.headers)).not.to.deep.equal(hash);
      expect(failure(() => recordHash(encoded.value, {})).code).to.equal('NO_FINGERPRINT');
    });
  });

  describe('encode refuses', () => {
    it('an invalid record, with path, expected and found', async () => {
      const codec = await readyCodec();
      const encode = (changes: object) => () =>
        codec.encode('arbiter.task-requests', 'TaskRequested', request(changes));
      expect(failure(encode({ priority: 'high' }))).to.deep.include({
        code: 'INVALID_RECORD',
        details: { path: 'priority', expected: 'int', found: '"high"' },
      });
      expect(failure(encode({ requiredCapabilities: ['a', 7] })).details).to.include({
        path: 'requiredCapabilities.1',
        found: '7',
      });
      expect(failure(encode({ prioritty: 3 })).details.expected).to.contain('prioritty');
      expect(failure(encode({ taskId: undefined })).details).to.include({
        path: 'taskId',
        found: 'undefined',
      });
    });

    it('a long that avsc would write wrongly, silently (below -2^52), or that is not exact', async () => {
      const codec = await readyCodec();
      for (const occurredAt of [-(2 ** 52) - 2, 2 ** 53, 1.5, Number.NaN])
        expect(
          failure(() => codec.encode('arbiter.task-requests', 'TaskRequested', request({ occurredAt })))
            .details.path,
        ).to.equal('occurredAt');
      for (const occurredAt of [-(2 ** 52), 2 ** 53 - 2]) {
        const encoded = codec.encode('arbiter.task-requests', 'TaskRequested', request({ occurredAt }));
        expect(codec.decode({ topic: 'arbiter.task-requests', ...encoded })).to.have.nested.property(
          'record.occurredAt',
          occurredAt,
        );
      }
    });

    it('a record over 900 KiB', async () => {
      const codec = await readyCodec();
      const encode = (length: number) => () =>
        codec.encode('arbiter.task-requests', 'TaskRequested', request({ description: 'x'.repeat(length) }));
      expect(failure(encode(900 * 1024)).code).to.equal('RECORD_TOO_LARGE');
      expect(failure(encode(20 * 1024 * 1024)).code).to.equal('RECORD_TOO_LARGE');
      expect(encode(890 * 1024)).not.to.throw();
    });

    it('an unknown event, and any event before its schema has an id', async () => {
      const codec = createCodec(memorySchemaSource(schemas));
      expect(failure(() => codec.encode('arbiter.tasks', 'Nonsense' as never, {} as never)).code).to.equal(
        'UNKNOWN_EVENT',
      );
      expect(failure(() => codec.encode('arbiter.task-requests', 'TaskRequested', request())).code).to.equal(
        'UNKNOWN_SCHEMA',
      );
      await codec.ready(['arbiter.task-requests']);
      expect(() => codec.encode('arbiter.task-requests', 'TaskRequested', request())).not.to.throw();
    });

    it('R: a producer refuses to start on an unknown schema, and says how to register it', async () => {
      const codec = createCodec(memorySchemaSource(schemas.filter((schema) => schema !== requested)));
      const error = await codec.ready().then(
        () => undefined,
        (reason: unknown) => reason as CodecError,
      );
      expect(error).to.include({ code: 'UNKNOWN_SCHEMA', retriable: false });
      expect(error?.message).to.contain(requested.subject).and.contain('arbiter schemas register');
    });
  });

  describe('law 12: other builds', () => {
    it('a new enum symbol is UNKNOWN, a new field is passed over, a missing one has its default', async () => {
      const text = changed(started.schema, (schema) => {
        schema.fields?.push({
          name: 'more',
          type: { type: 'map', values: { type: 'array', items: 'string' } },
          default: {},
        });
        const meta = schema.fields?.[0]?.type as AvroNode;
        const trigger = meta.fields?.find((field) => field.name === 'trigger')?.type as AvroNode;
        trigger.symbols?.push('OMEN');
        meta.fields = (meta.fields ?? []).filter((field) => field.name !== 'timer');
      });
      const record = sampleRecord(started, 5) as { meta: object };
      const written = { ...record, meta: { ...record.meta, trigger: 'OMEN' }, more: { a: ['b', 'c'] } };
      const codec = createCodec(sourceWith([text]));
      const decoded = await codec.decode({ topic: 'arbiter.tasks', ...wire(text, written) });
      expect(decoded).to.have.property('kind', 'event');
      expect(decoded)
        .to.have.property('record')
        .that.deep.equals({ ...record, meta: { ...record.meta, trigger: 'UNKNOWN', timer: null } });
    });

    it('an unknown event of an owned log gives its head, so that acceptance advances seq', async () => {
      const text = changed(started.schema, (schema) => {
        schema.name = 'TaskDreamt';
        schema.fields?.push({ name: 'dream', type: ['null', { type: 'map', values: 'double' }, 'string'] });
      });
      const record = { ...sampleRecord(started, 7), dream: { flight: 0.5 } } as unknown as { meta: object };
      const codec = createCodec(sourceWith([text]));
      const stock = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);
      const { headers } = wire(started.text, sampleRecord(started, 7));
      const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), stock.toBuffer(record)]);
      const decoded = await codec.decode({
        topic: 'arbiter.tasks',
        value,
        headers: { ...headers, [FINGERPRINT_HEADER]: fingerprintOf(text) },
      });
      expect(decoded).to.deep.include({
        kind: 'unknown',
        fullName: 'arbiter.tasks.TaskDreamt',
        head: record.meta,
      });
      const elsewhere = await codec.decode({
        topic: 'arbiter.facts',
        value,
        headers: { [FINGERPRINT_HEADER]: fingerprintOf(text) },
      });
      expect(elsewhere).to.include({ kind: 'unknown', head: null });
    });

    it('an id alone is resolved by the registry, once; a foreign schema of ours is kept in the log', async () => {
      const text = changed(requested.schema, (schema) => void (schema.doc = 'written by another client'));
      const asked: number[] = [];
      const learned: unknown[] = [];
      const codec = createCodec({
        ...memorySchemaSource(schemas),
        textOfId: (id) => (asked.push(id), Promise.resolve(id === 4_711 ? text : undefined)),
        learned: (subject, id) => learned.push([subject, id]),
      });
      const record = { topic: 'arbiter.task-requests', ...wire(text, request(), 4_711, false) };
      const decoded = await codec.decode(record);
      expect(decoded).to.have.property('kind', 'event');
      expect(codec.decode(record)).not.to.be.instanceOf(Promise);
      expect(asked).to.deep.equal([4_711]);
      expect(learned).to.deep.equal([[requested.subject, 4_711]]);
    });

    it('hazard: an id given anew after a registry was lost: the fingerprint decides', async () => {
      const other = changed(requested.schema, (schema) => void (schema.doc = 'elder'));
      const codec = createCodec(sourceWith([other]));
      await codec.ready();
      const fresh = codec.encode('arbiter.task-requests', 'TaskRequested', request());
      const sameId = fresh.value.readInt32BE(1);
      const old = wire(other, request({ title: 'old' }), sameId);
      for (const record of [fresh, old, fresh, old])
        expect(await codec.decode({ topic: 'arbiter.task-requests', ...record })).to.include({
          kind: 'event',
        });
      const lost = { ...old, headers: { [FINGERPRINT_HEADER]: Buffer.alloc(32, 1) } };
      const plain = createCodec(memorySchemaSource(schemas));
      expect(await plain.decode({ topic: 'arbiter.task-requests', ...lost })).to.include({
        kind: 'undecodable',
        code: 'UNKNOWN_SCHEMA_ID',
      });
    });
  });

  describe('bad bytes are a value', () => {
    const code = async (
      codec: Codec,
      value: Buffer | null,
      headers: Record<string, Buffer> = {},
    ): Promise<string> => {
      const decoded = await codec.decode({ topic: 'arbiter.task-requests', value, headers });
      return decoded.kind === 'undecodable' ? decoded.code : decoded.kind;
    };

    it('each with its code', async () => {
      const codec = createCodec(memorySchemaSource(schemas), { lookupsPerSecond: 10_000 });
      await codec.ready();
      const { value, headers } = codec.encode('arbiter.task-requests', 'TaskRequested', request());
      expect(await code(codec, null)).to.equal('TOMBSTONE');
      expect(await code(codec, Buffer.alloc(0))).to.equal('NOT_CONFLUENT_FORMAT');
      expect(await code(codec, Buffer.from('{"a":1}'))).to.equal('NOT_CONFLUENT_FORMAT');
      expect(await code(codec, Buffer.concat([Buffer.from([1]), value.subarray(1)]))).to.equal(
        'NOT_CONFLUENT_FORMAT',
      );
      expect(await code(codec, Buffer.alloc(1024 * 1024 + 1))).to.equal('TOO_LARGE');
      expect(await code(codec, Buffer.from([0, 0, 1, 0, 0]))).to.equal('UNKNOWN_SCHEMA_ID');
      expect(await code(codec, value.subarray(0, -1), headers)).to.equal('CORRUPT_BODY');
      expect(await code(codec, Buffer.concat([value, Buffer.from([0])]), headers)).to.equal('CORRUPT_BODY');
      const incompatible = changed(requested.schema, (schema) => {
        schema.fields = (schema.fields ?? []).filter((field) => field.name !== 'taskId');
      });
      const strange = createCodec(sourceWith([incompatible]));
      const record = request() as Partial<ReturnType<typeof request>>;
      expect(
        await code(strange, wire(incompatible, record).value, wire(incompatible, record).headers),
      ).to.equal('INCOMPATIBLE_SCHEMA');
    });

    it('0.8: counts that promise more than there are bytes end at the bytes, in arrays, maps and skipped ones', async () => {
      const text = changed(requested.schema, (schema) => {
        schema.fields?.unshift({ name: 'bomb', type: { type: 'array', items: 'string' } });
      });
      const codec = createCodec(sourceWith([text]));
      for (const count of [
        Buffer.from('feffffffffffff1f', 'hex'),
        Buffer.from('ffffffffffffff1f00', 'hex'),
      ]) {
        const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), count]);
        expect(await code(codec, value, { [FINGERPRINT_HEADER]: fingerprintOf(text) })).to.be.oneOf([
          'CORRUPT_BODY',
          'UNSAFE_LONG',
        ]);
      }
    });

    it('0.8: a writer schema with items of no width, a recursive or an endless one is refused', async () => {
      const bomb = changed(
        requested.schema,
        (schema) => void schema.fields?.push({ name: 'bomb', type: { type: 'array', items: 'null' } }),
      );
      const loop = changed(
        requested.schema,
        (schema) =>
          void schema.fields?.push({ name: 'loop', type: ['null', 'arbiter.requests.TaskRequested'] }),
      );
      const codec = createCodec(sourceWith([bomb, loop, 'x'.repeat(300_000), '"string"']));
      for (const text of [bomb, loop, 'x'.repeat(300_000), '"string"'])
        expect(
          await code(codec, Buffer.from([0, 0, 0, 0, 1, 0]), { [FINGERPRINT_HEADER]: fingerprintOf(text) }),
        ).to.equal('INCOMPATIBLE_SCHEMA');
    });

    it('fuzz: random and mutated bytes never throw, never hang', async () => {
      const codec = await readyCodec();
      const mutate = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 2 }));
      for (const schema of schemas) {
        const { value, headers } = codec.encode(
          schema.topic as never,
          schema.name as never,
          sampleRecord(schema, 11) as never,
        );
        const check = (bytes: Buffer): void => {
          const decoded = codec.decode({ topic: schema.topic, value: bytes, headers });
          expect(decoded).not.to.be.instanceOf(Promise);
          if (!(decoded instanceof Promise) && decoded.kind === 'event')
            expect(() =>
              codec.encode(schema.topic as never, schema.name as never, decoded.record as never),
            ).not.to.throw();
        };
        fc.assert(
          fc.property(fc.array(mutate, { minLength: 1, maxLength: 6 }), (changes) => {
            const bytes = Buffer.from(value);
            for (const [at, byte, how] of changes) {
              const index = 5 + (at % Math.max(1, bytes.length - 5));
              bytes[index] = how === 0 ? byte : how === 1 ? (bytes[index] ?? 0) ^ (1 << (byte & 7)) : 0xff;
            }
            check(bytes);
          }),
          { numRuns: 40 },
        );
        fc.assert(
          fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
            check(Buffer.concat([value.subarray(0, 5), bytes])),
          ),
          { numRuns: 20 },
        );
      }
    }).timeout(60_000);
  });

  describe('unknown ids', () => {
    const unknown = (id: number): { topic: string; value: Buffer; headers: Record<string, Buffer> } => {
      const value = Buffer.from([0, 0, 0, 0, 0, 2, 2]);
      value.writeInt32BE(id, 1);
      return { topic: 'arbiter.task-requests', value, headers: {} };
    };

    it('are asked for once at a time, and not again for a while', async () => {
      const asked: number[] = [];
      let now = 0;
      const codec = createCodec(sourceWith([], asked), {
        negativeTtlMs: 1000,
        lookupsPerSecond: 1e6,
        now: () => now,
      });
      await Promise.all([
        Promise.resolve(codec.decode(unknown(7))),
        Promise.resolve(codec.decode(unknown(7))),
      ]);
      await codec.decode(unknown(7));
      expect(asked).to.deep.equal([7]);
      now = 2000;
      await codec.decode(unknown(7));
      expect(asked).to.deep.equal([7, 7]);
    });

    it('law 13: look-ups are spaced out', async () => {
      const codec = createCodec(sourceWith([]), { lookupsPerSecond: 1000, now: () => 0 });
      const begin = performance.now();
      const all = Array.from({ length: 20 }, (_, i) => Promise.resolve(codec.decode(unknown(i + 500))));
      await Promise.all(all);
      expect(performance.now() - begin).to.be.greaterThan(15);
    });

    it('a registry that is away, or wiped, is retriable and proves nothing', async () => {
      const away: SchemaSource = {
        ...memorySchemaSource(schemas),
        textOfId: () => Promise.reject(new CodecError('REGISTRY_UNREACHABLE', 'away', {}, true)),
      };
      const wiped: SchemaSource = memorySchemaSource([]);
      for (const [source, code] of [
        [away, 'REGISTRY_UNREACHABLE'],
        [wiped, 'REGISTRY_WIPED'],
      ] as const) {
        const error = await Promise.resolve(createCodec(source).decode(unknown(7))).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).to.include({ code, retriable: true });
      }
    });
  });
});

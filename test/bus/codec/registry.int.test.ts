import { expect } from 'chai';
import confluent from '@kafkajs/confluent-schema-registry';
import type { CodecError } from '../../../src/bus/codec/index.js';
import {
  checkSchemas,
  connectRegistry,
  createCodec,
  loadSchemaLog,
  registerSchemas,
  registrySource,
  ensureSchemas,
  restoreSchemas,
  schemaId,
  type Codec,
  type Encoded,
  type EventTopic,
} from '../../../src/bus/codec/index.js';
import { openLiveMemoryBus, type Bus } from '../../../src/bus/index.js';
import { loadEventSchemas, type AvroNode } from '../../../src/events/schemas.js';
import { TOPICS } from '../../../src/events/topics.js';
import { sampleRecord } from './arbitrary.js';
import { startPrivateRegistry, type PrivateRegistry } from './private-registry.js';

const schemas = loadEventSchemas();
const requestSchema = schemas.find((schema) => schema.name === 'TaskRequested');
const rejection = async (promise: Promise<unknown> | object): Promise<CodecError | undefined> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error as CodecError,
  );

describe('codec on a real registry', function () {
  this.timeout(120_000);
  if (!requestSchema) throw new Error('TaskRequested');
  const request = sampleRecord(requestSchema, 21);
  const bus: Bus = openLiveMemoryBus();
  const opened: PrivateRegistry[] = [];
  const written: { topic: string; name: string; record: object; encoded: Encoded }[] = [];
  let first: PrivateRegistry;
  let foreign: Encoded;
  let foreignText = '';

  const open = async (): Promise<PrivateRegistry> => {
    const registry = await startPrivateRegistry();
    opened.push(registry);
    return registry;
  };
  const readAll = async (codec: Codec): Promise<void> => {
    for (const { topic, name, record, encoded } of written) {
      const decoded = await codec.decode({ topic, ...encoded });
      expect(decoded, `${topic}/${name}`).to.include({ kind: 'event', name });
      if (decoded.kind === 'event') expect(decoded.record).to.deep.equal(record);
    }
  };
  const readForeign = async (codec: Codec): Promise<void> => {
    const decoded = await codec.decode({ topic: TOPICS.taskRequests, ...foreign });
    expect(decoded).to.deep.include({ kind: 'event', name: 'TaskRequested', record: request });
  };

  before(async () => {
    const config = { 'cleanup.policy': 'compact' };
    await bus.admin.createTopics([{ topic: TOPICS.schemas, partitions: 2, replicationFactor: 1, config }]);
    first = await open();
  });
  after(async () => {
    await Promise.all(opened.map((registry) => registry.stop()));
    await bus.close();
  });

  it('registers every schema, FULL_TRANSITIVE first; again, and by two at once, changes nothing', async () => {
    const registry = connectRegistry({ url: first.url });
    expect(new Set((await checkSchemas({ registry })).map(({ state }) => state))).to.deep.equal(
      new Set(['compatible']),
    );
    const [report] = await Promise.all([registerSchemas({ registry, bus }), registerSchemas({ registry })]);
    expect(report.ids.size).to.equal(schemas.length);
    expect(report.logged).to.equal(new Set(schemas.map(({ text }) => text)).size);
    for (const { subject } of schemas)
      expect(await registry.compatibilityOf(subject)).to.equal('FULL_TRANSITIVE');
    const again = await registerSchemas({ registry, bus });
    expect(again).to.deep.include({ registered: [], logged: 0 });
    expect(again.ids).to.deep.equal(report.ids);
    for (const check of await checkSchemas({ registry }))
      expect(check).to.include({ state: 'registered' }).and.not.to.have.property('message');
  });

  it('an incompatible schema is refused before anything is registered, with what is wrong', async () => {
    const registry = connectRegistry({ url: first.url });
    const copy = JSON.parse(requestSchema.text) as AvroNode;
    copy.fields?.push({ name: 'mandatory', type: 'int' });
    const newcomer = { ...requestSchema, subject: 'arbiter.commands-arbiter.Newcomer' };
    const broken = { ...requestSchema, text: JSON.stringify(copy) };
    const error = await rejection(registerSchemas({ registry, schemas: [newcomer, broken] }));
    expect(error).to.include({ code: 'INCOMPATIBLE_SCHEMA' });
    expect(error?.message).to.contain(requestSchema.subject).and.contain('mandatory');
    expect(await registry.subjects()).not.to.include(newcomer.subject);
  });

  it('look-up only: a producer without its schemas does not start', async () => {
    const registry = connectRegistry({ url: first.url });
    const strange = schemas.map((schema) => ({ ...schema, subject: `elsewhere-${schema.subject}` }));
    expect(await rejection(createCodec(registrySource(registry), { schemas: strange }).ready())).to.include({
      code: 'UNKNOWN_SCHEMA',
    });
  });

  it('a stock client reads our records, and we read its records that carry only an id', async () => {
    const registry = connectRegistry({ url: first.url });
    const codec = createCodec(registrySource(registry));
    await codec.ready();
    const stock = new confluent.SchemaRegistry({ host: first.url });
    for (const schema of schemas) {
      const record = sampleRecord(schema, 31);
      const encoded = codec.encode(schema.topic as EventTopic, schema.name as never, record as never);
      written.push({ topic: schema.topic, name: schema.name, record, encoded });
      expect(JSON.parse(JSON.stringify(await stock.decode(encoded.value)))).to.deep.equal(
        JSON.parse(JSON.stringify(record)),
      );
    }
    // Some other ids go by before the stranger registers a text of its own, so that there is a gap.
    await registry.register('someone-else', JSON.stringify({ type: 'record', name: 'Else', fields: [] }));
    const copy = JSON.parse(requestSchema.text) as AvroNode;
    foreignText = JSON.stringify({ ...copy, doc: 'From another client.' });
    const id = await registry.register(requestSchema.subject, foreignText);
    foreign = { value: await stock.encode(id, request), headers: {} };
    expect(schemaId(foreign.value)).to.equal(id);

    const log = await loadSchemaLog(bus);
    const publisher = await bus.openPublisher();
    const errors: unknown[] = [];
    const keep = { publisher, partitions: 2, onError: (error: unknown) => void errors.push(error) };
    await readForeign(createCodec(registrySource(registry, log, keep)));
    await publisher.flush();
    await publisher.close();
    expect(errors).to.deep.equal([]);
    expect((await loadSchemaLog(bus)).all.map(({ text }) => text)).to.include(foreignText);
  });

  it('registry away: everything in the log is read, an unknown id is no dead letter, nobody starts', async () => {
    await first.stop();
    const registry = connectRegistry({ url: first.url, timeoutMs: 1000 });
    const codec = createCodec(registrySource(registry, await loadSchemaLog(bus)));
    await readAll(codec);
    await readForeign(codec);
    const value = Buffer.from([0, 0, 1, 0, 0, 0]);
    const away = { code: 'REGISTRY_UNREACHABLE', retriable: true };
    expect(await rejection(codec.decode({ topic: TOPICS.commands, value, headers: {} }))).to.include(away);
    expect(await rejection(codec.ready())).to.include(away);
  });

  it('registry wiped: an empty one is filled from arbiter.schemas, ids kept, foreign records included', async () => {
    const registry = connectRegistry({ url: (await open()).url });
    await readAll(createCodec(registrySource(registry, await loadSchemaLog(bus))));
    const unknown = { topic: TOPICS.commands, value: Buffer.from([0, 0, 1, 0, 0, 0]), headers: {} };
    expect(await rejection(createCodec(registrySource(registry)).decode(unknown))).to.include({
      code: 'REGISTRY_WIPED',
      retriable: true,
    });

    const report = await restoreSchemas({ registry, bus });
    expect(report).to.deep.include({ renumbered: [], ignored: 0 });
    expect(report.kept).to.equal(report.found);
    expect((await registry.subjects()).filter((subject) => subject.includes('placeholder'))).to.deep.equal(
      [],
    );
    for (const { subject } of schemas)
      expect(await registry.compatibilityOf(subject)).to.equal('FULL_TRANSITIVE');

    const withoutLog = createCodec(registrySource(registry));
    await withoutLog.ready();
    await readAll(withoutLog);
    await readForeign(withoutLog);
    expect(await restoreSchemas({ registry, bus })).to.deep.include({ renumbered: [], kept: report.kept });
  });

  it('registry wiped: who sets up gives the old ids back before anything is registered', async () => {
    const registry = connectRegistry({ url: (await open()).url });
    await ensureSchemas({ registry, bus });
    const { all } = await loadSchemaLog(bus);
    for (const { text, ids } of all)
      expect(await Promise.all(ids.map((id) => registry.textOfId(id)))).to.include(text);
    const withoutLog = createCodec(registrySource(registry));
    await withoutLog.ready();
    await readAll(withoutLog);
    await readForeign(withoutLog);
  });

  it('a registry whose ids are taken gives new ones: old ids resolve through arbiter.schemas', async () => {
    const registry = connectRegistry({ url: (await open()).url });
    for (let i = 0; i < 20; i++)
      await registry.register(`taken-${i}`, JSON.stringify({ type: 'record', name: `T${i}`, fields: [] }));
    const report = await restoreSchemas({ registry, bus });
    expect(report.renumbered).not.to.be.empty;
    expect(report.kept).to.be.lessThan(report.found);
    // The ids that are lost here are lost the next time too, though the log holds the new ones by then.
    expect(await restoreSchemas({ registry, bus })).to.deep.equal(report);
    const codec = createCodec(registrySource(registry, await loadSchemaLog(bus)));
    await codec.ready();
    await readAll(codec);
    await readForeign(codec);
  });

  it('an address that is no registry is said to be none', async () => {
    const registry = connectRegistry({
      url: `${opened[1]?.url.replace('/apis/ccompat/v7', '') ?? ''}/nowhere`,
    });
    expect(await rejection(registry.idOf('a', '"int"'))).to.include({
      code: 'REGISTRY_REFUSED',
      retriable: false,
    });
  });
});

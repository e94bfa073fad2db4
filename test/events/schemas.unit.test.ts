import { expect } from 'chai';
import avsc from 'avsc';
import {
  loadCommonTypes,
  loadEventSchemas,
  type AvroNode,
  type AvroSchema,
} from '../../src/events/schemas.js';
import { OWNED_TOPICS, TOPICS } from '../../src/events/topics.js';

/** Every node of a schema with its path. */
const nodes = (schema: AvroSchema, at: string): { at: string; node: AvroNode | AvroSchema[] }[] => {
  if (typeof schema === 'string') return [];
  if (Array.isArray(schema)) return [{ at, node: schema }, ...schema.flatMap((branch) => nodes(branch, at))];
  return [
    { at, node: schema },
    ...nodes(typeof schema.type === 'string' ? [] : schema.type, at).filter(
      ({ node }) => !Array.isArray(node) || node.length > 0,
    ),
    ...(schema.fields ?? []).flatMap((field) => nodes(field.type, `${at}.${field.name}`)),
    ...(schema.items ? nodes(schema.items, `${at}[]`) : []),
    ...(schema.values ? nodes(schema.values, `${at}{}`) : []),
  ];
};

describe('event schemas', () => {
  const events = loadEventSchemas();
  const all = events.flatMap((event) => nodes(event.schema, event.subject));
  const only = (type: string): { at: string; node: AvroNode }[] =>
    all.flatMap(({ at, node }) => (!Array.isArray(node) && node.type === type ? [{ at, node }] : []));

  it('every .avsc is a self-contained schema that a foreign parser takes', () => {
    expect(events.length).to.be.greaterThan(60);
    for (const event of events)
      expect(() => avsc.Type.forSchema(JSON.parse(event.text) as avsc.Schema), event.subject).not.to.throw();
  });

  it('TopicRecordNameStrategy: subjects are <topic>-<full name>, each once', () => {
    for (const event of events) expect(event.subject).to.equal(`${event.topic}-${event.fullName}`);
    expect(new Set(events.map((event) => event.subject)).size).to.equal(events.length);
  });

  it('every topic of events is one of ours, and each owned log carries Claimed', () => {
    expect(Object.values(TOPICS)).to.include.members(events.map((event) => event.topic));
    const claimed = events
      .filter((event) => event.fullName === 'arbiter.Claimed')
      .map((event) => event.topic);
    expect(claimed).to.have.members([...OWNED_TOPICS]);
  });

  it('D.3: every enum has UNKNOWN first and as its default', () => {
    const enums = only('enum');
    expect(enums).not.to.be.empty;
    for (const { at, node } of enums) {
      expect(node.symbols?.[0], at).to.equal('UNKNOWN');
      expect((node as { default?: string }).default, at).to.equal('UNKNOWN');
    }
  });

  it('D.3: a union is null and one other type, and a nullable field defaults to null', () => {
    for (const { at, node } of all) {
      if (!Array.isArray(node) || node.length === 0) continue;
      expect(node, at).to.have.length(2);
      expect(node[0], at).to.equal('null');
    }
    for (const { at, node } of only('record'))
      for (const field of node.fields ?? [])
        if (Array.isArray(field.type)) expect(field, `${at}.${field.name}`).to.have.property('default', null);
  });

  it('D.3: no array or map of items without width', () => {
    const widthless = (type: avsc.Type): boolean =>
      type.typeName === 'null' || ('fields' in type && (type as avsc.types.RecordType).fields.length === 0);
    const walk = (type: avsc.Type, at: string): void => {
      const { itemsType, valuesType, fields, types } = type as unknown as {
        itemsType?: avsc.Type;
        valuesType?: avsc.Type;
        fields?: avsc.types.Field[];
        types?: avsc.Type[];
      };
      for (const item of [itemsType, valuesType]) {
        if (!item) continue;
        expect(widthless(item), at).to.equal(false);
        walk(item, at);
      }
      for (const field of fields ?? []) walk(field.type, `${at}.${field.name}`);
      for (const branch of types ?? []) walk(branch, at);
    };
    for (const event of events)
      walk(avsc.Type.forSchema(JSON.parse(event.text) as avsc.Schema), event.subject);
  });

  it('D.3: no floats in heads, claims, or anything but routing statistics and what gates measure', () => {
    const allowed = new Set([
      'arbiter.Candidate',
      'arbiter.RoutingDecision',
      'arbiter.outcomes.OutcomeObserved',
      'arbiter.Alternative',
      'arbiter.Prior',
      'arbiter.agents.RoutingPolicyChanged',
      'arbiter.agentcommands.SetRoutingPolicy',
      'arbiter.GateOrder',
      'arbiter.facts.GateReported',
      'arbiter.tasks.GateFinished',
    ]);
    const found = only('record').flatMap(({ node }) => {
      const name = node.name?.includes('.') ? node.name : `${node.namespace ?? 'arbiter'}.${node.name ?? ''}`;
      const floats = (node.fields ?? []).filter((field) =>
        /"(double|float)"/.test(JSON.stringify(shallow(field.type))),
      );
      return floats.length > 0 && !allowed.has(name) ? [name] : [];
    });
    expect(found).to.deep.equal([]);
  });

  it('every event of an owned log begins with its head, every fact with its own', () => {
    for (const event of events) {
      const first = event.schema.fields?.[0];
      const name =
        typeof first?.type === 'object' && !Array.isArray(first.type) ? first.type.name : undefined;
      if (event.name === 'Claimed') continue;
      if (OWNED_TOPICS.includes(event.topic))
        expect([first?.name, name], event.subject).to.deep.equal(['meta', 'LogMeta']);
      if (event.topic === TOPICS.facts)
        expect([first?.name, name], event.subject).to.deep.equal(['meta', 'FactMeta']);
    }
  });

  it('law 12: the record heads, field by field', () => {
    const common = loadCommonTypes();
    const shape = (name: string): string[] =>
      (common.get(`arbiter.${name}`)?.fields ?? []).map((field) => `${field.name}: ${short(field.type)}`);
    expect(shape('LogMeta')).to.deep.equal([
      'claim: long',
      'seq: long',
      'cause: long',
      'trigger: arbiter.Trigger',
      'inputId: string?',
      'eventId: string',
      'streamId: string',
      'streamVersion: long',
      'prevHash: arbiter.Sha256',
      'occurredAt: micros',
      'dueAt: micros?',
      'timer: arbiter.Timer?',
      'decisionIndex: int',
      'decisionSize: int',
      'correlationId: string',
      'tenant: string',
      'actor: string',
      'traceparent: string?',
    ]);
    expect(shape('FactMeta')).to.deep.equal([
      'factId: string',
      'edgeId: string?',
      'taskId: string',
      'component: string',
      'instance: string',
      'build: string',
      'inReplyTo: arbiter.AskRef?',
      'readUpTo: long?',
      'source: arbiter.SourceRef?',
      'occurredAt: micros',
      'tenant: string',
      'actor: string',
      'traceparent: string?',
    ]);
    expect(common.get('arbiter.Trigger')?.symbols).to.deep.equal(['UNKNOWN', 'INPUT', 'TIMER', 'CLAIM']);
  });
});

/** A type without what it names. */
const shallow = (schema: AvroSchema): AvroSchema =>
  typeof schema === 'object' && !Array.isArray(schema) && schema.type === 'record'
    ? (schema.name ?? '')
    : Array.isArray(schema)
      ? schema.map(shallow)
      : typeof schema === 'object' && schema.items
        ? [shallow(schema.items)]
        : schema;

const short = (schema: AvroSchema): string => {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema))
    return `${schema
      .filter((branch) => branch !== 'null')
      .map(short)
      .join('|')}?`;
  return schema.logicalType === 'timestamp-micros' ? 'micros' : short(schema.type);
};

import { expect } from 'chai';
import { cloudEventHeaders, createCodec, memorySchemaSource } from '../../../src/bus/codec/index.js';
import type { EventsByTopic } from '../../../src/events/generated/events.js';
import { loadEventSchemas } from '../../../src/events/schemas.js';
import { CLOUD_EVENT_TOPICS } from '../../../src/events/topics.js';
import { sampleRecord } from './arbitrary.js';

const text = (headers: Readonly<Record<string, Buffer>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString('utf8')]));

describe('CloudEvents headers (D.1, binary mode)', () => {
  const schemas = loadEventSchemas();

  it('a command: required attributes, subject, partition key, time in microseconds, trace', () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const command: EventsByTopic['arbiter.commands']['CancelTask'] = {
      commandId: 'c-1',
      taskId: 'täsk',
      reason: '',
      ifToken: null,
      ifVersion: null,
      tenant: 'default',
      actor: 'ada',
      occurredAt: 1_795_000_000_000_042,
      traceparent: trace,
    };
    expect(
      text(cloudEventHeaders('arbiter.commands.CancelTask', command, '/arbiter/local/cli')),
    ).to.deep.equal({
      'content-type': 'application/vnd.confluent.avro',
      ce_specversion: '1.0',
      ce_id: 'c-1',
      ce_source: '/arbiter/local/cli',
      ce_type: 'arbiter.commands.cancel_task.v1',
      ce_subject: 'tasks/täsk',
      ce_time: '2026-11-18T11:06:40.000042Z',
      ce_partitionkey: 'täsk',
      ce_correlationid: 'täsk',
      ce_authid: 'ada',
      ce_traceparent: trace,
    });
  });

  it('0.6: on edge topics and verdicts, on no other topic, and never without a value', async () => {
    const codec = createCodec(memorySchemaSource(schemas));
    await codec.ready();
    for (const schema of schemas) {
      const { headers } = codec.encode(
        schema.topic as never,
        schema.name as never,
        sampleRecord(schema, 2) as never,
      );
      expect('ce_specversion' in headers, schema.subject).to.equal(CLOUD_EVENT_TOPICS.includes(schema.topic));
      for (const value of Object.values(headers)) expect(value).to.be.instanceOf(Buffer);
    }
  });

  it('a time before, at and after the epoch, and one beyond what a date holds, never throws', () => {
    for (const occurredAt of [-1, 0, 1, Number.MAX_SAFE_INTEGER - 1, -(2 ** 52)])
      expect(text(cloudEventHeaders('a.B', { occurredAt }, '/a')).ce_time).to.match(
        /^[+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
      );
  });
});

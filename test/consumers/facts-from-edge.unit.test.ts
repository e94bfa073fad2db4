import { expect } from 'chai';
import type { LogRecord } from '../../src/bus/port.js';
import { factFromEdge } from '../../src/consumers/intake/facts-from-edge.js';
import type { Decoded } from '../../src/log/index.js';
import { request, TRACE } from '../support/tasks.js';

const record = (topic: string): LogRecord => ({
  topic,
  partition: 2,
  offset: 5,
  timestamp: 0,
  key: null,
  value: Buffer.from('x'),
  headers: {},
});
const decoded = (name: string, body: object): Decoded => ({ kind: 'event', name, record: body as never });
const result = {
  commit: null,
  ref: null,
  resultSha256: null,
  exitCode: 0,
  output: '',
  usage: {},
  evidence: [],
};
const report = {
  reportId: 'r',
  taskId: 'T-1',
  token: 1,
  agentId: 'a',
  workerInstance: 'w',
  number: 0,
  tenant: 't',
  traceparent: TRACE,
};

describe('intake: facts from edge records', () => {
  const submit = (over: object) =>
    factFromEdge(
      record('arbiter.task-requests'),
      decoded('TaskRequested', { ...request('T-1'), traceparent: TRACE, ...over }),
    );

  it('a redelivery is the same fact: its id derives from where the record stands', () => {
    const fact = submit({});
    expect(fact.kind === 'fact' && fact.head).to.deep.include({
      factId: 'arbiter.task-requests/2/5',
      traceparent: TRACE,
    });
  });

  it('hazard: a traceparent of another form is dropped, not copied into every record', () => {
    const fact = submit({ traceparent: 'x'.repeat(900_000) });
    expect(fact.kind === 'fact' && fact.head.traceparent).to.equal(null);
  });

  it('R-531: actor and retryOf are bounded; problems are one line each and show no password and no control character', () => {
    expect(submit({ actor: 'x'.repeat(257) })).to.include({ kind: 'dead-letter', code: 'INVALID_REQUEST' });
    expect(submit({ retryOf: '../..' })).to.include({ kind: 'dead-letter', code: 'INVALID_REQUEST' });
    const letter = submit({ repository: 'https://ann:hunter2@host/\u001b[31m\u009b' });
    expect(letter.kind === 'dead-letter' && letter.message)
      .to.contain('https://…@host')
      .and.not.contain('hunter2');
    expect(letter.kind === 'dead-letter' && /\p{Cc}/u.test(letter.message)).to.equal(false);
  });

  it('hazard: ids with path characters are put aside with what was expected and found', () => {
    const letter = submit({ taskId: '../../etc\n' });
    expect(letter).to.include({ kind: 'dead-letter', code: 'INVALID_TASK_ID' });
    expect(letter.kind === 'dead-letter' && letter.message).to.contain('../../etc\\u000a');
  });

  it('law 13: a result is bounded field by field, so that its fact fits; its output keeps the end', () => {
    const of = (over: object) =>
      factFromEdge(
        record('arbiter.agent-reports'),
        decoded('ResultSubmitted', { ...report, result: { ...result, ...over } }),
      );
    expect(of({ commit: 'x'.repeat(1001) })).to.include({ code: 'INVALID_REPORT' });
    expect(of({ evidence: [{ name: 'x'.repeat(1001), sha256: '' }] })).to.include({ code: 'INVALID_REPORT' });
    expect(of({ evidence: Array.from({ length: 101 }, () => ({ name: '', sha256: '' })) })).to.include({
      code: 'INVALID_REPORT',
    });
    const fact = of({ output: `${'x'.repeat(70_000)}end` });
    expect(fact.kind === 'fact' && fact.name === 'AgentReported' && fact.body.result?.output).to.match(
      /^x{65533}end$/,
    );
  });
});

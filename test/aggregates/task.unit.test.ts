import { expect } from 'chai';
import { evolve, type SagaValue } from '../../src/aggregates/task/index.js';
import { sagaDomain } from '../../src/saga/index.js';
import { given } from '../support/decider.js';
import type { Past } from '../support/partition.js';
import {
  commanded,
  factMeta,
  request,
  reported,
  Scene,
  SHA,
  specChecked,
  submitted,
} from '../support/tasks.js';

const NOW = 1_700_000_000_000_000;
const streamId = 'task/t';
const received: Past = {
  type: 'TaskReceived',
  streamId,
  data: { taskId: 't', request: request('t'), requestSha256: SHA('a') },
};
const validating: Past = {
  type: 'SpecValidationStarted',
  streamId,
  data: { taskId: 't', request: request('t') },
  dueAt: NOW + 10,
  timer: 'ASK',
};
const ask = { offset: 1, eventId: 'arbiter.tasks/0/0/1' };
const domain = sagaDomain();

describe('a task', () => {
  it('R-513: given nothing, when submitted, then it is validated before anything else', () => {
    given(domain)
      .when({ kind: 'record', offset: 0, ...submitted('t') })
      .then('TaskReceived', ['SpecValidationStarted', { request: request('t') }]);
  });

  it('R-513, law 10: nothing but an accepted SpecApproved leads on', () => {
    const asked = given(domain, received, validating);
    asked
      .when({ kind: 'record', offset: 1, ...specChecked('t', ask) })
      .then('SpecApproved', 'RoutingStarted');
    for (const outcome of ['FAIL', 'ERROR', 'UNKNOWN'] as const) {
      const rejected = asked.when({ kind: 'record', offset: 1, ...specChecked('t', ask, { outcome }) });
      rejected.then('SpecRejected', ['VerdictRequested', { outcome: 'FAILED', ending: 'REJECTED' }]);
    }
    asked.when({ kind: 'record', offset: 1, ...reported('t', 'RESULT', 1) }).thenNothing();
  });

  it('law 6: given an ask, when its time is over, then it is asked again', () => {
    given(domain, received, validating)
      .when({ kind: 'timer', streamId, timer: 'ASK', dueAt: NOW + 10 }, NOW + 10)
      .then(['AskRepeated', { ask, kind: 'VALIDATE_SPEC', number: 1 }]);
  });

  it('R-529: given an ask, when cancelled, then it is sealed and the task is CANCELLED', () => {
    given(domain, received, validating)
      .when({ kind: 'record', offset: 1, ...commanded('t', 'CANCEL') })
      .then('CancellationAccepted', ['VerdictRequested', { ending: 'CANCELLED', preVerdictAsk: null }]);
  });

  it('law 8: the same state, input and context give the same decision', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const input = { kind: 'record', offset: 5, ...commanded('t', 'CANCEL') } as const;
    expect(s.ask(input)).to.deep.equal(s.ask(input));
  });

  it('law 8: the fold changes nothing in place', () => {
    const freeze = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return;
      Object.values(value).forEach(freeze);
      Object.freeze(value);
    };
    const s = new Scene();
    s.bring('t', 'completed');
    let value: SagaValue | undefined;
    for (const event of s.log) {
      freeze(event);
      value = evolve(value, event);
      freeze(value);
    }
    expect(value?.kind === 'task' && value.state).to.equal('completed');
  });

  it('law 12: a fact of an unknown type about an unknown task has no effect', () => {
    const record = { meta: factMeta('nobody', ask) };
    given(domain).when({ kind: 'record', offset: 0, type: 'SomethingNew', record }).thenNothing();
  });
});

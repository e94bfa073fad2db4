import { expect } from 'chai';
import type { LoggedEvent } from '../../src/log/domain.js';
import { expectEvents } from '../support/decider.js';
import {
  capacityFound,
  commanded,
  factMeta,
  reported,
  resultVerified,
  RESULT,
  routeDecided,
  Scene,
  SHA,
  specChecked,
  submitted,
  TRACE,
  verdictSigned,
} from '../support/tasks.js';

const bodyOf = (
  events: readonly LoggedEvent[],
  type: string,
): Record<string, unknown> & LoggedEvent['body'] => {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found.body;
};

describe('the saga: one task', () => {
  it('R-524: goes from request to PASSED verdict, event by event', () => {
    const s = new Scene();
    s.bring('t', 'completed');
    expect(s.log.map((e) => e.type)).to.deep.equal([
      'TaskReceived',
      'SpecValidationStarted',
      'SpecApproved',
      'RoutingStarted',
      'TaskRouted',
      'ExecutionStarted',
      'ExecutionCompleted',
      'VerificationStarted',
      'VerificationPassed',
      'VerdictRequested',
      'TaskCompleted',
    ]);
    expect(s.values.size).to.equal(0);
    expect(s.index.isFinished('task/t')).to.equal(true);
    expect([s.index.inFlight, s.index.waiting, s.index.live]).to.deep.equal([0, 0, 0]);
    expect(s.index.nextTimer()).to.equal(undefined);
  });

  it('law 10: the seal carries what the verdict needs', () => {
    const s = new Scene();
    const body = bodyOf(s.bring('t', 'sealed'), 'VerdictRequested');
    expect(body).to.deep.include({
      outcome: 'PASSED',
      ending: 'COMPLETED',
      commit: RESULT.commit,
      repository: 'file:///repo',
      baseCommit: '1'.repeat(40),
      specSha256: SHA('b'),
      requestSha256: SHA('a'),
      riskTier: 2,
      agentId: 'agent-1',
      attempt: 1,
      token: 4,
      preVerdictAsk: { offset: 2, eventId: 'arbiter.tasks/0/0/2' },
      policySha256: SHA('c'),
      constitutionSha256: SHA('d'),
    });
  });

  it('law 6: asks are self-contained: the offer holds the work, the verification the spec', () => {
    const s = new Scene();
    s.bring('t', 'verifying');
    const offer = bodyOf(s.log, 'TaskRouted')['offer'];
    expect(offer).to.deep.include({
      title: 'a title',
      spec: 'id: FEAT-1',
      baseCommit: '1'.repeat(40),
      tokenBudget: 1000,
    });
    expect(bodyOf(s.log, 'VerificationStarted')).to.deep.include({
      spec: 'id: FEAT-1',
      result: RESULT,
      token: 4,
    });
  });

  it('law 6: a spec given by reference is taken from its approval', () => {
    const s = new Scene();
    s.send(submitted('t', { spec: null, specPath: 'spec.yaml' }));
    s.send(specChecked('t', s.pending('t'), { spec: 'read: true' }));
    s.send(routeDecided('t', s.pending('t')));
    s.send(reported('t', 'RESULT', s.token('t')));
    expect(bodyOf(s.log, 'TaskRouted')['offer']).to.deep.include({ spec: 'read: true' });
    expect(bodyOf(s.log, 'VerificationStarted')['spec']).to.equal('read: true');
  });

  it('R-516: events carry task id, tenant, actor and traceparent of what caused them', () => {
    const s = new Scene();
    s.bring('t', 'routing');
    for (const { body } of s.log) {
      expect(body.meta).to.deep.include({
        correlationId: 't',
        tenant: 'acme',
        actor: 'ann',
        traceparent: TRACE,
      });
    }
  });

  it('R-502: a spec that does not pass is rejected with its violations, on the exact spec bytes', () => {
    const s = new Scene();
    s.send(submitted('t'));
    const violations = [{ rule: 'CAWS-1', path: '/scope', message: 'is missing', repair: 'add scope' }];
    const events = s.send(specChecked('t', s.pending('t'), { outcome: 'FAIL', violations }));
    expectEvents(events, [
      ['SpecRejected', { violations, reason: 'CAWS-1: is missing' }],
      [
        'VerdictRequested',
        {
          outcome: 'FAILED',
          ending: 'REJECTED',
          violations,
          preVerdictAsk: null,
          subject: [{ name: 'spec', digest: { sha256: SHA('b') } }],
        },
      ],
    ]);
    expectEvents(s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' })), ['TaskRejected']);
  });

  for (const outcome of ['ERROR', 'UNKNOWN'] as const) {
    it(`law 10: a spec check that ends in ${outcome} rejects`, () => {
      const s = new Scene();
      s.send(submitted('t'));
      const events = s.send(specChecked('t', s.pending('t'), { outcome, specSha256: null }));
      const subject = [{ name: 'request', digest: { sha256: SHA('a') } }];
      expectEvents(events, ['SpecRejected', ['VerdictRequested', { ending: 'REJECTED', subject }]]);
    });
  }

  it('R-503: a failed run is tried again by another agent, then the task fails', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    expectEvents(s.send(reported('t', 'FAILED', s.token('t'), { failureClass: 'AGENT' })), [
      ['ExecutionFailed', { failureClass: 'AGENT' }],
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'], excludedInstances: [] }],
    ]);
    s.send(routeDecided('t', s.pending('t'), { agentId: 'agent-2', workerInstance: 'worker-2' }));
    const by = { agentId: 'agent-2', workerInstance: 'worker-2' };
    expectEvents(s.send(reported('t', 'FAILED', s.token('t'), by)), [
      'ExecutionStarted',
      'ExecutionFailed',
      ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED', attempt: 2, agentId: 'agent-2' }],
    ]);
  });

  it('R-503: an outage spends no attempt and leaves no agent out, until its budget is spent', () => {
    const s = new Scene({ outages: 1 });
    s.bring('t', 'executing');
    expectEvents(s.fire(), [
      ['ExecutionFailed', { failureClass: 'LEASE_EXPIRED' }],
      ['RoutingStarted', { attempt: 1, excludedAgents: [], excludedInstances: ['worker-1'] }],
    ]);
    s.send(routeDecided('t', s.pending('t'), { workerInstance: 'worker-2' }));
    const failed = { failureClass: 'INFRASTRUCTURE', workerInstance: 'worker-2' } as const;
    expectEvents(s.send(reported('t', 'FAILED', s.token('t'), failed)), [
      'ExecutionStarted',
      'ExecutionFailed',
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'] }],
    ]);
  });

  it('R-507: a run that takes too long is ended, however lively', () => {
    const s = new Scene({ executionMs: 100_000 });
    s.bring('t', 'executing');
    for (let i = 0; i < 12; i++) {
      s.now += 10_000_000;
      s.send(reported('t', 'HEARTBEAT', s.token('t')));
    }
    expectEvents(s.fire(), [['ExecutionFailed', { failureClass: 'TIME_LIMIT' }], 'RoutingStarted']);
  });

  it('law 7: a lease is renewed at most once per third', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const renewed: string[] = [];
    for (let i = 0; i < 30; i++) {
      s.now += 1_000_000;
      renewed.push(...s.send(reported('t', 'HEARTBEAT', s.token('t'))).map((e) => e.type));
    }
    expect(renewed).to.deep.equal(['LeaseRenewed', 'LeaseRenewed', 'LeaseRenewed']);
    expect(s.index.nextTimer()?.dueAt).to.equal(s.now + 30_000_000);
  });

  it('law 5: a sign of life that is read again, or comes behind a later one, renews no lease', () => {
    const s = new Scene();
    s.bring('t', 'executing');
    const beat = (number: number): string[] => {
      s.now += 11_000_000;
      return s.send(reported('t', 'HEARTBEAT', s.token('t'), { number })).map(({ type }) => type);
    };
    expect(beat(7)).to.deep.equal(['LeaseRenewed']);
    const leaseUntil = s.index.nextTimer()?.dueAt;
    expect([...beat(7), ...beat(6)]).to.deep.equal([]);
    expect(s.index.nextTimer()?.dueAt).to.equal(leaseUntil);
    expect(s.fire().map(({ type }) => type)).to.include('ExecutionFailed');
  });

  it('part 4: declined leaves the agent out, busy and not accepted only the instance; no attempt is spent', () => {
    const s = new Scene();
    s.bring('t', 'routed');
    expectEvents(s.send(reported('t', 'DECLINED', s.token('t'), { busy: true })), [
      ['OfferEnded', { end: 'BUSY' }],
      ['RoutingStarted', { attempt: 1, excludedAgents: [], excludedInstances: ['worker-1'] }],
    ]);
    s.send(routeDecided('t', s.pending('t'), { workerInstance: 'worker-2' }));
    expectEvents(s.fire(), [
      ['OfferEnded', { end: 'NOT_ACCEPTED' }],
      ['RoutingStarted', { attempt: 1, excludedInstances: ['worker-1', 'worker-2'] }],
    ]);
    s.send(routeDecided('t', s.pending('t'), { workerInstance: 'worker-3' }));
    expectEvents(s.send(reported('t', 'DECLINED', s.token('t'), { workerInstance: 'worker-3' })), [
      ['OfferEnded', { end: 'DECLINED' }],
      ['RoutingStarted', { attempt: 1, excludedAgents: ['agent-1'] }],
    ]);
  });

  it('law 13: offers are bounded', () => {
    const s = new Scene({ offers: 2 });
    s.bring('t', 'routed');
    s.fire();
    s.send(routeDecided('t', s.pending('t'), { workerInstance: 'worker-2' }));
    expectEvents(s.fire(), ['OfferEnded', ['VerdictRequested', { ending: 'FAILED', agentId: null }]]);
  });

  it('part 4: a result that breaks the rules gets a second attempt by another agent, then fails', () => {
    const s = new Scene();
    s.bring('t', 'verifying');
    const violations = [{ rule: 'SCOPE', path: 'x', message: 'out of scope', repair: null }];
    expectEvents(s.send(resultVerified('t', s.pending('t'), { outcome: 'FAIL', violations })), [
      ['VerificationFailed', { failureClass: 'AGENT', violations }],
      ['RoutingStarted', { attempt: 2, excludedAgents: ['agent-1'] }],
    ]);
    s.send(routeDecided('t', s.pending('t'), { agentId: 'agent-2', workerInstance: 'worker-2' }));
    s.send(reported('t', 'RESULT', s.token('t'), { agentId: 'agent-2', workerInstance: 'worker-2' }));
    expectEvents(s.send(resultVerified('t', s.pending('t'), { outcome: 'FAIL', violations })), [
      'VerificationFailed',
      ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED', commit: RESULT.commit, violations }],
    ]);
  });

  it('law 10: a verification that errs is asked again, then fails closed', () => {
    const s = new Scene({ verifyErrors: 2 });
    s.bring('t', 'verifying');
    const ask = s.pending('t');
    expectEvents(s.send(resultVerified('t', ask, { outcome: 'ERROR' })), [
      ['AskRepeated', { ask, number: 1 }],
    ]);
    expectEvents(s.send(resultVerified('t', ask, { outcome: 'ERROR' })), [
      ['AskRepeated', { ask, number: 2 }],
    ]);
    expectEvents(s.send(resultVerified('t', ask, { outcome: 'UNKNOWN' })), [
      ['VerificationFailed', { failureClass: 'INFRASTRUCTURE' }],
      ['VerdictRequested', { outcome: 'FAILED' }],
    ]);
  });

  it('law 6: silence before an answer does not use up the repeats after an error', () => {
    const s = new Scene({ verifyErrors: 1 });
    s.bring('t', 'verifying');
    const ask = s.pending('t');
    for (let i = 0; i < 5; i++) expectEvents(s.fire(), [['AskRepeated', { errors: 0 }]]);
    expectEvents(s.send(resultVerified('t', ask, { outcome: 'ERROR' })), [
      ['AskRepeated', { ask, number: 6, errors: 1 }],
    ]);
    expectEvents(s.fire(), [['AskRepeated', { errors: 1 }]]);
    expectEvents(s.send(resultVerified('t', ask, { outcome: 'ERROR' })), [
      'VerificationFailed',
      'VerdictRequested',
    ]);
  });

  it('law 5: an error that is delivered twice counts once; one after the repeat was heard counts', () => {
    const s = new Scene({ verifyErrors: 1 });
    s.bring('t', 'verifying');
    const ask = s.pending('t');
    const { offset } = ask;
    const heard = (readUpTo: number) =>
      resultVerified('t', ask, { outcome: 'ERROR', meta: { ...factMeta('t', ask), readUpTo } });
    expectEvents(s.send(heard(offset + 1)), ['AskRepeated']);
    expectEvents(s.send(heard(offset + 1)), []);
    expectEvents(s.send(heard(offset + 2)), ['VerificationFailed', 'VerdictRequested']);
  });

  const clause = (severity: 'MUST', result: 'FAIL' | 'UNKNOWN') => ({
    id: 'caws.scope',
    title: 'scope',
    severity,
    result,
    message: '',
    observed: {},
    waivers: [],
    evidence: [],
  });
  for (const [what, over] of [
    ['a MUST clause that fails', { clauses: [clause('MUST', 'FAIL')] }],
    ['a MUST clause of an unknown value', { clauses: [clause('MUST', 'UNKNOWN')] }],
    ['no subject', { subject: [] }],
    ['a subject without a well-formed digest', { subject: [{ name: 'result', digest: { sha256: 'x' } }] }],
  ] as const) {
    it(`D-14, law 10: a PASS with ${what} is an error, never a pass`, () => {
      const s = new Scene({ verifyErrors: 0 });
      s.bring('t', 'verifying');
      expectEvents(s.send(resultVerified('t', s.pending('t'), over)), [
        ['VerificationFailed', { failureClass: 'INFRASTRUCTURE' }],
        ['VerdictRequested', { outcome: 'FAILED' }],
      ]);
    });
  }

  it('R-503: no capacity waits, woken by the hint or the timer', () => {
    const s = new Scene();
    s.bring('t', 'queued');
    expectEvents(s.send(capacityFound('t', { offset: 0, eventId: 'other' })), []);
    expectEvents(s.send(capacityFound('t', s.pending('t'))), ['RoutingStarted']);
    expectEvents(s.send(routeDecided('t', s.pending('t'), { outcome: 'NO_CAPACITY' })), ['TaskQueued']);
    expectEvents(s.fire(), ['RoutingStarted']);
  });

  it('law 13: waiting for capacity ends', () => {
    const s = new Scene({ queueRetryMs: 40_000_000 });
    s.bring('t', 'queued');
    for (let i = 0; i < 2; i++) {
      expectEvents(s.fire(), ['RoutingStarted']);
      s.send(routeDecided('t', s.pending('t'), { outcome: 'NO_CAPACITY' }));
    }
    expectEvents(s.fire(), [['VerdictRequested', { ending: 'FAILED' }]]);
  });

  it('part 4: no able agent is a failure only after the grace', () => {
    const s = new Scene();
    s.bring('t', 'routing');
    const nobody = {
      outcome: 'NO_CAPABLE_AGENT',
      missingCapabilities: ['cobol'],
      reason: 'nobody knows cobol',
    } as const;
    const began = s.now;
    let events = s.send(routeDecided('t', s.pending('t'), nobody));
    while (events.at(-1)?.type === 'TaskQueued') {
      expectEvents(events, [['TaskQueued', { reason: 'NO_CAPABLE_AGENT' }]]);
      s.fire();
      events = s.send(routeDecided('t', s.pending('t'), nobody));
    }
    expectEvents(events, [
      ['RouteFailed', { missingCapabilities: ['cobol'] }],
      ['VerdictRequested', { ending: 'FAILED' }],
    ]);
    expect(s.now - began).to.equal(60_000_000);
  });

  it('part 4: cancel while waiting for the signature changes nothing', () => {
    const s = new Scene();
    s.bring('t', 'sealed');
    expectEvents(s.send(commanded('t', 'CANCEL')), [['CommandRefused', { code: 'ALREADY_SEALED' }]]);
    expectEvents(s.send(verdictSigned('t', s.pending('t'))), ['TaskCompleted']);
  });

  it('law 10: a verdict of another outcome or for another ask does not end the task', () => {
    const s = new Scene();
    s.bring('t', 'sealed');
    expectEvents(s.send(verdictSigned('t', s.pending('t'), { outcome: 'FAILED' })), []);
    expectEvents(s.send(verdictSigned('t', { offset: 2, eventId: 'x' })), []);
  });
});

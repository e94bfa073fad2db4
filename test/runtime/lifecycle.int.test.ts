import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TaskRequest } from '../../src/events/generated/events.js';
import type { Metrics } from '../../src/platform/metrics.js';
import {
  keysFolder,
  processOf,
  startHealthServer,
  threadOf,
  type Arbiter,
  type Connection,
  type Endpoints,
} from '../../src/runtime/index.js';
import { envelopeFrom, verifyEnvelope } from '../../src/verdicts/index.js';
import { readExposition, sumOf } from '../support/exposition.js';
import { RESULT, TRACE, type Fleet } from './support/fleet.js';
import { makeRepository } from './support/repository.js';
import { startRunning } from './support/running.js';

const noop = (): Promise<void> => Promise.resolve();

const LIMITS = {
  timers: { routed: 1500, executing: 3000, validating_spec: 5000 },
  capableGraceMs: 1500,
  capableRetryMs: 300,
};

describe('the whole flow in one process on the real stack', function () {
  this.timeout(90_000);
  let endpoints: Endpoints;
  let connection: Connection;
  let arbiter: Arbiter;
  let fleet: Fleet;
  let metrics: Metrics;
  let publicKey: string;

  before(async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(path.join(tmpdir(), 'arbiter-lifecycle-'));
    ({ endpoints, connection, arbiter, fleet, metrics, publicKey } = await startRunning(folder, {
      limits: LIMITS,
    }));
  });
  after(async function () {
    this.timeout(60_000);
    await fleet.close();
    const begun = Date.now();
    await arbiter.stop();
    expect(Date.now() - begun, 'R-625').to.be.lessThan(30_000);
    await connection.close();
    await rm(endpoints.folder, { recursive: true, force: true });
  });

  const task = async (over: Partial<TaskRequest> = {}, agents = 1) => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    for (let i = 0; i < agents; i++) await fleet.agent(capability);
    const taskId = `T-${randomUUID()}`;
    await fleet.submit(taskId, { requiredCapabilities: [capability], ...over });
    return taskId;
  };
  const types = (taskId: string): string[] => fleet.of(taskId).events.map(({ type }) => type);
  const ended = async (taskId: string, type: string): Promise<void> => {
    await fleet.event(taskId, type);
  };

  it('R-501, R-503: request → PRE and FINAL verdict, both verified; R-626: one trace through every record', async () => {
    const taskId = await task();
    await fleet.result(await fleet.offer(taskId));
    const final = await fleet.verdict(taskId);
    const pre = await fleet.verdict(taskId, 'PRE');
    await ended(taskId, 'TaskCompleted');
    for (const { payloadType, payload, signatures } of [pre, final]) {
      const envelope = envelopeFrom({ payloadType, payload, signatures: [...signatures] });
      const bytes = Buffer.from(JSON.stringify(envelope));
      const verified = verifyEnvelope(bytes, [publicKey]);
      expect(verified).to.include({ ok: true });
    }
    const { predicate } = JSON.parse(Buffer.from(final.payload).toString()) as {
      predicate: { inputAttestations: readonly { digest: { sha256: string } }[] };
    };
    expect(predicate.inputAttestations.map(({ digest }) => digest.sha256)).to.deep.equal([
      pre.envelopeSha256,
    ]);
    expect([pre.outcome, final.outcome, final.ending]).to.deep.equal(['PASSED', 'PASSED', 'COMPLETED']);
    const { events, offers, verdicts } = fleet.of(taskId);
    const heads = [
      ...events.map((e) => e.body.meta),
      ...offers.map((o) => o.meta),
      ...verdicts.map((v) => v.meta),
    ];
    expect(new Set(heads.map(({ traceparent }) => traceparent))).to.deep.equal(new Set([TRACE]));
  });

  it('R-502: a spec that breaks the rules is rejected with its violations, and the verdict says FAILED', async () => {
    const taskId = await task({ spec: 'id: nonsense\nrisk_tier: 9\n' });
    await ended(taskId, 'TaskRejected');
    const rejected = await fleet.event(taskId, 'SpecRejected');
    expect(rejected.body['violations']).to.have.length.greaterThan(1);
    expect((await fleet.verdict(taskId)).outcome).to.equal('FAILED');
    expect(fleet.of(taskId).offers).to.deep.equal([]);
  });

  it('bad input: a repository that does not exist is a violation, and only the FINAL verdict is issued', async () => {
    const repository = `file:///nowhere-${randomUUID()}`;
    const taskId = await task({ repository, baseRevision: 'main' });
    await ended(taskId, 'TaskRejected');
    expect((await fleet.verdict(taskId)).ending).to.equal('REJECTED');
    expect(fleet.of(taskId).verdicts.map(({ phase }) => phase)).to.deep.equal(['FINAL']);
  });

  it('R-508: declined → another agent; busy → another round; no attempt is spent', async () => {
    const taskId = await task({}, 2);
    const first = await fleet.offer(taskId);
    await fleet.report('AssignmentDeclined', first, { busy: false, reason: 'not for me' });
    const second = await fleet.offer(taskId, 2);
    expect(second.agentId).to.not.equal(first.agentId);
    await fleet.result(second);
    await ended(taskId, 'TaskCompleted');
    expect(second.attempt).to.equal(1);
  });

  it('R-503: not accepted in time: revoked, offered to the other instance', async () => {
    const taskId = await task({}, 2);
    const first = await fleet.offer(taskId);
    const second = await fleet.offer(taskId, 2);
    expect(second.workerInstance).to.not.equal(first.workerInstance);
    await fleet.until('revoked', () => fleet.of(taskId).revoked.find((token) => token === first.token));
    // Late: fenced by its token.
    await fleet.result(first, 'b'.repeat(64));
    await fleet.result(second);
    await ended(taskId, 'TaskCompleted');
    expect((await fleet.event(taskId, 'VerdictRequested')).body['token']).to.equal(second.token);
  });

  it('R-503, R-528: a failure spends an attempt, and another agent takes the next; the last one fails the task', async () => {
    const taskId = await task({}, 2);
    const failed = {
      failureClass: 'AGENT',
      reason: 'boom',
      output: '',
      usage: null,
      quotaResetsAt: null,
    } as const;
    const first = await fleet.offer(taskId);
    await fleet.report('ExecutionFailed', first, failed);
    const second = await fleet.offer(taskId, 2);
    expect([second.attempt, second.agentId === first.agentId]).to.deep.equal([2, false]);
    await fleet.report('ExecutionFailed', second, failed);
    await ended(taskId, 'TaskFailed');
    expect((await fleet.verdict(taskId)).ending).to.equal('FAILED');
  });

  it('R-308: a result out of scope fails its verification, and another agent’s result completes the task', async () => {
    const repository = makeRepository({ 'src/a.txt': 'a\n' });
    try {
      const outside = repository.commit({ 'lib/elsewhere.txt': 'x\n' });
      const inside = repository.commit({ 'src/a.txt': 'b\n' });
      const taskId = await task({ repository: repository.folder, baseRevision: repository.base }, 2);
      const hand = async (nth: number, commit: string) => {
        const offer = await fleet.offer(taskId, nth);
        const ref = repository.push(offer, commit);
        await fleet.report('ResultSubmitted', offer, { result: { ...RESULT, commit, ref } });
        return offer;
      };
      const first = await hand(1, outside);
      const failed = await fleet.event(taskId, 'VerificationFailed');
      expect((failed.body['violations'] as { rule: string }[]).map(({ rule }) => rule)).to.include(
        'scope.reject.scope_in_miss',
      );
      const second = await hand(2, inside);
      expect(second.agentId).to.not.equal(first.agentId);
      expect(second.attempt).to.equal(first.attempt + 1);
      await ended(taskId, 'TaskCompleted');
      expect((await fleet.verdict(taskId)).outcome).to.equal('PASSED');
    } finally {
      await repository.remove();
    }
  });

  it('R-519: a lease without a sign of life expires and is revoked; heartbeats renew it', async () => {
    const taskId = await task({}, 2);
    const first = await fleet.offer(taskId);
    await fleet.report('AssignmentAccepted', first, {});
    const second = await fleet.offer(taskId, 2);
    expect(types(taskId)).to.include('ExecutionFailed');
    await fleet.until('revoked', () => fleet.of(taskId).revoked.find((token) => token === first.token));
    await fleet.report('AssignmentAccepted', second, {});
    for (let beat = 0; beat < 3; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await fleet.report('Heartbeat', second, { diff: null });
    }
    await fleet.result(second);
    await ended(taskId, 'TaskCompleted');
    expect(types(taskId)).to.include('LeaseRenewed');
  });

  it('R-529: cancelled while executing: revoked, sealed once; a result after that changes nothing', async () => {
    const taskId = await task();
    const offer = await fleet.offer(taskId);
    await fleet.report('AssignmentAccepted', offer, {});
    await fleet.event(taskId, 'ExecutionStarted');
    await fleet.command('CancelTask', taskId);
    await fleet.result(offer);
    await ended(taskId, 'TaskCancelled');
    await fleet.until('revoked', () => fleet.of(taskId).revoked[0]);
    expect(types(taskId).filter((type) => type === 'VerdictRequested')).to.have.length(1);
  });

  it('R-529: suspended and resumed: the assignment is taken back, and the task goes on with a new one', async () => {
    const taskId = await task({}, 2);
    const first = await fleet.offer(taskId);
    await fleet.command('SuspendTask', taskId);
    await fleet.event(taskId, 'TaskSuspended');
    await fleet.command('ResumeTask', taskId);
    const second = await fleet.offer(taskId, 2);
    expect(second.token).to.be.greaterThan(first.token);
    await fleet.result(second);
    await ended(taskId, 'TaskCompleted');
  });

  it('R-507: a deadline that passes ends the task', async () => {
    const taskId = await task({ deadline: (Date.now() + 1500) * 1000 });
    await fleet.offer(taskId);
    await ended(taskId, 'TaskFailed');
    expect(types(taskId)).to.include('DeadlineExceeded');
  });

  it('law 5: a command before its request waits for it; repeated requests and reports take effect once', async () => {
    const taskId = `T-${randomUUID()}`;
    await fleet.command('CancelTask', taskId);
    await fleet.event(taskId, 'CommandRemembered');
    await fleet.submit(taskId);
    await ended(taskId, 'TaskCancelled');

    const again = await task();
    const offer = await fleet.offer(again);
    await fleet.submit(again, {
      requiredCapabilities: [
        ...(fleet.of(again).events[0]?.body['request'] as TaskRequest).requiredCapabilities,
      ],
    });
    await fleet.result(offer, 'a'.repeat(64), 'r-1');
    await fleet.result(offer, 'a'.repeat(64), 'r-1');
    await ended(again, 'TaskCompleted');
    expect(types(again).filter((type) => type === 'TaskReceived')).to.have.length(1);
    expect(types(again).filter((type) => type === 'ExecutionCompleted')).to.have.length(1);
  });

  it('law 10: an agent’s digest that is none fails the task and is no subject; it does not hang sealed', async () => {
    const taskId = await task({ maxAttempts: 1 });
    await fleet.result(await fleet.offer(taskId), 'no digest');
    const final = await fleet.verdict(taskId);
    const { subject } = JSON.parse(final.payload.toString()) as { subject: { name: string }[] };
    expect(subject.map(({ name }) => name)).to.deep.equal(['spec']);
    expect(final.outcome).to.equal('FAILED');
    await ended(taskId, 'TaskFailed');
  });

  it('no able agent within the grace: failed, with what was missing', async () => {
    const taskId = `T-${randomUUID()}`;
    await fleet.submit(taskId, { requiredCapabilities: [`nobody-${randomUUID().slice(0, 8)}`] });
    await ended(taskId, 'TaskFailed');
    expect((await fleet.event(taskId, 'RouteFailed')).body['missingCapabilities']).to.have.length(1);
  });

  it('R-601, R-626: ready, live, and metrics with the lag of every group in records and seconds', async () => {
    const health = await startHealthServer(
      processOf([threadOf(arbiter, metrics, noop)], 100, { warn: () => undefined }),
      0,
    );
    try {
      const get = async (place: string) => {
        const response = await fetch(`http://127.0.0.1:${health.port}${place}`);
        return { status: response.status, text: await response.text() };
      };
      expect((await get('/health/live')).status).to.equal(200);
      // The groups are shared with other tests, whose comings and goings move partitions; and views are a moment behind.
      while ((await get('/health/ready')).status !== 200)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await get('/elsewhere')).status).to.equal(404);
      const { text } = await get('/metrics');
      const families = readExposition(text);
      const total = (family: string, name = family): number =>
        sumOf(families.get(family)?.samples.filter((sample) => sample.name === name) ?? []);
      const ended = total('arbiter_task_duration_seconds', 'arbiter_task_duration_seconds_count');
      expect(ended).to.be.greaterThan(0);
      expect(total('arbiter_task_transitions_total')).to.be.greaterThan(ended);
      expect(families.get('arbiter_tasks_in_state')?.samples).to.have.length.greaterThan(5);
      for (const { name, samples } of families.values()) {
        expect(name).to.match(/^arbiter_/u);
        // Series must not grow with tasks.
        for (const { labels } of samples) expect(Object.values(labels).join()).to.not.match(/\bT-/u);
      }
      for (const group of [
        'intake',
        'constitution',
        'router',
        'saga',
        'dispatcher',
        'signer',
        'performance',
        'registrar',
        'policy-desk',
      ])
        for (const unit of ['records', 'seconds'])
          expect(text).to.contain(`arbiter_consumer_lag_${unit}{group="arbiter.${group}"`);
      // Rate, errors and duration of every component, in few series (standards E.5).
      const handled = families.get('arbiter_requests_total')?.samples ?? [];
      const timed = families.get('arbiter_request_duration_seconds')?.samples ?? [];
      const components = (samples: typeof handled): Set<string | undefined> =>
        new Set(samples.map(({ labels }) => labels['component']));
      const all = ['intake', 'saga', 'constitution', 'router', 'dispatcher', 'signer', 'performance'];
      const others = ['registrar', 'projections'];
      expect(components(handled)).to.include.all.keys(...all, ...others);
      expect(components(timed)).to.include.all.keys(...all, ...others);
      const of = (component: string, operation: string, outcome: string): number =>
        sumOf(
          handled.filter(
            ({ labels: l }) =>
              l['component'] === component && l['operation'] === operation && l['outcome'] === outcome,
          ),
        );
      expect(of('intake', 'arbiter.task-requests', 'taken')).to.be.greaterThan(0);
      expect(of('saga', 'record', 'decided')).to.be.greaterThan(0);
      expect(of('saga', 'timer', 'decided')).to.be.greaterThan(0);
      expect(of('signer', 'record', 'no_effect')).to.be.greaterThan(0);
      expect(of('projections', 'tasks', 'applied')).to.be.greaterThan(0);
      expect(handled.length).to.be.lessThan(100);
      expect(text).to.match(/arbiter_queue_depth\{queue="publisher"\} \d+/);
      expect(keysFolder(endpoints)).to.contain(endpoints.folder);
    } finally {
      await health.close();
    }
  });
});

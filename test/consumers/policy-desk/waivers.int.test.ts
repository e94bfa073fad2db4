import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { payloadSha256, showInstant, type Orders } from '../../../src/aggregates/policies/index.js';
import type { SignedOrder, TaskRequest } from '../../../src/events/generated/events.js';
import { micros, systemClock, type LoggedEvent } from '../../../src/log/index.js';
import type { Arbiter, Connection } from '../../../src/runtime/index.js';
import { envelopeBytes, envelopeFrom, EXTENSION, verifyEnvelope } from '../../../src/verdicts/index.js';
import type { Fleet } from '../../runtime/support/fleet.js';
import { startRunning } from '../../runtime/support/running.js';
import { SPEC } from '../../support/spec.js';
import { People, PEOPLE_FOLDER } from './people.js';

const SECOND = 1_000_000;
const OVER = 1600;

describe('waivers on the real stack', function () {
  this.timeout(60_000);
  let connection: Connection;
  let arbiter: Arbiter;
  let fleet: Fleet;
  let people: People;
  let folder: string;
  let repository: string;
  let publicKey: string;
  let [ann, bob, oli] = ['', '', ''];

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();

  before(async function () {
    this.timeout(120_000);
    await mkdir(PEOPLE_FOLDER, { recursive: true });
    ({ connection, arbiter, fleet, publicKey } = await startRunning(PEOPLE_FOLDER));
    people = await People.open(connection);
    [ann, bob, oli] = await Promise.all([
      people.person('ann', 'REQUESTER', 'APPROVER'),
      people.person('bob', 'APPROVER'),
      people.person('oli', 'OVERRIDER'),
    ]);
    folder = await mkdtemp(path.join(tmpdir(), 'arbiter-waivers-'));
    repository = path.join(folder, 'repository');
    await mkdir(path.join(repository, 'src'), { recursive: true });
    git('init', '-q', '-b', 'main');
    await writeFile(path.join(repository, 'src/a.ts'), 'a\n');
    git('add', '-A');
    git('commit', '-qm', 'base');
    git('checkout', '-q', '-b', 'work');
    await writeFile(path.join(repository, 'src/client.ts'), 'x\n'.repeat(OVER));
    git('add', '-A');
    git('commit', '-qm', 'client');
    git('checkout', '-q', 'main');
  });
  after(async function () {
    this.timeout(60_000);
    await people.close();
    await fleet.close();
    await arbiter.stop();
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (taskId: string, over: Partial<Orders['RequestWaiver']> = {}) => {
    const body = {
      waiverId: `W-${randomUUID()}`,
      clause: 'caws.budget',
      taskId,
      specId: null,
      amount: { lines: 120 },
      paths: [],
      uses: 1,
      expiresAt: showInstant(micros(systemClock) + 3600 * SECOND),
      reason: 'the generated client is one file',
      ...over,
    };
    const [event] = await people.order(ann, 'RequestWaiver', body);
    expect(event?.type, String(event?.body['code'])).to.equal('WaiverRequested');
    const requestSha256 = payloadSha256(event?.body['order'] as SignedOrder);
    const { reason: _reason, ...what } = body;
    return { ...what, requestSha256, comment: '' };
  };
  const types = (events: readonly LoggedEvent[]): string[] => events.map(({ type }) => type);

  /** A task whose result is a hundred lines over the budget of tier 3, and waits, unless it is not to. */
  const overBudget = async (taskId: string, over: Partial<TaskRequest> = {}): Promise<void> => {
    const capability = `w${randomUUID().slice(0, 8)}`;
    await fleet.agent(capability);
    const wanted = { repository, baseRevision: 'main', waiverWaitMs: 600_000, maxAttempts: 1 };
    await fleet.submit(taskId, { requiredCapabilities: [capability], spec: SPEC, ...wanted, ...over });
    const offer = await fleet.offer(taskId);
    const commit = git('rev-parse', 'work');
    const ref = `refs/arbiter/${taskId}/${offer.attempt}-${offer.token}`;
    git('update-ref', ref, commit);
    const usage = { inputTokens: 1, outputTokens: 2, costMicros: 3 };
    const result = { commit, ref, resultSha256: null, exitCode: 0, output: '', usage, evidence: [] };
    await fleet.report('ResultSubmitted', offer, { result });
    await fleet.event(taskId, over.waiverWaitMs === 0 ? 'TaskFailed' : 'WaiverAwaited');
  };

  /** What the signed verdict says of the budget. */
  const budgetIn = async (taskId: string): Promise<Record<string, unknown>> => {
    const { outcome, payloadType, payload, signatures } = await fleet.verdict(taskId);
    const envelope = envelopeBytes(envelopeFrom({ payloadType, payload, signatures: [...signatures] }));
    const verified = verifyEnvelope(envelope, [publicKey]);
    expect(verified).to.include({ ok: true, passed: outcome === 'PASSED' });
    const statement = JSON.parse(Buffer.from(payload).toString()) as {
      predicate: Record<string, { clauses: Record<string, unknown>[] }>;
    };
    return statement.predicate[EXTENSION]?.clauses.find(({ id }) => id === 'caws.budget') ?? {};
  };

  it('R-303, R-304, R-312: over budget → waits → asked for, approved by another → completed, and the verdict says WAIVED', async () => {
    const taskId = `T-${randomUUID()}`;
    await overBudget(taskId);
    const request = await ask(taskId);
    const own = await people.order(ann, 'ApproveWaiver', request);
    expect(own[0]?.body['code'], 'D-25').to.equal('SELF_APPROVAL');
    expect(fleet.of(taskId).verdicts.some(({ phase }) => phase === 'FINAL')).to.equal(false);
    const decided = await people.order(bob, 'ApproveWaiver', request);
    expect(types(decided)).to.deep.equal(['WaiverApproved', 'WaiverGranted', 'WaiverUsed', 'DemandClosed']);
    await fleet.event(taskId, 'TaskCompleted');
    const budget = await budgetIn(taskId);
    expect(budget['result']).to.equal('WAIVED');
    const [waiver] = budget['waivers'] as Record<string, unknown>[];
    expect(waiver).to.deep.include({
      id: request.waiverId,
      approvedBy: [bob],
      requestedBy: ann,
      amount: { lines: 100 },
      usedAtOffset: decided[2]?.offset,
    });
  });

  it('R-309: an expired waiver does not help; a denial ends the wait, and the verdict says FAILED', async () => {
    const taskId = `T-${randomUUID()}`;
    const soon = { expiresAt: showInstant(micros(systemClock) + 2 * SECOND) };
    const first = await ask(taskId, soon);
    expect(types(await people.order(bob, 'ApproveWaiver', first))).to.include('WaiverGranted');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await overBudget(taskId);
    const late = await people.order(ann, 'ApproveWaiver', { ...first, comment: 'once more' });
    expect(late[0]?.body['code']).to.be.oneOf(['EXPIRED', 'WAIVER_OVER']);
    const { waiverId, requestSha256 } = await ask(taskId);
    const denied = await people.order(bob, 'DenyWaiver', {
      waiverId,
      requestSha256,
      reason: 'split the work',
    });
    expect(types(denied)).to.deep.equal(['WaiverDenied', 'DemandClosed']);
    await fleet.event(taskId, 'TaskFailed');
    expect((await budgetIn(taskId))['result']).to.equal('FAIL');
  });

  it('R-619, R-511: an override by one who may acts while the task waits', async () => {
    const taskId = `T-${randomUUID()}`;
    await overBudget(taskId);
    const order = {
      waiverId: `O-${randomUUID()}`,
      taskId,
      clauses: ['caws.budget'],
      amount: { lines: 100 },
      paths: [],
      expiresAt: showInstant(micros(systemClock) + 3600 * SECOND),
      justification: 'production is down and this is the repair',
    };
    expect((await people.order(bob, 'GrantOverride', order))[0]?.body['code']).to.equal('NOT_ALLOWED');
    expect(types(await people.order(oli, 'GrantOverride', order))).to.include('WaiverUsed');
    await fleet.event(taskId, 'TaskCompleted');
    const [waiver] = (await budgetIn(taskId))['waivers'] as Record<string, unknown>[];
    expect(waiver).to.deep.include({ id: order.waiverId, override: true, approvedBy: [oli] });
  });

  it('R-619, law 10: given a task sealed without waiting, when it is overridden, then its retry carries that, and no task of another spec does', async () => {
    const taskId = `T-${randomUUID()}`;
    await overBudget(taskId, { waiverWaitMs: 0 });
    const order = {
      waiverId: `O-${randomUUID()}`,
      taskId,
      clauses: ['caws.budget'],
      amount: { lines: 100 },
      paths: [],
      expiresAt: showInstant(micros(systemClock) + 3600 * SECOND),
      justification: 'production is down and this is the repair',
      content: { repository, specSha256: createHash('sha256').update(SPEC).digest('hex') },
    };
    expect(types(await people.order(oli, 'GrantOverride', order))).to.deep.equal(['OverrideGranted']);
    const [other, retry] = [`T-${randomUUID()}`, `T-${randomUUID()}`];
    const spec = `${SPEC}# another text\n`;
    await overBudget(other, { retryOf: taskId, spec, waiverWaitMs: 1_000 });
    await fleet.event(other, 'TaskFailed');
    await overBudget(retry, { retryOf: taskId });
    await fleet.event(retry, 'TaskCompleted');
    const [waiver] = (await budgetIn(retry))['waivers'] as Record<string, unknown>[];
    expect(waiver).to.deep.include({ id: order.waiverId, override: true });
  });
});

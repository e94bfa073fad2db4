import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';
import { acceptPartition, type Event, type Meta } from '../../scripts/chaos/accepted.js';
import { checkTimers, checkTokens, checkUnique } from '../../scripts/chaos/check.js';
import { checkVerdicts, foldTasks } from '../../scripts/chaos/check-tasks.js';
import { checkViews } from '../../scripts/chaos/check-views.js';
import {
  checkAcknowledged,
  checkCommands,
  checkDeadLetters,
  checkRequests,
} from '../../scripts/chaos/check-edge.js';
import type { Said } from '../../scripts/chaos/load.js';
import type { Order } from '../../scripts/chaos/orders.js';
import type { Dump, Row } from '../../scripts/chaos/read-topics.js';

type Body = Readonly<Record<string, unknown>>;

const TASK = 'T-1';
const INSTANCE = 'i-1';

/** A task's accepted events from names and bodies; offsets count from 0, TaskRouted's own offset is its token. */
const lifeOf = (...steps: readonly (readonly [string, Body?])[]): Event[] =>
  steps.map(([name, body = {}], offset) => ({
    topic: 'arbiter.tasks',
    partition: 0,
    offset,
    name,
    meta: { streamId: `task/${TASK}`, streamVersion: offset + 1 } as Meta,
    body: { taskId: TASK, ...body },
  }));

const ROUTED = 4;
const held = { token: ROUTED, workerInstance: INSTANCE };
const good: readonly (readonly [string, Body?])[] = [
  ['TaskReceived', { request: { requestId: 'r' } }],
  ['SpecValidationStarted'],
  ['SpecApproved'],
  ['RoutingStarted', { attempt: 1 }],
  ['TaskRouted', { workerInstance: INSTANCE }],
  ['ExecutionStarted', held],
  ['ExecutionCompleted', held],
  ['VerificationStarted', { token: ROUTED }],
  ['VerificationPassed', { token: ROUTED }],
  ['VerdictRequested', { outcome: 'PASSED', ending: 'COMPLETED' }],
  ['TaskCompleted', { verdictId: 'v', verdictSha256: 's', verdictOffset: 7 }],
];

/** The life of a task with some of its steps put otherwise. */
const but = (
  change: Readonly<Record<number, readonly [string, Body?]>>,
  extra: readonly (readonly [string, Body?])[] = [],
) => foldTasks(lifeOf(...good.map((step, i) => change[i] ?? step), ...extra)).get(TASK)?.violations ?? [];

describe('the chaos checker: what it would find in a task', () => {
  it('a life without fault has none', () => {
    expect(but({})).to.deep.equal([]);
  });

  const faults: readonly (readonly [string, RegExp, readonly string[]])[] = [
    [
      'an old token has an effect',
      /token 3, the current one is 4/,
      but({ 5: ['ExecutionStarted', { ...held, token: 3 }] }),
    ],
    [
      'another instance has an effect',
      /does not hold the assignment/,
      but({ 6: ['ExecutionCompleted', { ...held, workerInstance: 'i-2' }] }),
    ],
    [
      'a report after the assignment was taken back',
      /token 4, the current one is null/,
      but({ 5: ['TaskSuspended'] }),
    ],
    [
      'an event after the seal',
      /after the seal/,
      but({}, []).concat(but({ 8: ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED' }] })),
    ],
    ['an event after the end', /after the final state completed/, but({}, [['LeaseRenewed', held]])],
    ['received twice', /received twice/, but({}, [['TaskReceived', { request: { requestId: 'r' } }]])],
    ['an end without a seal', /a final event without a seal/, but({ 9: ['LeaseRenewed', held] })],
    [
      'completed without PASSED',
      /completed with the outcome FAILED/,
      but({ 9: ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED' }] }),
    ],
    ['failed with PASSED', /failed with the outcome PASSED/, but({ 10: ['TaskFailed', {}] })],
    ['an ask given up', /an ask was given up/, but({ 2: ['AskExpired'] })],
    [
      'an outage that cost an attempt',
      /attempt 2 although attempt 1 ended by LEASE_EXPIRED/,
      but({
        6: ['ExecutionFailed', { ...held, failureClass: 'LEASE_EXPIRED' }],
        7: ['RoutingStarted', { attempt: 2 }],
      }),
    ],
    [
      'an attempt lost with an offer that came to nothing',
      /attempt 2 although attempt 1 ended by no failure/,
      but({ 5: ['OfferEnded', { ...held, end: 'NOT_ACCEPTED' }], 6: ['RoutingStarted', { attempt: 2 }] }),
    ],
    [
      'an outage that ended a task',
      /sealed as failed by INFRASTRUCTURE/,
      but({
        8: ['VerificationFailed', { token: ROUTED, failureClass: 'INFRASTRUCTURE' }],
        9: ['VerdictRequested', { outcome: 'FAILED', ending: 'FAILED' }],
      }),
    ],
  ];
  for (const [what, expected, found] of faults)
    it(what, () => {
      expect(found.join('\n')).to.match(expected);
    });
});

describe('the chaos checker: what was said at the edge', () => {
  const at = { topic: 'arbiter.task-requests', partition: 0, offset: 0 };
  const asked = { taskId: TASK, requestId: 'r' };
  const edgeRow = (offset: number, record: Body | undefined, topic = at.topic): Row => ({
    ...{ topic, partition: 0, offset, timestamp: 0, bytes: null, name: undefined, hash: '' },
    record,
  });
  const dumpOf = (...rows: readonly Row[]): Dump => ({
    rows: new Map(rows.map(({ topic }) => [topic, [rows.filter((row) => row.topic === topic)]])),
    ends: new Map(),
  });
  const saidOf = (over: Partial<Said> = {}): Said => ({
    orders: new Map([[TASK, { kind: 'good' } as Order]]),
    requests: [{ requestId: 'r', taskId: TASK, at }],
    commands: [],
    unusable: [],
    retries: 0,
    ...over,
  });
  const life = foldTasks(lifeOf(...good));
  const failedOnce = (failureClass: string, more: readonly (readonly [string, Body?])[] = []) =>
    foldTasks(
      lifeOf(
        ...good.slice(0, 6),
        ['ExecutionFailed', { ...held, failureClass }],
        ['RoutingStarted', { attempt: 2 }],
        ...more,
        ['VerdictRequested', { outcome: 'PASSED', ending: 'COMPLETED' }],
        ['TaskCompleted', {}],
      ),
    );
  const requests = (tasks: ReturnType<typeof foldTasks>, rows = [edgeRow(0, asked)], said = saidOf()) =>
    checkRequests(said, dumpOf(...rows), tasks, []).join('\n');

  it('nobody lost an attempt to an outage: one that is told as the agent’s own failure shows', () => {
    expect(requests(life)).to.equal('');
    expect(requests(failedOnce('AGENT'))).to.match(/1 attempts were spent, expected 0/);
    expect(requests(failedOnce('TIME_LIMIT'))).to.match(/1 attempts were spent, expected 0/);
    const flaky = saidOf({ orders: new Map([[TASK, { kind: 'flaky' } as Order]]) });
    expect(requests(failedOnce('AGENT'), undefined, flaky)).to.equal('');
    expect(requests(life, undefined, flaky)).to.match(/0 attempts were spent, expected 1/);
  });

  it('a request without a task, an end, or an answer; an end that its kind does not allow; a task of nobody', () => {
    expect(requests(new Map())).to.match(/asked for, but there is no such task/);
    expect(requests(foldTasks(lifeOf(...good.slice(0, 9))))).to.match(/no final state/);
    const two = [edgeRow(0, asked), edgeRow(1, { ...asked, requestId: 'other' })];
    expect(requests(life, two)).to.match(/request other has no answer/);
    const failing = saidOf({ orders: new Map([[TASK, { kind: 'failing' } as Order]]) });
    expect(requests(life, undefined, failing)).to.match(/ended as completed, expected failed/);
    expect(requests(life, [])).to.match(/a task that nobody asked for/);
  });

  it('what was acknowledged and is not there, or is another record', () => {
    expect(checkAcknowledged(saidOf(), dumpOf(edgeRow(0, asked)))).to.deep.equal([]);
    expect(checkAcknowledged(saidOf(), dumpOf()).join()).to.match(/not at arbiter.task-requests/);
    expect(checkAcknowledged(saidOf(), dumpOf(edgeRow(0, { requestId: 'x' }))).join()).to.match(/not at/);
    const unusable = [{ what: 'noise', at: { ...at, offset: 5 } }];
    expect(checkAcknowledged(saidOf({ unusable }), dumpOf(edgeRow(0, asked))).join()).to.match(/not there/);
  });

  it('a command without an event, or with two effects', () => {
    const row = edgeRow(0, { commandId: 'c' }, 'arbiter.commands');
    const effect = lifeOf(['CancellationAccepted', { commandId: 'c' }]);
    expect(checkCommands(dumpOf(row), effect)).to.deep.equal([]);
    expect(checkCommands(dumpOf(row), []).join()).to.match(/command c: no event/);
    expect(checkCommands(dumpOf(row), [...effect, ...effect]).join()).to.match(/took effect 2 times/);
  });

  it('a record that can not be read and is no dead letter, whoever wrote it', () => {
    const noise = edgeRow(3, undefined);
    const letter = edgeRow(0, { source: { ...at, offset: 3 } }, 'arbiter.dead-letters');
    expect(checkDeadLetters(saidOf(), dumpOf(noise, letter))).to.deep.equal([]);
    expect(checkDeadLetters(saidOf(), dumpOf(noise)).join()).to.match(/can not be read, but no dead letter/);
    const unusable = [{ what: 'a bad id', at: { ...at, offset: 9 } }];
    expect(checkDeadLetters(saidOf({ unusable }), dumpOf()).join()).to.match(/a bad id, but no dead letter/);
  });
});

describe('the chaos checker: verdicts', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const payload = Buffer.from('{}');
  const pae = Buffer.from(`DSSEv1 1 t 2 {}`);
  const issued = (over: Body = {}, offset = 7): Event => ({
    topic: 'arbiter.verdicts',
    partition: 0,
    offset,
    name: 'VerdictIssued',
    meta: {} as Meta,
    body: {
      taskId: TASK,
      verdictId: 'v',
      phase: 'FINAL',
      outcome: 'PASSED',
      payloadType: 't',
      payload,
      signatures: [{ sig: sign('sha256', pae, { key: privateKey, dsaEncoding: 'der' }) }],
      envelopeSha256: 's',
      ...over,
    },
  });
  const found = (...events: readonly Event[]): string =>
    checkVerdicts(foldTasks(lifeOf(...good)), events, publicKey).join('\n');

  it('the one that the final event names, signed, is no fault', () => {
    expect(found(issued(), issued({ phase: 'PRE', verdictId: 'p' }, 1))).to.equal('');
  });
  it('no verdict, a second, another, one that says otherwise, a signature that does not hold', () => {
    expect(found()).to.match(/without a FINAL verdict/);
    expect(found(issued(), issued({}, 8))).to.match(/a second FINAL verdict/);
    expect(found(issued({}, 9))).to.match(/names another verdict/);
    expect(found(issued({ envelopeSha256: 'x' }))).to.match(/names another verdict/);
    expect(found(issued({ outcome: 'FAILED' }))).to.match(/but the verdict says FAILED/);
    expect(found(issued({ payload: Buffer.from('[]') }))).to.match(/no signature holds/);
    expect(found(issued(), issued({ taskId: 'T-2' }))).to.match(/T-2: a FINAL verdict without a final state/);
  });
});

describe('the chaos checker: what holds across the logs', () => {
  const logged = (topic: string, name: string, body: Body, offset = 0): Event => ({
    ...{ topic, partition: 0, offset, name },
    meta: { eventId: `${topic}/0/0/${offset}` } as Meta,
    body,
  });
  const token = { taskId: TASK, token: ROUTED };
  const offered = logged('arbiter.assignments', 'AssignmentOffered', token);
  const observed = logged('arbiter.outcomes', 'OutcomeObserved', {
    ...token,
    ...{ agentId: 'a', taskType: 'fix', result: 'SUCCESS' },
  });

  it('law 8: an event id that stands for two events', () => {
    expect(checkUnique([offered, observed])).to.deep.equal([]);
    expect(checkUnique([offered, observed, offered])).to.deep.equal(['arbiter.assignments/0/0/0: twice']);
  });

  it('law 7: the lease of a worker that nobody killed or stopped expired', () => {
    const life = lifeOf(...good.slice(0, 6), ['ExecutionFailed', { ...held, failureClass: 'LEASE_EXPIRED' }]);
    const failed = lifeOf(...good.slice(0, 6), ['ExecutionFailed', { ...held, failureClass: 'AGENT' }]);
    expect(checkTimers(life, new Set([INSTANCE]))).to.deep.equal([]);
    expect(checkTimers(failed, new Set())).to.deep.equal([]);
    expect(checkTimers(life, new Set(['i-2']))).to.deep.equal([
      'T-1@6: the lease of a living worker expired',
    ]);
  });

  it('law 6: an offer or an outcome of no accepted token, two of one, an assignment without an outcome', () => {
    const found = (offers: readonly Event[], outcomes: readonly Event[]): string =>
      checkTokens(
        lifeOf(...good),
        new Map([
          ['arbiter.assignments', offers],
          ['arbiter.outcomes', outcomes],
        ]),
      ).join('\n');
    const strange = { body: { ...token, token: 3 } };
    expect(found([offered], [observed])).to.equal('');
    expect(found([], [observed]), 'revoked before it was offered').to.equal('');
    expect(found([{ ...offered, ...strange }], [observed])).to.equal(
      'AssignmentOffered T-1 3: no such accepted TaskRouted',
    );
    expect(found([offered], [observed, { ...observed, ...strange }])).to.equal(
      'OutcomeObserved T-1 3: no such accepted TaskRouted',
    );
    expect(found([offered, offered], [observed])).to.equal('AssignmentOffered T-1 4: twice');
    expect(found([offered], [observed, observed])).to.equal('OutcomeObserved T-1 4: twice');
    expect(found([offered], [])).to.equal('1 assignments without an outcome, e.g. T-1 4');
  });

  const events = lifeOf(...good);
  const logs = new Map([
    ['arbiter.tasks', events],
    [
      'arbiter.verdicts',
      [
        logged('arbiter.verdicts', 'VerdictIssued', {
          ...{ verdictId: 'v', taskId: TASK, phase: 'FINAL', outcome: 'PASSED' },
        }),
      ],
    ],
    ['arbiter.assignments', [offered]],
    ['arbiter.outcomes', [observed]],
    ['arbiter.agents', [logged('arbiter.agents', 'AgentRegistered', { agentId: 'a' })]],
  ]);
  const views = {
    tasks: ['T-1 completed 11 10 0 PASSED r v s 7'],
    timeline: events.map(({ name }, offset) => `${TASK} ${offset + 1} ${name} ${offset}`),
    verdicts: ['v T-1 FINAL PASSED 0'],
    assignments: ['T-1 4'],
    performance: ['a fix 1 0 0'],
    registry: ['a'],
  };
  const found = (over: Partial<typeof views> = {}): readonly string[] =>
    checkViews({ ...views, ...over }, foldTasks(events), logs);

  it('law 1: views that say what the logs say', () => {
    expect(found()).to.deep.equal([]);
  });
  for (const name of Object.keys(views) as (keyof typeof views)[])
    it(`law 1: a row of ${name} that is missing, changed, or there twice`, () => {
      const [first = '', ...others] = views[name];
      const missing = `view ${name}: 1 rows missing, e.g. ${first}`;
      expect(found({ [name]: others })).to.deep.equal([missing]);
      expect(found({ [name]: [...others, `${first}0`] })).to.deep.equal([
        missing,
        `view ${name}: 1 rows too many, e.g. ${first}0`,
      ]);
      expect(found({ [name]: [first, first, ...others] })).to.deep.equal([`view ${name}: 1 rows twice`]);
    });
});

describe('the chaos checker: acceptance', () => {
  const row = (offset: number, name: string | undefined, record: Body): Row => ({
    topic: 'arbiter.tasks',
    partition: 0,
    offset,
    timestamp: 0,
    bytes: null,
    name,
    record,
    hash: `${offset}`.padStart(64, '0'),
  });
  const hashBefore = (offset: number): Buffer =>
    Buffer.from(`${Math.max(0, offset - 1)}`.padStart(64, '0'), 'hex');
  const claim = (offset: number, previousClaim: number): Row =>
    row(offset, 'Claimed', { previousClaim, foldedTo: offset, prevHash: hashBefore(offset) });
  const event = (offset: number, of: number, seq: number, over: Body = {}): Row =>
    row(offset, 'LeaseRenewed', {
      meta: {
        claim: of,
        seq,
        cause: seq,
        trigger: 'INPUT',
        inputId: null,
        eventId: `arbiter.tasks/0/${of}/${seq}`,
        streamId: 'task/T-1',
        streamVersion: seq + 1,
        prevHash: hashBefore(offset),
        occurredAt: 0,
        decisionIndex: 0,
        decisionSize: 1,
        ...over,
      },
    });
  const found = (...rows: readonly Row[]): string => acceptPartition(rows, 100).violations.join('\n');

  it('claims and events in order are no fault; what lies behind a newer claim has no effect', () => {
    const { events, rejected, claims, violations } = acceptPartition(
      [claim(0, -1), event(1, 0, 0), claim(2, 0), event(3, 0, 1), claim(4, 0)],
      100,
    );
    expect({ events: events.length, rejected, claims, violations }).to.deep.equal({
      events: 1,
      rejected: 2,
      claims: 2,
      violations: [],
    });
  });
  it('a gap, a double, a stranger, a changed record, an input decided twice, half a decision', () => {
    expect(found(claim(0, -1), event(1, 0, 1))).to.match(/seq 1, expected claim 0 seq 0/);
    expect(found(claim(0, -1), event(1, 0, 0), event(2, 0, 0))).to.match(/seq 0, expected claim 0 seq 1/);
    expect(found(claim(0, -1), event(1, 5, 0))).to.match(/claim 5 seq 0/);
    expect(found(claim(0, 3))).to.match(/a claim after 3, the latest is -1/);
    expect(found(claim(0, -1), event(1, 0, 0, { prevHash: Buffer.alloc(32, 1) }))).to.match(/prevHash/);
    expect(found(claim(0, -1), event(1, 0, 0), event(2, 0, 1, { cause: 0 }))).to.match(
      /offset 0 decided twice/,
    );
    expect(found(claim(0, -1), event(1, 0, 0, { cause: 100 }))).to.match(/beyond the inbox/);
    expect(found(claim(0, -1), event(1, 0, 0, { decisionSize: 2 }))).to.match(/1 of 2 events/);
    expect(found(claim(0, -1), event(1, 0, 0, { streamVersion: 3 }))).to.match(/version 3, expected 1/);
    expect(found(row(0, undefined, {}))).to.match(/can not be decoded/);
  });
});

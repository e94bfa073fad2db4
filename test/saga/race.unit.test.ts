import { expect } from 'chai';
import fc from 'fast-check';
import { evolve, type SagaValue } from '../../src/aggregates/task/index.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import {
  commanded,
  gateOrder,
  gateReported,
  reported,
  Scene,
  submitted,
  verdictSigned,
} from '../support/tasks.js';
import { FAILS, Race, raceLives } from '../support/races.js';

const typesOf = (events: readonly LoggedEvent[]): string[] => events.map(({ type }) => type);
const agentsIn = (events: readonly LoggedEvent[], type: string): unknown[] =>
  events.filter((event) => event.type === type).map(({ body }) => body['agentId']);

describe('a hedged race (R-225)', () => {
  it('given no permission, when a race is asked for, then the request is refused by name and its id is not used up', () => {
    const s = new Scene();
    const [refused, ...rest] = s.send(submitted('t', { race: { agents: 2, costCapMicros: 1 } }));
    expect(rest).to.deep.equal([]);
    expect(refused?.type).to.equal('RequestRefused');
    expect(refused?.body).to.deep.include({ code: 'RACE_NOT_ALLOWED' });
    expect(typesOf(s.send(submitted('t')))).to.deep.equal(['TaskReceived', 'SpecValidationStarted']);
  });

  it('given permission and no wish, then nothing is different: not an event, not a field but the empty ones', () => {
    const life = (s: Scene): string =>
      JSON.stringify(
        (s.bring('t', 'completed'),
        s.log.map(({ body }) => ({ ...body, meta: { ...body.meta, inputId: '' } }))),
      );
    expect(life(new Scene({ rivals: 2 }))).to.equal(life(new Scene()));
  });

  it('routes the rivals in the decision of the first, each with a token of its own and the distribution it was drawn from', () => {
    const s = new Race();
    const events = s.route(['a', 'b', 'c']);
    expect(typesOf(events)).to.deep.equal(['TaskRouted', 'RivalRouted', 'RivalRouted']);
    expect([s.front, s.beside]).to.deep.equal(['a', ['b', 'c']]);
    expect(new Set(s.tokens.values()).size).to.equal(3);
    expect(s.task('t').attempt).to.equal(1);
  });

  it('the prices of all together stay under the cap; who has no price is in no race', () => {
    const cap = (costCapMicros: number, agents: readonly string[]): readonly string[] => {
      const s = new Race();
      s.route(agents, { race: { agents: 3, costCapMicros } });
      return s.beside;
    };
    expect(cap(599, ['a', 'b', 'c'])).to.deep.equal(['b']);
    expect(cap(400, ['a', 'b', 'c'])).to.deep.equal(['b']);
    expect(cap(400, ['a', 'c', 'b'])).to.deep.equal(['c']);
    expect(cap(299, ['a', 'b', 'c'])).to.deep.equal([]);
    expect(cap(10_000, ['a', 'free', 'b'])).to.deep.equal(['b']);
    expect(cap(10_000, ['free', 'a', 'b'])).to.deep.equal([]);
    expect(cap(10_000, ['a', 'a', 'b', 'b', 'c'])).to.deep.equal(['b', 'c']);
  });

  it('no more agents than were asked for, nor than are allowed', () => {
    const s = new Race();
    s.route(['a', 'b', 'c'], { race: { agents: 2, costCapMicros: 600 } });
    expect(s.beside).to.deep.equal(['b']);
    const one = new Race({ rivals: 1 });
    one.route(['a', 'b', 'c']);
    expect(one.beside).to.deep.equal(['b']);
  });

  it('the first result that passes wins; the others are called back in the decision that seals, and nothing of them counts any more', () => {
    const s = new Race();
    s.route(['a', 'b', 'c']);
    s.say('a', 'ACCEPTED');
    expect(typesOf(s.say('b', 'RESULT'))).to.deep.equal([
      'RivalPromoted',
      'ExecutionStarted',
      'ExecutionCompleted',
      'VerificationStarted',
    ]);
    expect([s.front, s.beside]).to.deep.equal(['b', ['c', 'a']]);
    const sealed = s.judge();
    expect(typesOf(sealed)).to.deep.equal([
      'VerificationPassed',
      'VerdictRequested',
      'RivalEnded',
      'RivalEnded',
    ]);
    expect(agentsIn(sealed, 'RivalEnded')).to.deep.equal(['c', 'a']);
    expect(sealed[1]?.body).to.deep.include({ agentId: 'b', token: s.tokens.get('b'), attempt: 1 });
    expect(sealed.slice(2).map(({ body }) => body['failureClass'])).to.deep.equal(['OUTRUN', 'OUTRUN']);
    for (const kind of ['RESULT', 'FAILED', 'HEARTBEAT'] as const)
      for (const agentId of ['a', 'b', 'c']) expect(s.say(agentId, kind)).to.deep.equal([]);
    expect(typesOf(s.send(verdictSigned('t', s.pending('t'))))).to.deep.equal(['TaskCompleted']);
  });

  it('a fast bad result drops its run alone: the slower one goes on, no attempt is spent, and it wins', () => {
    const s = new Race();
    s.route(['a', 'b'], { maxAttempts: 1 });
    s.say('b', 'ACCEPTED');
    s.say('a', 'RESULT');
    expect(typesOf(s.judge(FAILS))).to.deep.equal(['VerificationFailed', 'RivalPromoted']);
    expect([s.front, s.beside, s.task('t').state, s.task('t').attempt]).to.deep.equal(['b', [], 'routed', 1]);
    expect(typesOf(s.say('b', 'HEARTBEAT'))).to.deep.equal(['ExecutionStarted']);
    s.say('b', 'RESULT');
    expect(typesOf(s.judge())).to.deep.equal(['VerificationPassed', 'VerdictRequested']);
  });

  it('a result that comes while another one is checked is kept, and checked if that one fails', () => {
    const s = new Race();
    s.route(['a', 'b', 'c']);
    s.say('a', 'RESULT');
    expect(typesOf(s.say('b', 'RESULT'))).to.deep.equal(['RivalFinished']);
    expect(s.say('b', 'RESULT')).to.deep.equal([]);
    expect(typesOf(s.judge(FAILS))).to.deep.equal([
      'VerificationFailed',
      'RivalPromoted',
      'ExecutionStarted',
      'ExecutionCompleted',
      'VerificationStarted',
    ]);
    expect([s.front, s.beside]).to.deep.equal(['b', ['c']]);
    expect(agentsIn(s.judge(), 'RivalEnded')).to.deep.equal(['c']);
  });

  it('when all have failed, one attempt is spent and nobody of them is asked again; a task has one race', () => {
    const s = new Race();
    s.route(['a', 'b', 'c'], { maxAttempts: 2 });
    s.say('b', 'FAILED');
    s.say('a', 'RESULT');
    s.judge(FAILS);
    s.say('c', 'RESULT');
    const [, routing] = s.judge(FAILS);
    expect(routing?.type).to.equal('RoutingStarted');
    expect(routing?.body).to.deep.include({ attempt: 2, race: null });
    expect(routing?.body['excludedAgents']).to.have.members(['a', 'b', 'c']);
  });

  it('a lost instance is replaced by a rival: no attempt is spent, and its agent is not left out', () => {
    const s = new Race();
    s.route(['a', 'b']);
    s.say('a', 'ACCEPTED');
    const [failed, promoted] = s.fire();
    expect([failed?.body['failureClass'], promoted?.type]).to.deep.equal(['LEASE_EXPIRED', 'RivalPromoted']);
    expect(s.task('t').excludedAgents).to.deep.equal([]);
    expect([s.front, s.task('t').attempt]).to.deep.equal(['b', 1]);
  });

  it('law 7: a rival that is silent too is noticed a lease after the task came to stand on it', () => {
    const s = new Race();
    s.route(['a', 'b']);
    s.say('a', 'FAILED');
    expect([s.front, s.task('t').timer]).to.deep.equal(['b', 'ACCEPTANCE']);
    expect(typesOf(s.fire())).to.deep.equal(['OfferEnded', 'RoutingStarted']);
  });

  it('a run that was overtaken keeps its lease when the task comes back to it', () => {
    const s = new Race();
    s.route(['a', 'b']);
    s.say('a', 'ACCEPTED');
    s.say('b', 'RESULT');
    expect(typesOf(s.judge(FAILS))).to.deep.equal([
      'VerificationFailed',
      'RivalPromoted',
      'ExecutionStarted',
    ]);
    expect([s.front, s.task('t').state, s.task('t').timer]).to.deep.equal(['a', 'executing', 'LEASE']);
    s.say('a', 'RESULT');
    expect(typesOf(s.judge())).to.deep.equal(['VerificationPassed', 'VerdictRequested']);
  });

  it('cancel, suspend and the deadline call everybody back, in the same decision', () => {
    for (const end of ['CANCEL', 'SUSPEND', 'deadline'] as const) {
      const s = new Race();
      s.route(['a', 'b', 'c'], end === 'deadline' ? { deadline: s.now + 1_000_000 } : {});
      const events = end === 'deadline' ? s.fire() : s.send(commanded('t', end));
      expect(agentsIn(events, 'RivalEnded'), end).to.deep.equal(['b', 'c']);
      expect(s.beside, end).to.deep.equal([]);
      expect(new Set(events.map(({ body }) => body.meta.decisionSize)).size, end).to.equal(1);
    }
  });

  it('fencing: a report counts with token, agent and instance of its own run only', () => {
    const s = new Race();
    s.route(['a', 'b']);
    const token = s.tokens.get('b') ?? -1;
    for (const stranger of [
      { agentId: 'a', workerInstance: 'w-b' },
      { agentId: 'b', workerInstance: 'w-a' },
    ])
      for (const kind of ['RESULT', 'FAILED', 'DECLINED'] as const)
        expect(s.send(reported('t', kind, token, stranger))).to.deep.equal([]);
    expect(
      s.send(reported('t', 'RESULT', token + 1000, { agentId: 'b', workerInstance: 'w-b' })),
    ).to.deep.equal([]);
  });

  it('signs of life of those beside write nothing into the log', () => {
    const s = new Race();
    s.route(['a', 'b']);
    for (const kind of ['ACCEPTED', 'HEARTBEAT', 'PROGRESS', 'UNKNOWN'] as const)
      expect(s.say('b', kind)).to.deep.equal([]);
  });

  it('laws 1, 10: every life of a race ends or can be cancelled, sealed at most once, and folds to the same from its log', () => {
    for (const s of raceLives()) {
      if (s.values.has('task/t') && s.task('t').state !== 'sealed')
        s.send(commanded('t', 'CANCEL', { commandId: 'last' }));
      expect(typesOf(s.log).filter((type) => type === 'VerdictRequested')).to.have.length(1);
      const open = new Set<unknown>();
      for (const { type, offset, body } of s.log) {
        if (type === 'RivalRouted') open.add(offset);
        if (type === 'RivalEnded' || type === 'RivalPromoted') open.delete(body['token']);
      }
      expect(s.task('t').rivals).to.deep.equal([]);
    }
  });

  it('laws 4, 8, 10, 13: random races: each run ends once, the task is sealed at most once, its log folds to its state', () => {
    const moves = fc.array(fc.tuple(fc.nat(99), fc.nat(2)), { maxLength: 30 });
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 2 }), (story, maxAttempts) => {
        const s = new Race({ outages: 1, offers: 5 });
        s.route(['a', 'b', 'c'], { maxAttempts });
        for (const [what, which] of story) live(s, what, ['a', 'b', 'c'][which] ?? 'a');
        const last = s.values.has('task/t') ? s.task('t') : undefined;
        if (last !== undefined && last.seal === null) s.send(commanded('t', 'CANCEL', { commandId: 'last' }));
        checkRuns(s.log);
        const folded = s.log.reduce<SagaValue | undefined>((value, event) => evolve(value, event), undefined);
        expect(folded).to.deep.equal(s.values.get('task/t'));
      }),
      { numRuns: 300 },
    );
  });
});

/** One thing that happens in a race. */
const live = (s: Race, what: number, agentId: string): void => {
  const { state } = s.task('t');
  if (what < 12) s.say(agentId, 'ACCEPTED');
  else if (what < 18) s.say(agentId, 'DECLINED', { busy: what % 2 === 0 });
  else if (what < 24) s.say(agentId, 'HEARTBEAT');
  else if (what < 50) s.say(agentId, 'RESULT');
  else if (what < 58) s.say(agentId, 'FAILED', { failureClass: what % 2 === 0 ? 'AGENT' : 'INFRASTRUCTURE' });
  else if (what < 80 && state === 'verifying') s.judge(what % 4 === 0 ? {} : FAILS);
  else if (what < 85 && state === 'verifying') s.judge({ gates: [gateOrder('unit')] });
  else if (what < 92 && state === 'running_gates')
    s.send(gateReported('t', s.pending('t'), { outcome: what % 2 === 0 ? 'PASS' : 'FAIL' }));
  else if (what < 97 && state !== 'sealed') s.fire();
  else if (what === 97) s.send(commanded('t', 'SUSPEND'));
};

const ENDS = new Set([
  'OfferEnded',
  'ExecutionFailed',
  'VerificationPassed',
  'VerificationFailed',
  'TaskSuspended',
]);

/** Every run that was routed has ended, once; the task is sealed once. */
const checkRuns = (log: readonly LoggedEvent[]): void => {
  const open = new Set<number>();
  let [front, seals] = [-1, 0];
  for (const { type, offset, body } of log) {
    if (type === 'TaskRouted') front = offset;
    if (type === 'TaskRouted' || type === 'RivalRouted') open.add(offset);
    if (type === 'RivalPromoted') front = Number(body['token']);
    if (type === 'RivalEnded') expect(open.delete(Number(body['token'])), 'a rival ends once').to.equal(true);
    if (ENDS.has(type) && body['token'] !== null) expect(open.delete(front), type).to.equal(true);
    if (type === 'VerdictRequested') {
      seals += 1;
      open.delete(front);
    }
  }
  expect([seals, [...open]]).to.deep.equal([1, []]);
};

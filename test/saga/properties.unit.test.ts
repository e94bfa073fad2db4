import { expect } from 'chai';
import fc from 'fast-check';
import type { AskRef, ClauseResult, LogMeta, ReportKind } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import { evolve } from '../../src/aggregates/task/index.js';
import { sagaDomain, TABLE, type Fact, type SagaIndex, type SagaLimits } from '../../src/saga/index.js';
import { edgeOf, type StateName } from '../../src/saga/table.js';
import {
  BROKEN_SPEC,
  capacityFound,
  commanded,
  gateOrder,
  gateReported,
  OVER_BUDGET,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  specChecked,
  submitted,
  verdictSigned,
  waiverDecided,
  type FactOf,
} from '../support/tasks.js';

const LIMITS: Partial<SagaLimits> = {
  inFlight: 2,
  waiting: 3,
  askRepeats: 2,
  askOutageMs: 200_000,
  verifyErrors: 1,
  executionMs: 60_000,
  queueHints: 3,
  offers: 3,
  outages: 1,
  suspensions: 2,
  commands: 5,
  rememberedPerTask: 2,
  rememberedPerPartition: 3,
};

/** One thing that happens; numbers are turned into something that mostly, not always, fits the moment. */
interface Move {
  readonly what: number;
  readonly task: number;
  readonly pick: number;
  readonly stale: boolean;
}
const move: fc.Arbitrary<Move> = fc.record({
  what: fc.nat(99),
  task: fc.nat(4),
  pick: fc.nat(1000),
  stale: fc.boolean().map((b) => b),
});

const from = <T>(list: readonly T[], pick: number): T => list[pick % list.length] as T;

/** The ask or token of now, or any earlier one. */
const askOf = (s: Scene, id: string, { stale, pick }: Move): AskRef => {
  const value = s.values.get(`task/${id}`);
  const now = value?.kind === 'task' ? value.ask : null;
  if (now !== null && !(stale && pick % 3 === 0)) return { offset: now.offset, eventId: now.eventId };
  const offset = pick % Math.max(1, s.log.length);
  return { offset, eventId: s.log[offset]?.body.meta.eventId ?? '' };
};

const tokenOf = (s: Scene, id: string, { stale, pick }: Move): number => {
  const value = s.values.get(`task/${id}`);
  const now = value?.kind === 'task' ? value.assignment?.token : undefined;
  if (now !== undefined && !(stale && pick % 3 === 0)) return now;
  const routed = s.log.filter((e) => e.type === 'TaskRouted');
  return routed.length === 0 ? pick : from(routed, pick).offset;
};

const AGENTS = ['agent-1', 'agent-2', 'agent-3'];
const factOf = (s: Scene, id: string, m: Move): FactOf<Fact> => {
  const ask = askOf(s, id, m);
  const value = s.values.get(`task/${id}`);
  const held = value?.kind === 'task' ? value.assignment : null;
  const who = { agentId: held?.agentId ?? 'agent-1', workerInstance: held?.workerInstance ?? 'w-1' };
  const kind = from<ReportKind>(
    ['ACCEPTED', 'DECLINED', 'HEARTBEAT', 'PROGRESS', 'RESULT', 'RESULT', 'FAILED'],
    m.pick,
  );
  const outcome = from(['PASS', 'PASS', 'FAIL', 'ERROR', 'UNKNOWN'] as const, m.pick);
  if (m.what < 12) {
    const deadline = m.pick % 5 === 0 ? s.now + (m.pick % 40) * 1_000_000 - 1_000_000 : null;
    return submitted(id, {
      requestId: `r-${m.pick % 2}`,
      deadline,
      priority: 1 + (m.pick % 10),
      maxAttempts: m.pick % 4,
      waiverWaitMs: m.pick % 3 === 0 ? 60_000 : null,
    });
  }
  if (m.what < 26) {
    const command = from(['CANCEL', 'SUSPEND', 'RESUME', 'SUSPEND', 'RESUME', 'UNKNOWN'] as const, m.pick);
    return commanded(id, command, {
      commandId: `c-${m.pick % 7}`,
      ifToken: m.pick % 9 === 0 ? tokenOf(s, id, m) : null,
    });
  }
  if (m.what < 38) return specChecked(id, ask, m.pick % 5 === 0 ? BROKEN_SPEC : { outcome });
  if (m.what < 56) {
    const route = from(
      ['ROUTED', 'ROUTED', 'ROUTED', 'NO_CAPACITY', 'NO_CAPABLE_AGENT', 'UNKNOWN'] as const,
      m.pick,
    );
    return routeDecided(id, ask, {
      outcome: route,
      agentId: from(AGENTS, m.pick),
      workerInstance: `w-${m.pick % 5}`,
    });
  }
  if (m.what < 61) return capacityFound(id, ask);
  if (m.what < 84) {
    const failureClass = from(['AGENT', 'INFRASTRUCTURE', null] as const, m.pick);
    return reported(id, kind, tokenOf(s, id, m), { ...who, failureClass, busy: m.pick % 2 === 0 });
  }
  if (m.what < 93) {
    if (m.pick % 4 === 0) return resultVerified(id, ask, OVER_BUDGET);
    const gates = Array.from({ length: m.pick % 3 }, (_, i) => gateOrder(`g${i}`));
    return resultVerified(id, ask, { outcome, gates });
  }
  if (m.what < 96) return gateReported(id, ask, { outcome, gate: `g${m.pick % 2}` });
  if (m.what < 98) {
    const decided = from(['CURED', 'CURED', 'DENIED', 'UNKNOWN'] as const, m.pick);
    return waiverDecided(id, ask, { outcome: decided });
  }
  const sealed = value?.kind === 'task' ? value.seal?.outcome : undefined;
  return verdictSigned(id, ask, { outcome: m.pick % 6 === 0 ? 'PASSED' : (sealed ?? 'FAILED') });
};

const seen = (index: SagaIndex): unknown => ({
  inState: [...index.inState].filter(([, count]) => count !== 0).sort(),
  counts: [index.inFlight, index.waiting, index.live, index.rememberedCommands, index.finished],
  timer: index.nextTimer(),
  line: index.nextQueued(10),
  saved: index.save(),
});

/** Law 10: what passes is carried by its clauses, and what is waived names its waiver. */
const mustBeCarried = (body: Readonly<Record<string, unknown>>): void => {
  for (const { id, severity, result, waivers } of body['clauses'] as readonly ClauseResult[]) {
    const passes = ['PASS', 'WAIVED', 'NOT_APPLICABLE'].includes(result) || severity === 'SHOULD';
    expect(passes, `${id} is ${result}`).to.equal(true);
    expect(waivers.every((waiver) => waiver.clause === id)).to.equal(true);
    expect(waivers.length > 0).to.equal(result === 'WAIVED');
  }
};

/** What must hold of the whole log. */
const checkLog = (log: readonly LoggedEvent[]): void => {
  const states = new Map<string, StateName>();
  const tokens = new Map<string, number>();
  const seals = new Map<string, string>();
  const counts = new Map<string, number>();
  const count = (key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
  log.forEach((event, i) => {
    const { type, body, offset } = event;
    const meta: LogMeta = body.meta;
    const id = meta.streamId;
    if (!id.startsWith('task/')) return;
    const edge = edgeOf(states.get(id) ?? 'unseen', type);
    if (edge === undefined) throw new Error(`${type} in ${states.get(id) ?? ''}`);
    states.set(id, edge.to);
    if (type === 'TaskRouted') tokens.set(id, offset);
    else if (typeof body['token'] === 'number') {
      expect(body['token'], 'an old token had an effect').to.equal(tokens.get(id));
    }
    if (type === 'VerdictRequested') {
      expect(seals.has(id), 'sealed twice').to.equal(false);
      seals.set(id, String(body['ending']));
      expect(body['outcome'] === 'PASSED').to.equal(body['ending'] === 'COMPLETED');
    }
    if (type === 'VerificationPassed' || type === 'SpecApproved') mustBeCarried(body);
    if (TABLE[edge.to].final) {
      expect(type).to.equal(
        {
          COMPLETED: 'TaskCompleted',
          FAILED: 'TaskFailed',
          REJECTED: 'TaskRejected',
          CANCELLED: 'TaskCancelled',
        }[seals.get(id) ?? ''],
      );
    }
    const next = log[i + 1];
    if (edge.then) {
      expect(edge.then, `after ${type}`).to.include(next?.type);
      expect(next?.body.meta.decisionIndex).to.equal(meta.decisionIndex + 1);
    }
    if (type === 'OfferEnded') expect(count(`${id} offers`)).to.be.at.most(LIMITS.offers ?? 0);
    if (type === 'TaskSuspended') expect(count(`${id} suspensions`)).to.be.at.most(LIMITS.suspensions ?? 0);
    if (type === 'RoutingStarted') expect(body['attempt']).to.be.within(1, 3);
    const command = body['commandId'];
    if (typeof command === 'string' && type !== 'CommandRemembered') {
      expect(count(`${id} ${command}`), 'a command twice').to.equal(1);
    }
  });
};

const play = (s: Scene, moves: readonly Move[]): void => {
  for (const m of moves) {
    s.now += (m.pick % 7) * 1_000_000;
    const due = s.index.nextTimer();
    if (due !== undefined && (m.pick % 11 === 0 || due.dueAt < s.now - 20_000_000)) s.fire();
    s.send(factOf(s, `t${m.task}`, m));
    for (const value of s.values.values()) {
      if (value.kind !== 'task') continue;
      expect(TABLE[value.state].transient, `rests in ${value.state}`).to.equal(undefined);
      expect(value.dueAt, `${value.state} without a time-out`).to.be.a('number');
    }
    expect(s.index.inFlight).to.be.within(0, LIMITS.inFlight ?? 0);
    expect(s.index.rememberedCommands).to.be.within(0, LIMITS.rememberedPerPartition ?? 0);
  }
};

const lives = (check: (s: Scene, moves: readonly Move[]) => void, numRuns: number): void => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 50, maxLength: 250 }), (moves) =>
      check(new Scene(LIMITS), moves),
    ),
    { numRuns },
  );
};

describe('any sequence of inputs', () => {
  it('R-517, laws 10 and 13: never seals twice, revives a task, oversteps a budget or takes an old token', () => {
    lives((s, moves) => {
      play(s, moves);
      checkLog(s.log);
    }, 300);
  }).timeout(60_000);

  it('R-514, law 8: folding the log again gives the same values and the same index', () => {
    lives((s, moves) => {
      play(s, moves);
      const again = new Scene(LIMITS);
      for (const event of s.log) again.apply(event);
      expect([...again.values]).to.deep.equal([...s.values]);
      expect(seen(again.index)).to.deep.equal(seen(s.index));
    }, 60);
  }).timeout(60_000);

  it('R-514: the index is what the values and the checkpoint say, and values survive JSON', () => {
    lives((s, moves) => {
      play(s, moves);
      const domain = sagaDomain(LIMITS);
      const index = domain.createIndex();
      domain.loadIndex(index, JSON.parse(JSON.stringify(domain.saveIndex(s.index))));
      for (const [id, value] of s.values) {
        const loaded = JSON.parse(JSON.stringify(value)) as typeof value;
        expect(loaded).to.deep.equal(value);
        index.moved(id, undefined, loaded);
      }
      expect(seen(index)).to.deep.equal(seen(s.index));
    }, 60);
  }).timeout(60_000);

  it('law 4: what is undone leaves no trace in values or index', () => {
    lives((s, moves) => {
      play(s, moves.slice(0, moves.length / 2));
      const before = { values: [...s.values].sort(), index: seen(s.index) };
      const length = s.log.length;
      const [values, versions, now] = [new Map(s.values), new Map(s.versions), s.now];
      play(s, moves.slice(moves.length / 2));
      const tail = s.log.splice(length);
      // Take the second half back, event by event, from the values that stood before each.
      const steps = tail.map((event) => {
        const id = event.body.meta.streamId;
        const from = values.get(id);
        const after = evolve(from, event);
        if (after === undefined || s.domain.isFinal(after)) values.delete(id);
        else values.set(id, after);
        return { streamId: id, before: from, after };
      });
      for (const step of steps.reverse()) s.undo(step);
      s.now = now;
      for (const [id, version] of versions) s.versions.set(id, version);
      expect([...s.values].sort()).to.deep.equal(before.values);
      expect(seen(s.index)).to.deep.equal(before.index);
    }, 100);
  }).timeout(60_000);

  it('law 13: left alone, with only the signer at work, every task ends', () => {
    lives((s, moves) => {
      play(s, moves);
      for (let i = 0; i < 2000 && s.index.live + s.index.rememberedCommands > 0; i++) {
        for (const [id, value] of [...s.values]) {
          if (value.kind !== 'task' || value.state !== 'sealed') continue;
          s.send(
            verdictSigned(id.slice(5), s.pending(id.slice(5)), { outcome: value.seal?.outcome ?? 'FAILED' }),
          );
        }
        if (s.index.live + s.index.rememberedCommands > 0) s.fire();
      }
      expect(s.index.live).to.equal(0);
      checkLog(s.log);
    }, 60);
  }).timeout(60_000);
});

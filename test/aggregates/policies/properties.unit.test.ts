import { expect } from 'chai';
import fc from 'fast-check';
import {
  DIMENSIONS,
  placeOfWaiver,
  policiesDomain,
  showInstant,
} from '../../../src/aggregates/policies/index.js';
import type {
  OverrideGranted,
  WaiverApproved,
  WaiverDemanded,
  WaiverRequested,
  WaiverUsed,
} from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/domain.js';
import { Partition } from '../../support/partition.js';
import { DEPLOYMENT, DeskWorld, HOUR, lines } from './support.js';

/** Anything that people, tasks and time may do, right or wrong, in any order. */
const anybody = fc.nat(4);
const mostly = (...usual: readonly number[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: anybody });
const likely = (weight: number, arbitrary: fc.Arbitrary<Doing>) => ({ weight, arbitrary });

type Doing =
  | {
      do: 'ask';
      by: number;
      uses: number;
      lines: number;
      hours: number;
      spec: boolean;
    }
  | { do: 'approve'; by: number; which: number; uses: number }
  | { do: 'deny' | 'revoke'; by: number; which: number }
  | { do: 'demand'; task: number; lines: number; tier: number; by: number; retry: boolean; other: boolean }
  | { do: 'override'; by: number; task: number; lines: number }
  | { do: 'leave'; which: number }
  | { do: 'retire'; by: number }
  | { do: 'wait'; hours: number }
  | { do: 'fire' };
const doing = <T extends Doing['do']>(what: T) => fc.constant(what);

const step: fc.Arbitrary<Doing> = fc.oneof(
  likely(
    4,
    fc.record({
      do: doing('ask'),
      by: mostly(0),
      uses: fc.integer({ min: 1, max: 3 }),
      lines: fc.nat(4),
      hours: fc.nat(180),
      spec: fc.boolean(),
    }),
  ),
  likely(7, fc.record({ do: doing('approve'), by: mostly(1, 2, 3), which: fc.nat(5), uses: fc.nat(3) })),
  likely(1, fc.record({ do: doing('deny'), by: anybody, which: fc.nat(5) })),
  likely(1, fc.record({ do: doing('revoke'), by: anybody, which: fc.nat(5) })),
  likely(
    6,
    fc.record({
      do: doing('demand'),
      task: fc.nat(5),
      lines: fc.nat(6),
      tier: fc.constantFrom(1, 3),
      by: anybody,
      retry: fc.boolean(),
      other: fc.boolean(),
    }),
  ),
  likely(3, fc.record({ do: doing('override'), by: mostly(3), task: fc.nat(5), lines: fc.nat(4) })),
  likely(2, fc.record({ do: doing('leave'), which: fc.nat(20) })),
  likely(1, fc.record({ do: doing('retire'), by: anybody })),
  likely(1, fc.record({ do: doing('wait'), hours: fc.nat(10) })),
  likely(2, fc.record({ do: doing('fire') })),
);
const NAMES = ['req', 'bob', 'cyd', 'oli', 'ada'] as const;
const TASKS = [0, 1, 2, 3, 4, 5].map((n) => `T-${n}`);
const PLACES = [null, ...TASKS].map((taskId) => placeOfWaiver('caws.budget', { taskId, specId: 'FEAT-1' }));
const who = (n: number): string => NAMES[n] ?? 'bob';

const live = (steps: readonly Doing[]): DeskWorld => {
  const desk = new DeskWorld();
  let asked = 0;
  let demands = 0;
  for (const one of steps) {
    const waiverId = 'which' in one ? `W-${one.which % Math.max(1, asked)}` : '';
    if (waiverId !== '' && asked === 0) continue;
    switch (one.do) {
      case 'ask': {
        const expiresAt = showInstant(desk.now + one.hours * HOUR + 1);
        const forWhat = one.spec
          ? { taskId: null, specId: 'FEAT-1' }
          : { taskId: `T-${(asked + 1) % 3}`, specId: null };
        desk.request(
          `W-${asked++}`,
          { uses: one.uses, amount: { lines: 20 * (one.lines + 1) }, expiresAt, ...forWhat },
          who(one.by),
        );
        break;
      }
      case 'approve':
        desk.approve(waiverId, who(one.by), one.uses === 0 ? {} : { uses: one.uses });
        break;
      case 'deny':
        desk.deny(waiverId, who(one.by));
        break;
      case 'revoke':
        desk.revoke(waiverId, who(one.by));
        break;
      case 'demand': {
        const ask = { offset: demands, eventId: `ask/${demands++}` };
        const over = {
          ask,
          needs: [lines(10 * (one.lines + 1))],
          riskTier: one.tier,
          requestedBy: `cli:${who(one.by)}`,
          ...(one.other ? { specSha256: 'b'.repeat(64) } : {}),
        };
        desk.demand(`T-${one.task}`, {
          ...over,
          until: desk.now + 100 * HOUR,
          retryOf: one.retry ? 'T-1' : null,
        });
        break;
      }
      case 'override':
        desk.override(`O-${desk.partition.log.length}`, who(one.by), {
          taskId: `T-${one.task}`,
          amount: { lines: 20 * (one.lines + 1) },
        });
        break;
      case 'leave':
        desk.send(DEPLOYMENT, 'WithdrawDemand', {
          askEventId: `ask/${one.which % Math.max(1, demands)}`,
          reason: 'it ended',
        });
        break;
      case 'retire':
        // Ada stays, or nobody could be registered any more.
        if (one.by < 4) desk.send('ada', 'RetirePrincipal', { principalId: who(one.by), reason: 'left' });
        break;
      case 'wait':
        desk.partition.now += one.hours * HOUR;
        break;
      case 'fire':
        if ((desk.partition.domain.nextTimer(desk.partition.index)?.dueAt ?? Infinity) <= desk.now)
          desk.partition.fire();
    }
  }
  return desk;
};

/** T-1 has waited and left; afterwards a waiver for it is granted. */
const A_SEALED_TASK: readonly Doing[] = [
  { do: 'demand', task: 1, lines: 1, tier: 3, by: 4, retry: false, other: false },
  { do: 'leave', which: 0 },
  { do: 'ask', by: 0, uses: 3, lines: 4, hours: 100, spec: false },
  { do: 'approve', by: 1, which: 0, uses: 0 },
];

const of = <T>(log: readonly LoggedEvent[], type: string): (T & LoggedEvent['body'])[] =>
  log.filter((event) => event.type === type).map(({ body }) => body as unknown as T & LoggedEvent['body']);

const always = (holds: (desk: DeskWorld) => void, runs = 25, begin: readonly Doing[] = []): void => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 8, maxLength: 40 }), (steps) =>
      holds(live([...begin, ...steps])),
    ),
    { numRuns: runs },
  );
};

describe('whatever people, tasks and time do', function () {
  this.timeout(30_000);

  it('D-21: never more uses, never more of the amount, than the least that anybody allowed', () => {
    let used = 0;
    always(({ partition: { log } }) => {
      const asked = new Map(of<WaiverRequested>(log, 'WaiverRequested').map((one) => [one.waiverId, one]));
      for (const [waiverId, { uses, amount }] of asked) {
        const own = of<WaiverUsed>(log, 'WaiverUsed').filter((use) => use.waiverId === waiverId);
        const last = own.at(-1);
        used += own.length;
        if (last === undefined) continue;
        const before = of<WaiverApproved>(log, 'WaiverApproved').filter(
          (one) => one.waiverId === waiverId && one.meta.streamVersion < last.meta.streamVersion,
        );
        const most = Math.min(uses, ...before.map((one) => one.uses));
        expect(own.map(({ use }) => use)).to.deep.equal(own.map((_, i) => i + 1));
        expect(own.length).to.be.at.most(most);
        for (const dimension of DIMENSIONS) {
          const drawn = own.reduce((sum, use) => sum + (use.drawn[dimension] ?? 0), 0);
          expect(drawn, dimension).to.be.at.most(amount[dimension] ?? 0);
        }
      }
    });
    expect(used, 'the property says nothing about waivers that are never used').to.be.greaterThan(0);
  });

  it('D-25: never an approver twice, never who asked, nobody who has a part in the task alone', () => {
    always(({ partition: { log } }) => {
      const owner = new Map(
        of<WaiverRequested>(log, 'WaiverRequested').map((one) => [one.waiverId, one.requestedBy]),
      );
      const approvals = of<WaiverApproved>(log, 'WaiverApproved').map(
        (one) => `${one.waiverId} ${one.approvedBy}`,
      );
      expect(new Set(approvals).size).to.equal(approvals.length);
      for (const one of of<WaiverApproved>(log, 'WaiverApproved'))
        expect(one.approvedBy).not.to.equal(owner.get(one.waiverId));
      const demands = new Map(
        of<{ ask: { eventId: string }; requestedBy: string; riskTier: number }>(log, 'WaiverDemanded').map(
          (one) => [one.ask.eventId, one],
        ),
      );
      for (const use of of<WaiverUsed>(log, 'WaiverUsed')) {
        const { requestedBy, riskTier } = demands.get(use.ask.eventId) ?? { requestedBy: '', riskTier: 1 };
        const others = use.approvedBy.filter((id) => `cli:${id}` !== requestedBy);
        expect(others.length).to.be.at.least(use.kind === 'WAIVER' && riskTier === 1 ? 2 : 1);
      }
    });
  });

  it('R-309, D-18: never used after its end, after it was denied, revoked or used up', () => {
    always(({ partition: { log } }) => {
      const over = new Map<string, number>();
      for (const event of log) {
        const { waiverId } = event.body as unknown as { waiverId?: string };
        if (waiverId === undefined) continue;
        if (event.type === 'WaiverUsed') {
          expect(over.has(waiverId), `${waiverId} after ${over.get(waiverId) ?? ''}`).to.equal(false);
          expect(event.body.meta.occurredAt).to.be.lessThan((event.body as unknown as WaiverUsed).expiresAt);
          if ((event.body as unknown as WaiverUsed).usesLeft === 0) over.set(waiverId, event.offset);
        } else if (/^Waiver(Denied|Revoked|Expired)$/.test(event.type)) over.set(waiverId, event.offset);
      }
    });
  });

  it('D-45: never more than five overrides of one person within an hour', () => {
    always(({ partition: { log } }) => {
      const granted = of<OverrideGranted>(log, 'OverrideGranted');
      for (const { grantedBy, meta } of granted) {
        const within = granted.filter(
          (one) =>
            one.grantedBy === grantedBy &&
            one.meta.occurredAt > meta.occurredAt - HOUR &&
            one.meta.occurredAt <= meta.occurredAt,
        );
        expect(within.length).to.be.at.most(5);
      }
    });
  });

  it('D-41: nothing is valid for longer than a week, an override for longer than a day', () => {
    always(({ partition: { log } }) => {
      for (const one of of<WaiverRequested>(log, 'WaiverRequested'))
        expect(one.expiresAt - one.meta.occurredAt).to.be.at.most(7 * 24 * HOUR);
      for (const one of of<OverrideGranted>(log, 'OverrideGranted'))
        expect(one.expiresAt - one.meta.occurredAt).to.be.at.most(24 * HOUR);
    }, 20);
  });

  it('law 5: the state is the fold of the log; every move of the index is undone by the opposite move', () => {
    always((desk) => {
      const { log, values, index } = desk.partition;
      const domain = policiesDomain({ deploymentKeys: [DEPLOYMENT.publicKeyPem] });
      const again = new Partition(domain, 'arbiter.policies');
      const shown = (one: typeof index): unknown => [
        one.nextTimer(),
        one.admins,
        one.principals,
        one.liveWaivers,
        one.waitingDemands,
        one.keptWaivers,
        PLACES.map((place) => [one.waiversAt(place), one.demandsAt(place)]),
        TASKS.map((taskId) => [one.demandsOf(taskId), one.retriesOf(taskId)]),
        NAMES.map((id) => one.overridesWithinHour(id, desk.now)),
      ];
      const empty = shown(again.index);
      const changes = log.map((event) => again.apply(event));
      expect([...again.values].sort()).to.deep.equal([...values].sort());
      expect(shown(again.index)).to.deep.equal(shown(index));
      for (const change of changes.reverse()) again.undo(change);
      expect(shown(again.index)).to.deep.equal(empty);
    }, 20);
  });

  it('law 7: left alone, everything comes to its end, and the desk to rest', () => {
    always((desk) => {
      for (let i = 0; i < 200 && desk.partition.fire().length > 0; i++);
      const { domain, index, values } = desk.partition;
      expect(domain.nextTimer(index)).to.equal(undefined);
      expect([index.keptWaivers, index.waitingDemands]).to.deep.equal([0, 0]);
      expect([...values.keys()].filter((id) => /^(?:waiver|demand)\//.test(id))).to.deep.equal([]);
    }, 20);
  });

  it('law 10: what was approved for the content of one task cures no task of another', () => {
    let carried = 0;
    always(
      ({ partition: { log } }) => {
        const asks = of<WaiverDemanded>(log, 'WaiverDemanded');
        const asked = new Map(of<WaiverRequested>(log, 'WaiverRequested').map((one) => [one.waiverId, one]));
        for (const use of of<WaiverUsed>(log, 'WaiverUsed')) {
          const named = asked.get(use.waiverId)?.taskId;
          const demand = asks.find(({ ask }) => ask.eventId === use.ask.eventId);
          if (named === undefined || named === null || named === use.taskId) continue;
          carried++;
          const earlier = asks.filter(({ taskId, meta }) => taskId === named && meta.seq < use.meta.seq);
          expect(earlier.map(({ specSha256 }) => specSha256)).to.include(demand?.specSha256);
        }
      },
      25,
      A_SEALED_TASK,
    );
    expect(carried, 'the property says nothing about waivers that are never carried').to.be.greaterThan(0);
  });
});

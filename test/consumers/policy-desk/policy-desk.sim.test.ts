import { expect } from 'chai';
import { DIMENSIONS } from '../../../src/aggregates/policies/index.js';
import type {
  DemandClosed,
  OverrideGranted,
  WaiverDecided,
  WaiverGranted,
  WaiverRequested,
  WaiverUsed,
} from '../../../src/events/generated/events.js';
import { TOPICS } from '../../../src/events/topics.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { read } from '../../lifecycle/support/text-codec.js';
import { DeskSimulation } from './world.js';

const SEEDS = 6;

type Body<T> = T & LoggedEvent['body'];
const all = <T>(
  events: readonly LoggedEvent[],
  type: string,
): readonly (Body<T> & { readonly at: number })[] =>
  events
    .filter((event) => event.type === type)
    .map(({ body, offset }) => ({ ...(body as unknown as Body<T>), at: offset }));

/** Never more uses or more of the amount than granted, never after the end, never by one's own approval. */
const checkUses = (events: readonly LoggedEvent[]): void => {
  const uses = new Map<string, Body<WaiverUsed>[]>();
  for (const use of all<WaiverUsed>(events, 'WaiverUsed')) {
    uses.set(use.waiverId, [...(uses.get(use.waiverId) ?? []), use]);
    expect(use.meta.occurredAt, 'used after its end').to.be.lessThan(use.expiresAt);
  }
  for (const granted of all<WaiverGranted>(events, 'WaiverGranted')) {
    const own = uses.get(granted.waiverId) ?? [];
    const [asked] = all<WaiverRequested>(events, 'WaiverRequested').filter(
      ({ waiverId }) => waiverId === granted.waiverId,
    );
    expect(own.map(({ use }) => use)).to.deep.equal(own.map((_, i) => i + 1));
    expect(own.length).to.be.at.most(granted.uses);
    for (const dimension of DIMENSIONS) {
      const drawn = own.reduce((sum, use) => sum + (use.drawn[dimension] ?? 0), 0);
      expect(drawn, dimension).to.be.at.most(granted.amount[dimension] ?? 0);
    }
    expect(granted.approvedBy).not.to.include(asked?.requestedBy);
    for (const { approvedBy, requestedBy } of own) {
      expect(new Set(approvedBy).size).to.equal(approvedBy.length);
      expect(approvedBy).not.to.include(requestedBy);
    }
  }
  for (const { waiverId } of all<OverrideGranted>(events, 'OverrideGranted'))
    expect(uses.get(waiverId) ?? []).to.have.length.at.most(1);
};

/** One answer for each ask, and everybody who waits gets it, whoever died. */
const checkAnswers = (simulation: DeskSimulation, events: readonly LoggedEvent[]): void => {
  const facts = simulation.bus.recordsOf({ topic: TOPICS.facts, partition: 0 }).map(read);
  const used = all<WaiverUsed>(events, 'WaiverUsed');
  const closed = new Map<string, Body<DemandClosed>>();
  for (const end of all<DemandClosed>(events, 'DemandClosed')) {
    expect(closed.has(end.ask.eventId), 'closed twice').to.equal(false);
    closed.set(end.ask.eventId, end);
  }
  for (const [eventId, end] of closed) {
    const answers = facts.filter(
      ({ body }) => (body as never as WaiverDecided).meta.inReplyTo?.eventId === eventId,
    );
    const distinct = new Set(answers.map(({ body }) => JSON.stringify({ ...body, meta: null })));
    expect(distinct.size, `${end.end}: answers to ${eventId}`).to.equal(end.end === 'WITHDRAWN' ? 0 : 1);
    const waivers = ((answers[0]?.body ?? { waivers: [] }) as never as WaiverDecided).waivers;
    const own = used.filter(({ ask }) => ask.eventId === eventId);
    expect(waivers.map(({ offset }) => offset)).to.deep.equal(own.map(({ at }) => at));
    expect(own.length > 0).to.equal(end.end === 'CURED');
  }
  for (const { body } of facts)
    expect(closed.has((body as never as WaiverDecided).meta.inReplyTo?.eventId ?? '')).to.equal(true);
};

/** Every order that was acknowledged has been decided, and has taken effect once (law 5). */
const checkOrders = (simulation: DeskSimulation, events: readonly LoggedEvent[]): void => {
  const first = events.filter(({ body }) => body.meta.decisionIndex === 0 && body.meta.inputId !== null);
  const decided = new Map<string, number>();
  for (const { body } of first) {
    const id = body.meta.inputId ?? '';
    decided.set(id, (decided.get(id) ?? 0) + 1);
  }
  for (const { commandId } of simulation.sent) expect(decided.get(commandId), commandId).to.be.at.least(1);
  for (const [id, times] of decided) {
    const refusals = all<{ commandId: string }>(events, 'OrderRefused').filter(
      ({ commandId }) => commandId === id,
    );
    expect(times - refusals.length, `${id} took effect`).to.be.at.most(1);
  }
};

describe('the policy desk on the memory bus', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`D-21, laws 3 to 6: seed ${seed}: desks that die, orders that come twice, tasks that race for a last use`, async () => {
      const simulation = new DeskSimulation(seed);
      try {
        await simulation.run(40);
        const events = simulation.accepted(TOPICS.policies);
        checkUses(events);
        checkAnswers(simulation, events);
        checkOrders(simulation, events);
        const lasting = simulation.asks.filter(({ until }) => until > simulation.now);
        const demanded = new Set(all<DemandClosed>(events, 'WaiverDemanded').map(({ ask }) => ask.eventId));
        // An ask whose task has left needs no demand.
        expect([...demanded].length, 'demands').to.be.greaterThan(lasting.length / 2);
        expect(all(events, 'WaiverUsed').length, 'uses').to.be.greaterThan(0);
      } finally {
        simulation.end();
      }
    });
  }
});

import { createHash } from 'node:crypto';
import { answerHead, asComponent, startAsking } from '../../../src/consumers/asking.js';
import type {
  AppliedWaiver,
  ClauseResult,
  GateStarted,
  ResultVerified,
  WaiverAwaited,
} from '../../../src/events/generated/events.js';
import type { Component, ComponentContext } from '../../../src/platform/component.js';
import { clause, gateOrder, OVER_BUDGET, waiver } from '../../support/tasks.js';

/** The same number for the same ask, so that whoever answers it, and however often, says the same. */
const lot = (name: string, below: number): number =>
  createHash('sha256').update(name).digest().readUInt32BE(0) % below;

/** The constitution, with results that break what can be waived, and with gates, for some of the tasks. */
export const withGatesAndBudgets = (context: ComponentContext): ComponentContext => ({
  ...context,
  facts: {
    ...context.facts,
    publish: (name, head, body) =>
      context.facts.publish(
        name,
        head,
        name === 'ResultVerified'
          ? ({
              ...body,
              ...judged(head.inReplyTo?.eventId ?? '', body as unknown as ResultVerified),
            } as typeof body)
          : body,
      ),
  },
});

const judged = (ask: string, { outcome, clauses }: ResultVerified): Partial<ResultVerified> => {
  const gates = Array.from({ length: [0, 0, 1, 3][lot(`gates ${ask}`, 4)] ?? 0 }, (_, i) =>
    gateOrder(`g${i}`, {
      timeoutMs: 200,
      severity: lot(`should ${ask} ${i}`, 4) === 0 ? 'SHOULD' : 'MUST',
    }),
  );
  const over = outcome === 'PASS' && lot(`over ${ask}`, 3) === 0;
  if (!over) return { gates };
  const found = [...clauses.filter(({ id }) => id !== 'caws.budget'), ...OVER_BUDGET.clauses.slice(1)];
  return { ...OVER_BUDGET, clauses: found, failureClass: 'CONSTITUTION', gates };
};

/** A gate runner as bad as the protocol allows: slow, at times without an answer, and not to be trusted with its own clause. */
export const startGateRunner = (context: ComponentContext): Promise<Component> =>
  startAsking(context, {
    groupId: 'sim.gates',
    asks: ['GateStarted'],
    kinds: ['RUN_GATE'],
    concurrency: 10,
    handle: async (ask) => {
      const { order } = ask.event.body as unknown as GateStarted;
      const chance = context.random();
      if (chance < 0.1) throw new Error('the machine that ran it is gone');
      await new Promise<void>((resolve) => context.clock.schedule(chance * 100, resolve));
      const kind = lot(`gate ${ask.ref.eventId}`, 8);
      const result: ClauseResult['result'] = kind === 0 ? 'FAIL' : kind === 1 ? 'NOT_EVALUATED' : 'PASS';
      await context.facts.publish('GateReported', answerHead(context.name, ask), {
        // A liar at times: the whole says PASS and its clause does not.
        outcome: kind === 2 && chance < 0.4 ? 'ERROR' : kind === 1 || result === 'PASS' ? 'PASS' : 'FAIL',
        failureClass: null,
        gate: order.gate,
        measured: {},
        evidence: [],
        clauses: kind === 3 ? [] : [clause(order.clause, { result })],
        violations: [],
        exitCode: 0,
        durationMs: 1,
        output: '',
      });
    },
  }).then((asker) => asComponent(context, 'sim.gates', asker));

/** A policy desk whose people grant, deny, grant too little or something else, or are not there. */
export const startDesk = (context: ComponentContext): Promise<Component> =>
  startAsking(context, {
    groupId: 'sim.desk',
    asks: ['WaiverAwaited'],
    kinds: ['WAIVE'],
    concurrency: 10,
    handle: async (ask) => {
      const { clauses, taskId, until } = ask.event.body as unknown as WaiverAwaited;
      const people = lot(`people ${ask.ref.eventId}`, 8);
      if (people === 0) return;
      await new Promise<void>((resolve) => context.clock.schedule(context.random() * 400, resolve));
      const waivers: AppliedWaiver[] = clauses.map(({ id }) =>
        waiver({
          waiverId: `W-${taskId}-${id}`,
          clause: people === 1 ? 'caws.scope' : id,
          amount: people === 2 ? { files: 1 } : { files: 10 },
          expiresAt: people === 3 ? 1 : until + 3_600_000_000,
        }),
      );
      await context.facts.publish('WaiverDecided', answerHead(context.name, ask), {
        outcome: people === 4 ? 'DENIED' : 'CURED',
        waivers: people === 5 ? waivers.slice(1) : waivers,
        reason: '',
      });
    },
  }).then((asker) => asComponent(context, 'sim.desk', asker));

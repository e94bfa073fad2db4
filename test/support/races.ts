import type { RoutingDecision } from '../../src/events/generated/events.js';
import type { LoggedEvent } from '../../src/log/domain.js';
import type { SagaLimits } from '../../src/saga/index.js';
import { routingDecision } from './decision.js';
import {
  commanded,
  gateOrder,
  gateReported,
  reported,
  resultVerified,
  routeDecided,
  Scene,
  specChecked,
  submitted,
} from './tasks.js';

/** Prices of the racers, millionths of a US dollar. */
export const PRICES: Readonly<Record<string, number | null>> = { a: 100, b: 200, c: 300, free: null };

export const pricedDecision = (agentId: string): RoutingDecision => {
  const figures = {
    propensity: 1,
    score: 1,
    successes: 0,
    failures: 0,
    mean: 0.5,
    pending: 0,
    ramp: 1,
    prior: null,
    expected: 0.5,
  };
  return routingDecision({ candidates: [{ ...figures, agentId, priceMicros: PRICES[agentId] ?? null }] });
};

export const rival = (agentId: string) => ({
  agentId,
  workerInstance: `w-${agentId}`,
  decision: pricedDecision(agentId),
});

type Kind = Parameters<typeof reported>[1];

/** A task `t` that several agents work on, and short words for what they say. */
export class Race extends Scene {
  readonly tokens = new Map<string, number>();

  constructor(limits: Partial<SagaLimits> = {}) {
    super({ rivals: 2, ...limits });
  }

  /** Up to the answer of the router; the first agent is the one that the task stands on. */
  route(agents: readonly string[], over: Parameters<typeof submitted>[1] = {}): LoggedEvent[] {
    this.send(submitted('t', { race: { agents: 3, costCapMicros: 600 }, ...over }));
    this.send(specChecked('t', this.pending('t')));
    const [first, ...rivals] = agents.map(rival);
    const events = this.send(routeDecided('t', this.pending('t'), { ...first, rivals }));
    for (const { type, offset, body } of events)
      if (type === 'TaskRouted' || type === 'RivalRouted') this.tokens.set(String(body['agentId']), offset);
    return events;
  }

  say(agentId: string, kind: Kind, over: Parameters<typeof reported>[3] = {}): LoggedEvent[] {
    const who = { agentId, workerInstance: `w-${agentId}` };
    return this.send(reported('t', kind, this.tokens.get(agentId) ?? -1, { ...who, ...over }));
  }

  judge(over: Parameters<typeof resultVerified>[2] = {}): LoggedEvent[] {
    return this.send(resultVerified('t', this.pending('t'), over));
  }

  get front(): string | undefined {
    return this.task('t').assignment?.agentId;
  }

  get beside(): readonly string[] {
    return this.task('t').rivals.map(({ agentId }) => agentId);
  }
}

export const FAILS = { outcome: 'FAIL', failureClass: 'CONSTITUTION' } as const;

/** Races that together walk every edge that only a race walks. */
export const raceLives = (): Scene[] => {
  const one = (live: (s: Race) => void): Race => {
    const s = new Race();
    s.route(['a', 'b', 'c']);
    live(s);
    return s;
  };
  return [
    one((s) => {
      s.say('b', 'DECLINED', { busy: false });
      s.say('c', 'RESULT');
      s.judge();
    }),
    one((s) => {
      s.say('a', 'DECLINED', { busy: false });
      s.say('b', 'ACCEPTED');
      s.say('c', 'RESULT');
      s.say('b', 'RESULT');
      s.judge(FAILS);
    }),
    one((s) => {
      s.say('a', 'ACCEPTED');
      s.say('b', 'FAILED');
      s.say('a', 'FAILED');
      s.send(commanded('t', 'SUSPEND'));
    }),
    one((s) => {
      s.say('a', 'RESULT');
      s.say('b', 'FAILED');
      s.send(commanded('t', 'CANCEL'));
    }),
    one((s) => {
      s.say('a', 'ACCEPTED');
      s.send(commanded('t', 'SUSPEND'));
    }),
    one((s) => {
      s.say('a', 'RESULT');
      s.judge({ gates: [gateOrder('unit')] });
      s.say('b', 'RESULT');
      s.say('c', 'FAILED');
      s.send(gateReported('t', s.pending('t'), { outcome: 'FAIL' }));
    }),
  ];
};

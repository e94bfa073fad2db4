import type { Random } from '../../../src/bus/memory/random.js';
import type { TaskRequested } from '../../../src/events/generated/events.js';
import { specText } from '../../aggregates/constitution/cases.js';
import { taskRequested } from '../../support/requests.js';

export interface Order {
  /** Milliseconds after the beginning. */
  readonly at: number;
  readonly name: 'TaskRequested' | 'CancelTask' | 'SuspendTask' | 'ResumeTask';
  readonly taskId: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const GOOD = specText();
const BAD = specText({ state: 'closed', extra: 'unknown_key: 1' });
/** Breaks what people may waive: experiments are for tier 3. */
const WAIVABLE = specText({
  tier: 2,
  extra: 'experimental_mode: {enabled: true, rationale: because, expires_at: "2099-01-01T00:00:00Z"}',
});

const requested = (
  random: Random,
  taskId: string,
  requestId: string,
  deadline: number | null,
): TaskRequested =>
  taskRequested(taskId, {
    requestId,
    tenant: 'acme',
    spec: random.chance(0.12) ? (random.chance(0.5) ? BAD : WAIVABLE) : GOOD,
    requiredCapabilities: random.chance(0.05) ? ['nobody-has-it'] : ['typescript'],
    priority: 1 + random.below(10),
    deadline,
    maxAttempts: 2 + random.below(2),
    waiverWaitMs: random.chance(0.7) ? 500 + random.below(2500) : null,
    actor: 'ann',
    occurredAt: 0,
  });

export const command = (
  commandId: string,
  taskId: string,
  ifVersion: number | null = null,
): Order['record'] => ({
  commandId,
  taskId,
  reason: 'because',
  ifToken: null,
  ifVersion,
  tenant: 'acme',
  actor: 'ann',
  occurredAt: 0,
  traceparent: null,
});

/** The same request, asking for a race; two of three agents or all of them are under its cap. */
export const raced = (order: Order): Order => {
  if (order.name !== 'TaskRequested') return order;
  const isLarge = order.taskId.length % 2 === Number(order.taskId.at(-1)) % 2;
  const race = { agents: isLarge ? 3 : 2, costCapMicros: isLarge ? 3000 : 2000 };
  return { ...order, record: { ...order.record, race } };
};

const COMMANDS = ['SuspendTask', 'ResumeTask'] as const;

/** What people ask of Arbiter in one seed: requests, some twice, and commands, some before the request. */
export const makeOrders = (random: Random, tasks: number, within: number, startAt: number): Order[] => {
  const orders: Order[] = [];
  for (let i = 0; i < tasks; i++) {
    const taskId = `t${i}`;
    const at = random.below(within);
    const deadline = random.chance(0.1) ? (startAt + at + 400 + random.below(2500)) * 1000 : null;
    const wanted = { ...requested(random, taskId, `r${i}`, deadline) };
    const request: Order = { at, name: 'TaskRequested', taskId, record: wanted };
    orders.push(request);
    if (random.chance(0.25)) orders.push({ ...request, at: at + random.below(1500) });
    if (random.chance(0.1))
      orders.push({ ...request, at: at + random.below(1500), record: { ...wanted, requestId: `other${i}` } });
    const commands = random.chance(0.5) ? random.below(6) : 0;
    for (let k = 0; k < commands; k++) {
      const name = random.chance(0.15) ? 'CancelTask' : (COMMANDS[random.below(2)] ?? 'SuspendTask');
      const record = command(`c${i}.${k}`, taskId, random.chance(0.05) ? 3 : null);
      const when = Math.max(0, at - 300 + random.below(2500));
      orders.push({ at: when, name, taskId, record });
      if (random.chance(0.3)) orders.push({ at: when + random.below(1200), name, taskId, record });
    }
  }
  return orders.sort((a, b) => a.at - b.at);
};

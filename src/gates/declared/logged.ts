import type { GateOrder } from './order.js';

/** A gate order as events carry it: what a reader wants to see in fields, and the whole of it as JSON in `options.order`. */
export interface LoggedGateOrder {
  readonly gate: string;
  readonly clause: string;
  readonly title: string;
  readonly severity: string;
  readonly tier: number | null;
  readonly thresholds: Readonly<Record<string, number>>;
  readonly argv: readonly string[];
  readonly evidencePath: string | null;
  readonly evidenceFormat: string | null;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly options: Readonly<Record<string, string>>;
}

export function loggedOrder(order: GateOrder): LoggedGateOrder & { severity: 'MUST' | 'SHOULD' } {
  const [first] = order.measures;
  return {
    gate: order.gate,
    clause: order.clause,
    title: order.title,
    severity: order.severity,
    tier: order.tier,
    thresholds: Object.fromEntries(
      order.measures.flatMap(({ kind, thresholds }) =>
        Object.entries(thresholds).map(([name, limit]) => [`${kind}.${name}`, limit] as const),
      ),
    ),
    argv: [...order.command],
    evidencePath: first?.path ?? null,
    evidenceFormat: first?.format ?? null,
    timeoutMs: order.timeoutMs,
    memoryMb: order.memoryMb,
    options: { order: JSON.stringify(order) },
  };
}

/** The order in an event, or null if it does not carry a whole one: then it is not run. */
export function orderFromLog(logged: LoggedGateOrder): GateOrder | null {
  try {
    const order = JSON.parse(logged.options['order'] ?? 'null') as GateOrder | null;
    if (order === null || !isOrder(order) || order.gate !== logged.gate) return null;
    // One event must not show one command and start another.
    return JSON.stringify(loggedOrder(order).argv) === JSON.stringify(logged.argv) ? order : null;
  } catch {
    return null;
  }
}

function isOrder(order: Partial<GateOrder>): order is GateOrder {
  const lists = [
    order.setup,
    order.command,
    order.exitCodes,
    order.fromBase,
    order.trustedKeys,
    order.contracts,
    order.measures,
  ];
  return (
    lists.every(Array.isArray) && typeof order.timeoutMs === 'number' && typeof order.memoryMb === 'number'
  );
}

import type { Spec } from '../../caws/index.js';
import { loggedOrder, orderGates, parseGates } from '../../gates/index.js';
import type { GateOrder } from '../../events/generated/events.js';
import type { FileChange } from './file-change.js';

/**
 * The gates that this change must pass, as events carry them; undefined: the file at the base can not be read, so nobody knows.
 * @param text `.caws/arbiter.yaml` at the base commit; null: the base has none
 */
export function ordersFor(
  spec: Spec,
  text: string | null,
  changes: readonly FileChange[],
): readonly GateOrder[] | undefined {
  if (text === null) return [];
  const { gates } = parseGates(text);
  return gates === undefined ? undefined : orderGates(spec, gates, changes).map(loggedOrder);
}

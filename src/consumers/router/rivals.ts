import type { Race, Rival, RoutingDecision } from '../../events/generated/events.js';
import type { Contender } from '../../routing/index.js';

/** Draws one of these, as the policy would; undefined: it has no instance. */
export type Pick = (
  from: readonly Contender[],
  alsoMasked: RoutingDecision['masked'],
  seed: string,
) => Rival | undefined;

interface Field {
  readonly first: Rival;
  readonly contenders: readonly Contender[];
  /** as the agents declare them: what a baseline expects is no bound */
  readonly prices: ReadonlyMap<string, number | null>;
  readonly seed: string;
}

/**
 * Who works on a task besides the first: drawn one after another by the same policy from those that are left, each
 * with the distribution it was drawn from, as long as the declared prices of all stay under the cap. Who declares no price
 * is in no race: a sum with an unknown part is under no cap. What came of it stands in the details of the first decision.
 */
export const chooseRivals = (
  { agents, costCapMicros }: Race,
  { first, contenders, prices, seed }: Field,
  pick: Pick,
): { readonly first: Rival; readonly rivals: readonly Rival[] } => {
  const priceOf = (agentId: string): number => prices.get(agentId) ?? Infinity;
  const rivals: Rival[] = [];
  let sum = priceOf(first.agentId);
  while (rivals.length < agents - 1) {
    const taken = [first, ...rivals].map(({ agentId }) => agentId);
    const left = contenders.filter(({ agentId }) => !taken.includes(agentId));
    const affordable = left.filter(({ agentId }) => sum + priceOf(agentId) <= costCapMicros);
    if (affordable.length === 0) break;
    const masked = [
      ...taken.map((agentId) => ({ agentId, reason: 'IN_THE_RACE already' })),
      ...left
        .filter((one) => !affordable.includes(one))
        .map(({ agentId }) => ({ agentId, reason: whyNot(prices.get(agentId) ?? null, costCapMicros) })),
    ];
    const next = pick(affordable, masked, `${seed}#${rivals.length + 1}`);
    if (next === undefined) break;
    rivals.push(next);
    sum += priceOf(next.agentId);
  }
  const told = tell(rivals, { sum, costCapMicros, others: contenders.length - 1 });
  const details = { ...first.decision.details, race: told };
  return { first: { ...first, decision: { ...first.decision, details } }, rivals };
};

const whyNot = (price: number | null, cap: number): string =>
  price === null
    ? 'RACE_PRICE_UNKNOWN: it declares none'
    : `OVER_RACE_CAP of ${cap} micros with those in the race`;

const tell = (
  rivals: readonly Rival[],
  { sum, costCapMicros, others }: { sum: number; costCapMicros: number; others: number },
): string => {
  if (rivals.length > 0) {
    const names = rivals.map(({ agentId }) => agentId).join(', ');
    return `beside ${names}: ${sum} of ${costCapMicros} micros`;
  }
  if (sum === Infinity) return 'none: the agent chosen first declares no price';
  return others === 0
    ? 'none: nobody else is able and free'
    : `none: nobody else is under the cap of ${costCapMicros} micros`;
};

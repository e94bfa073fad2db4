import { mostOut, HEALTHY, isOut, observed, type Health, type PolicyOutcome } from '../../routing/index.js';

/** One outcome that says how an agent is, at its place in the canonical order. */
interface Mark {
  readonly success: boolean;
  readonly at: number;
  readonly partition: number;
  readonly offset: number;
}

/** The newest marks of each agent: a function of the set of outcomes, like everything that is learned. */
export type Marks = ReadonlyMap<string, readonly Mark[]>;

export const NO_MARKS: Marks = new Map();

/** More than any ejection looks back. */
const MOST_MARKS = 32;

/** Surroundings that fail make an agent as useless as its own failures do; who cancels or suspends says nothing. */
const AILING: ReadonlySet<string> = new Set(['INFRASTRUCTURE', 'LEASE_EXPIRED', 'QUOTA']);

const saysOf = ({ result, failureClass }: PolicyOutcome): boolean | undefined =>
  result === 'SUCCESS' ? true : result === 'FAILURE' || AILING.has(failureClass ?? '') ? false : undefined;

const canonical = (a: Mark, b: Mark): number =>
  a.at - b.at || a.partition - b.partition || a.offset - b.offset;

/** The marks with these outcomes; agents without news keep their list. */
export const marked = (marks: Marks, outcomes: readonly PolicyOutcome[]): Marks => {
  const news = new Map<string, Mark[]>();
  for (const outcome of outcomes) {
    const success = saysOf(outcome);
    if (success === undefined) continue;
    const { agentId, occurredAt: at, partition, offset } = outcome;
    const list = news.get(agentId) ?? [];
    list.push({ success, at, partition, offset });
    news.set(agentId, list);
  }
  if (news.size === 0) return marks;
  const next = new Map(marks);
  for (const [agentId, list] of news)
    next.set(agentId, [...(next.get(agentId) ?? []), ...list].sort(canonical).slice(-MOST_MARKS));
  return next;
};

// Lists are never changed, so what was found for one stands as long as it does.
const found = new WeakMap<readonly Mark[], Health>();

const healthOf = (agentId: string, marks: readonly Mark[] | undefined): Health => {
  if (marks === undefined) return HEALTHY(agentId);
  const known = found.get(marks);
  if (known !== undefined) return known;
  const health = marks.reduce((so, mark) => observed(so, mark), HEALTHY(agentId));
  found.set(marks, health);
  return health;
};

/**
 * How every agent of the registry is at `now`, µs. Of those that should be out at most a share is: the ones that are out longest stay
 * out, ties by id, and the others count as healthy.
 */
export const poolHealth = (
  agentIds: readonly string[],
  marks: Marks,
  now: number,
): ReadonlyMap<string, Health> => {
  const all = agentIds.map((agentId) => healthOf(agentId, marks.get(agentId)));
  const out = all
    .filter((health) => isOut(health, now))
    .sort((a, b) => (b.outUntil ?? 0) - (a.outUntil ?? 0) || (a.agentId < b.agentId ? -1 : 1));
  const spared = new Set(out.slice(mostOut(all.length)).map(({ agentId }) => agentId));
  return new Map(
    all.map((health) => [
      health.agentId,
      spared.has(health.agentId) ? { ...health, outUntil: null } : health,
    ]),
  );
};

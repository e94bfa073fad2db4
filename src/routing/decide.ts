import { armsOf, normalised, shrunk, type Question, type Rule } from './arms.js';
import { RoutingError } from './errors.js';
import { overallOf, remember, scopeOf, type Experience } from './experience.js';
import { byId } from './order.js';
import type { Contender, Context, Decision, Policy, Prior } from './policy.js';
import type { Random } from './random.js';

export interface PolicyParts {
  readonly id: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rule: Rule;
  /** who gets a task of tier 1, where nothing is tried out; left out: as the rule says, for it learns nothing that could be tried */
  readonly atTierOne?: Rule;
}

/**
 * A policy from its rule. What is common to all: the rule's distribution, cut for agents that are being ramped up, mixed with the
 * floor, made to sum to 1, recorded, and drawn from once. So the propensity is that of the draw, whatever the rule's numerics.
 */
export function policyFrom({ id, version, parameters, rule, atTierOne }: PolicyParts): Policy {
  const choose = (
    context: Context,
    contenders: readonly Contender[],
    statistics: Experience,
    rng: Random,
  ): Decision => {
    check(context, contenders);
    const sorted = [...contenders].sort((a, b) => byId(a.agentId, b.agentId));
    const scope = scopeOf(statistics, context);
    const first = context.attempt > 1 ? scopeOf(statistics, { ...context, attempt: 1 }) : null;
    const later = first === null ? scopeOf(statistics, { ...context, attempt: 2 }) : scope;
    const overall = overallOf(statistics, context.tenant);
    const arms = armsOf(sorted, scope, { first: first ?? scope, overall });
    const question: Question = { context, scope, first, later, arms };
    const explores = context.riskTier !== 1;
    const floor = explores ? context.floor : 0;
    const used = explores ? rule : (atTierOne ?? rule);
    const ranking = used(question);
    const propensities = floored(ramped(ranking.shares, sorted, question, used), sorted, floor);
    const draw = rng.next();
    const at = drawn(propensities, draw);
    const choice = sorted[at]?.agentId ?? '';
    const propensity = propensities[at] ?? 0;
    return {
      choice,
      propensity,
      propensities: sorted.map(({ agentId }, i) => ({ agentId, propensity: propensities[i] ?? 0 })),
      scores: (ranking.evidence ?? question.arms).map((arm, i) => ({
        agentId: arm.agentId,
        expected: arm.expected,
        mean: shrunk(arm, 2),
        score: ranking.scores[i] ?? 0,
        successes: arm.successes,
        failures: arm.failures,
        pending: arm.pending,
      })),
      explanation: {
        policy: { id, version },
        parameters,
        floor,
        seed: rng.seed,
        draw,
        text: told(
          explores || atTierOne === undefined ? id : `${id}, tier 1: the best known, nothing is tried out`,
          choice,
          propensity,
          sorted.length,
        ),
        details: ranking.details ?? {},
      },
    };
  };
  return { id, version, parameters, choose, learn: remember };
}

function told(policy: string, choice: string, propensity: number, count: number): string {
  return `${policy}: ${choice}, drawn with probability ${propensity.toFixed(4)} from ${count} allowed`;
}

/** Who is being ramped up keeps its part; what is cut goes to the others as the rule would choose among them alone. */
function ramped(
  shares: readonly number[],
  contenders: readonly Contender[],
  question: Question,
  rule: Rule,
): number[] {
  if (contenders.every(({ ramp }) => ramp === 1)) return [...shares];
  const kept = shares.map((share, i) => share * (contenders[i]?.ramp ?? 1));
  const full = question.arms.filter((_, i) => contenders[i]?.ramp === 1);
  if (full.length === 0) return normalised(kept);
  const cut = 1 - kept.reduce((sum, share) => sum + share, 0);
  const others = rule({ ...question, arms: full }).shares;
  let next = 0;
  return kept.map((share, i) => (contenders[i]?.ramp === 1 ? share + cut * (others[next++] ?? 0) : share));
}

/** floor·ramp/Σramp + (1 − floor)·share, then made to sum to 1 as far as doubles can. */
function floored(shares: readonly number[], contenders: readonly Contender[], floor: number): number[] {
  const total = contenders.reduce((sum, { ramp }) => sum + ramp, 0);
  return normalised(
    normalised(shares).map((share, i) => (floor * (contenders[i]?.ramp ?? 1)) / total + (1 - floor) * share),
  );
}

/** The first index whose cumulated share exceeds the draw; never one with a share of 0, whatever the sum rounds to. */
export function drawn(shares: readonly number[], draw: number): number {
  let cumulated = 0;
  let last = 0;
  for (const [at, share] of shares.entries()) {
    if (share <= 0) continue;
    cumulated += share;
    last = at;
    if (draw < cumulated) return at;
  }
  return last;
}

function check({ floor }: Context, contenders: readonly Contender[]): void {
  if (contenders.length === 0)
    throw new RoutingError('NO_CANDIDATES', 'expected at least one contender, found none');
  if (!(floor >= 0 && floor <= 1))
    throw new RoutingError('FLOOR_INVALID', `floor: expected a number from 0 to 1, found ${floor}`);
  const seen = new Set<string>();
  for (const { agentId, pending, priceMicros, ramp, prior } of contenders) {
    const place = `contenders[${JSON.stringify(agentId)}]`;
    if (seen.has(agentId)) throw new RoutingError('DUPLICATE_AGENT', `${place} stands twice`);
    seen.add(agentId);
    if (!Number.isSafeInteger(pending) || pending < 0)
      throw new RoutingError('CONTENDER_INVALID', `${place}.pending: expected a count, found ${pending}`);
    if (priceMicros !== null && !(priceMicros >= 0 && Number.isFinite(priceMicros)))
      throw new RoutingError('CONTENDER_INVALID', `${place}.priceMicros: expected ≥ 0, found ${priceMicros}`);
    if (!(ramp > 0 && ramp <= 1))
      throw new RoutingError('CONTENDER_INVALID', `${place}.ramp: expected over 0, up to 1, found ${ramp}`);
    if (prior !== null && !isPrior(prior))
      throw new RoutingError(
        'CONTENDER_INVALID',
        `${place}.prior: expected counts over 0, found ${JSON.stringify(prior)}`,
      );
  }
}

const isPrior = ({ successes, failures }: Prior): boolean =>
  successes >= 0 && failures >= 0 && successes + failures > 0 && Number.isFinite(successes + failures);

import { probabilityBest } from './best.js';
import { RoutingError } from './errors.js';
import { byId } from './order.js';
import { uniform } from './random.js';

/** How the distribution is computed; a change of either is a new version, for old decisions name the one they rest on. */
export const POLICY = { id: 'beta-thompson', version: '1' } as const;

/** Pseudo-counts that stay in the posterior for ever (K-13; D-07: an optimistic start must not vanish with the first outcome). */
export interface Prior {
  readonly successes: number;
  readonly failures: number;
}

/** Every rate equally likely: an unknown agent has mean 1/2 and the widest spread, which is what makes it be tried. */
export const UNIFORM_PRIOR: Prior = { successes: 1, failures: 1 };

export interface CandidateCounts {
  readonly agentId: string;
  readonly successes: number;
  readonly failures: number;
}

export interface Question {
  readonly candidates: readonly CandidateCounts[];
  /** ε: this share of all choices is spread evenly, so that every allowed agent keeps ε/k. 0 switches it off. */
  readonly floor: number;
  /** the draw is a function of it; recorded with the decision */
  readonly seed: string;
  readonly prior?: Prior;
}

/** Everything a choice rests on, by agent id (law 11). */
export interface Choice {
  readonly chosen: string;
  /** probability with which `chosen` was drawn */
  readonly propensity: number;
  readonly propensities: readonly { readonly agentId: string; readonly propensity: number }[];
  /** the posterior mean, and the probability of being best before the floor */
  readonly scores: readonly {
    readonly agentId: string;
    readonly mean: number;
    readonly best: number;
    readonly successes: number;
    readonly failures: number;
  }[];
  readonly floor: number;
  readonly seed: string;
  /** the uniform number in [0, 1) that the seed gave: the first agent, by id, whose cumulated propensity exceeds it was chosen */
  readonly draw: number;
  readonly policy: { readonly id: string; readonly version: string };
}

/** The floor at a risk tier: at tier 1 nothing is tried out on purpose. */
export function floorAt(riskTier: 1 | 2 | 3 | null, floor: number): number {
  return riskTier === 1 ? 0 : floor;
}

/**
 * Beta-Thompson with an exploration floor, as a distribution: it is computed, mixed with the floor, and drawn from once, so the
 * propensity on record is the one that was used. Same counts, floor, prior and seed: same choice, in whatever order.
 * @throws RoutingError on an empty or ambiguous list, counts that are no counts, a floor outside [0, 1]
 */
export function chooseAgent({ candidates, floor, seed, prior = UNIFORM_PRIOR }: Question): Choice {
  check(candidates, floor, prior);
  const agents = [...candidates].sort((a, b) => byId(a.agentId, b.agentId));
  const posteriors = agents.map(({ successes, failures }) => ({
    alpha: prior.successes + successes,
    beta: prior.failures + failures,
  }));
  const best = probabilityBest(posteriors);
  const propensities = mixed(best, floor);
  const draw = uniform(seed);
  const at = drawn(propensities, draw);
  return {
    chosen: agents[at]?.agentId ?? '',
    propensity: propensities[at] ?? 0,
    propensities: agents.map(({ agentId }, i) => ({ agentId, propensity: propensities[i] ?? 0 })),
    scores: agents.map(({ agentId, successes, failures }, i) => {
      const { alpha, beta } = posteriors[i] ?? { alpha: 1, beta: 1 };
      return { agentId, mean: alpha / (alpha + beta), best: best[i] ?? 0, successes, failures };
    }),
    floor,
    seed,
    draw,
    policy: POLICY,
  };
}

/** ε/k + (1 − ε)·p, then made to sum to 1 as far as doubles can. */
function mixed(best: readonly number[], floor: number): number[] {
  const raw = best.map((share) => floor / best.length + (1 - floor) * share);
  const total = raw.reduce((sum, share) => sum + share, 0);
  return raw.map((share) => share / total);
}

/** The first index whose cumulated share exceeds the draw; never one with a share of 0, whatever the sum rounds to. */
function drawn(shares: readonly number[], draw: number): number {
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

function check(candidates: readonly CandidateCounts[], floor: number, prior: Prior): void {
  if (candidates.length === 0)
    throw new RoutingError('NO_CANDIDATES', 'expected at least one candidate, found none');
  if (!(floor >= 0 && floor <= 1)) {
    throw new RoutingError('FLOOR_INVALID', `floor: expected a number from 0 to 1, found ${floor}`);
  }
  for (const pseudo of [prior.successes, prior.failures]) {
    // Under 1 the density has a pole at the edge, and a fresh agent would count as either perfect or useless.
    if (!(pseudo >= 1 && pseudo <= 1e6)) {
      throw new RoutingError(
        'PRIOR_INVALID',
        `prior: expected pseudo-counts from 1 to 1000000, found ${pseudo}`,
      );
    }
  }
  const seen = new Set<string>();
  for (const { agentId, successes, failures } of candidates) {
    if (seen.has(agentId))
      throw new RoutingError('DUPLICATE_AGENT', `candidates: ${JSON.stringify(agentId)} stands twice`);
    seen.add(agentId);
    for (const count of [successes, failures]) {
      if (!Number.isSafeInteger(count) || count < 0) {
        const place = `candidates[${JSON.stringify(agentId)}]`;
        throw new RoutingError('COUNTS_INVALID', `${place}: expected counts ≥ 0, found ${count}`);
      }
    }
  }
}

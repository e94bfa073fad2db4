import { RoutingError } from '../errors.js';
import type { Experience } from '../experience.js';
import type { Policy } from '../policy.js';
import { decidedAgain, type RecordedDecision } from './recorded.js';

/** What a policy would have done where another one decided. */
export interface Shadowed {
  /** drawn from the shadow's distribution with the seed of the decision: the same luck */
  readonly choice: string;
  readonly propensity: number;
  /** with which probability it would have made the choice that was made */
  readonly ofLive: number;
  readonly agrees: boolean;
  /** Σ min(p, q) over the agents: how much of the two distributions is the same */
  readonly overlap: number;
}

/** @returns undefined where the policy cannot decide: a linear one without features */
export const shadowed = (
  decision: RecordedDecision,
  chosen: string,
  shadow: Policy,
  experience: Experience,
): Shadowed | undefined => {
  try {
    const other = decidedAgain(decision, experience, { policy: shadow });
    const live = new Map(decision.candidates.map(({ agentId, propensity }) => [agentId, propensity]));
    const ofLive = other.propensities.find(({ agentId }) => agentId === chosen)?.propensity ?? 0;
    const overlap = other.propensities.reduce(
      (sum, { agentId, propensity }) => sum + Math.min(propensity, live.get(agentId) ?? 0),
      0,
    );
    const { choice, propensity } = other;
    return { choice, propensity, ofLive, agrees: choice === chosen, overlap };
  } catch (error) {
    if (error instanceof RoutingError && error.code === 'FEATURES_MISSING') return undefined;
    throw error;
  }
};

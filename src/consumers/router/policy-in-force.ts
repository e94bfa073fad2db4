import type { RoutingPolicyState } from '../../aggregates/agent/index.js';
import { createPolicy, DEFAULT_POLICY, RoutingError, type Policy } from '../../routing/index.js';

export interface PolicyInForce {
  readonly policy: Policy;
  /** exploration floor by event; null: as set for the process */
  readonly floor: number | null;
  /** Why it is not the one that was asked for; empty: it is. */
  readonly note: string;
}

/** What is used where a policy cannot be: it rests on no outcome and no parameter. */
export const FALL_BACK = 'round-robin';

/**
 * The policy that the agents log sets, else the default. One that this build does not know is not guessed at: agents are chosen in turn,
 * and every decision says so, until the build or the policy is another.
 */
export const policyInForce = (state: RoutingPolicyState | undefined): PolicyInForce => {
  if (state === undefined) return { policy: createPolicy(DEFAULT_POLICY), floor: null, note: '' };
  const floor = state.explorationFloor;
  try {
    const parameters = JSON.parse(state.parameters) as Readonly<Record<string, unknown>>;
    return { policy: createPolicy(state.policyId, parameters), floor, note: '' };
  } catch (error) {
    if (!(error instanceof RoutingError || error instanceof SyntaxError)) throw error;
    const note = `${state.policyId} is not known to this build, agents take turns`;
    return { policy: createPolicy(FALL_BACK), floor, note };
  }
};

/** Instead of a policy that cannot decide a task: the default, and why. */
export const fallenBack = (inForce: PolicyInForce, why: string): PolicyInForce => ({
  policy: createPolicy(DEFAULT_POLICY),
  floor: inForce.floor,
  note: `not ${inForce.policy.id}: ${why}`,
});

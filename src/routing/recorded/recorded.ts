import { RoutingError } from '../errors.js';
import type { Experience } from '../experience.js';
import { createPolicy } from '../policies/index.js';
import type { Contender, Context, Decision, Policy, Prior } from '../policy.js';
import { random } from '../random.js';

/** A decision as the log has it (arbiter.RoutingDecision), with the attempt it was made for. */
export interface RecordedDecision {
  readonly policyId: string;
  readonly policyVersion: string;
  readonly parameters: string;
  readonly tenant: string;
  readonly taskType: string;
  readonly attempt: number;
  readonly riskTier: number | null;
  readonly kind: string | null;
  readonly features: readonly number[];
  readonly ordinal: number;
  readonly floor: number;
  readonly seed: string;
  readonly propensity: number;
  readonly candidates: readonly {
    readonly agentId: string;
    readonly propensity: number;
    readonly pending: number;
    readonly priceMicros: number | null;
    readonly ramp: number;
    readonly prior: Prior | null;
  }[];
  readonly statisticsOffsets: readonly { readonly partition: number; readonly position: number }[];
}

/** What the policy was told of the task. */
export const contextOf = (decision: RecordedDecision): Context => {
  const { tenant, taskType, attempt, riskTier, kind, features, ordinal, floor } = decision;
  const tier = riskTier === 1 || riskTier === 2 || riskTier === 3 ? riskTier : null;
  return {
    tenant,
    taskType,
    riskTier: tier,
    attempt,
    kind,
    features: features.length > 0 ? features : null,
    ordinal,
    floor,
  };
};

/** Who could be chosen, with what was known of each beside the statistics. */
export const contendersOf = ({ candidates }: RecordedDecision): Contender[] =>
  candidates.map(({ agentId, pending, priceMicros, ramp, prior }) => ({
    agentId,
    pending,
    priceMicros,
    ramp,
    prior,
  }));

/**
 * The policy that decided, as this build computes it.
 * @throws RoutingError POLICY_UNKNOWN, POLICY_PARAMETERS; POLICY_VERSION when this build computes another version
 */
export const policyOf = ({ policyId, policyVersion, parameters }: RecordedDecision): Policy => {
  const policy = createPolicy(policyId, JSON.parse(parameters) as Readonly<Record<string, unknown>>);
  if (policy.version !== policyVersion) {
    const expected = `${policyId}: expected version ${policyVersion}, as the decision names it`;
    throw new RoutingError('POLICY_VERSION', `${expected}; found ${policy.version}: replay with that build`);
  }
  return policy;
};

/** What may differ in a replay of a decision; nothing: exactly as it was. */
export interface Change {
  readonly policy?: Policy;
  readonly experience?: Experience;
  readonly seed?: string;
  readonly context?: Partial<Context>;
  readonly contenders?: readonly Contender[];
}

/**
 * Decides again from the record: with the experience at the recorded vector and nothing changed, the same choice with the same
 * distribution, bit for bit. The floor on record is the one that was applied.
 */
export const decidedAgain = (
  decision: RecordedDecision,
  experience: Experience,
  change: Change = {},
): Decision =>
  (change.policy ?? policyOf(decision)).choose(
    { ...contextOf(decision), ...change.context },
    change.contenders ?? contendersOf(decision),
    change.experience ?? experience,
    random(change.seed ?? decision.seed),
  );

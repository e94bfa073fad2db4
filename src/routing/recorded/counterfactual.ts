import { RoutingError } from '../errors.js';
import { cellOf, overallOf, scopeOf, type Experience, type Scope } from '../experience.js';
import { createPolicy, DEFAULT_POLICY } from '../policies/index.js';
import type { Decision, Policy } from '../policy.js';
import { contextOf, decidedAgain, policyOf, type RecordedDecision } from './recorded.js';
import { stepsOf, trailOf } from '../trail.js';

/** What would have been chosen in another case. */
export interface Counterfactual {
  /** the case, in words */
  readonly if: string;
  readonly choice: string;
  readonly propensity: number;
  /** the choice is another one than on record */
  readonly isOther: boolean;
}

export interface Explained {
  readonly decision: Decision;
  /** decided again at the recorded vector: the same choice, the same distribution, to the last bit */
  readonly reproduced: boolean;
  readonly counterfactuals: readonly Counterfactual[];
  /** which draws give whom: the chosen one got `draw` */
  readonly draws: readonly { readonly agentId: string; readonly from: number; readonly to: number }[];
}

/**
 * Why this agent, and what else it could have been: the decision is made again from the record with one thing changed at a time.
 * @throws RoutingError as `policyOf`
 */
export const explained = (recorded: RecordedDecision, chosen: string, experience: Experience): Explained => {
  const policy = policyOf(recorded);
  const decision = decidedAgain(recorded, experience, { policy });
  const shares = new Map(recorded.candidates.map(({ agentId, propensity }) => [agentId, propensity]));
  const reproduced =
    decision.choice === chosen &&
    decision.propensity === recorded.propensity &&
    decision.propensities.every(({ agentId, propensity }) => shares.get(agentId) === propensity);
  const cases = [
    ...withoutFloor(recorded, experience, policy),
    ...withoutThe(chosen, recorded, experience, policy),
    ...withCountsOfRunnerUp(decision, recorded, experience, policy),
    ...withoutLearning(recorded, policy),
    ...byOtherPolicies(recorded, experience, policy),
  ];
  const counterfactuals = cases.map(([words, other]) => ({
    if: words,
    choice: other.choice,
    propensity: other.propensity,
    isOther: other.choice !== chosen,
  }));
  return { decision, reproduced, counterfactuals, draws: drawsOf(decision) };
};

/**
 * The explanation, or why this build can give none: a log outlives the policies of the build that wrote it, and the record stands for
 * itself.
 */
export const explainedIfAble = (
  recorded: RecordedDecision,
  chosen: string,
  experience: Experience,
): Explained | { readonly unable: string } => {
  try {
    return explained(recorded, chosen, experience);
  } catch (error) {
    if (error instanceof RoutingError || error instanceof SyntaxError) return { unable: error.message };
    throw error;
  }
};

type Case = readonly [string, Decision];

const withoutFloor = (recorded: RecordedDecision, experience: Experience, policy: Policy): Case[] =>
  recorded.floor === 0
    ? []
    : [
        [
          'there were no exploration floor',
          decidedAgain(recorded, experience, { policy, context: { floor: 0 } }),
        ],
      ];

const withoutThe = (
  chosen: string,
  recorded: RecordedDecision,
  experience: Experience,
  policy: Policy,
): Case[] => {
  const contenders = recorded.candidates.filter(({ agentId }) => agentId !== chosen);
  return contenders.length === 0
    ? []
    : [[`${chosen} had not been there`, decidedAgain(recorded, experience, { policy, contenders })]];
};

/** The two swap what is known of them: does the choice follow the evidence? */
const withCountsOfRunnerUp = (
  { choice, propensities }: Decision,
  recorded: RecordedDecision,
  experience: Experience,
  policy: Policy,
): Case[] => {
  const [runnerUp] = propensities
    .filter(({ agentId }) => agentId !== choice)
    .sort((a, b) => b.propensity - a.propensity || (a.agentId < b.agentId ? -1 : 1));
  if (runnerUp === undefined) return [];
  const swapped = swappedIn(experience, recorded, choice, runnerUp.agentId);
  const words = `${choice} had the counts of ${runnerUp.agentId}, and the other way round`;
  return [[words, decidedAgain(recorded, swapped, { policy })]];
};

/** First attempts are in the counts of all types as well: both are swapped, or the rest of them would be nobody's. */
const swappedIn = (experience: Experience, recorded: RecordedDecision, a: string, b: string): Experience => {
  const context = contextOf(recorded);
  const of = [scopeOf(experience, context)];
  if (context.attempt <= 1) of.push(overallOf(experience, context.tenant));
  const other = (agentId: string): string => (agentId === a ? b : agentId === b ? a : agentId);
  const swapped = (scope: Scope): Scope => ({
    ...scope,
    agents: new Map(scope.agents).set(a, cellOf(scope, b)).set(b, cellOf(scope, a)),
    recent: trailOf(stepsOf(scope.recent).map((step) => ({ ...step, agentId: other(step.agentId) }))),
  });
  return new Map([...experience].map(([key, one]) => [key, of.includes(one) ? swapped(one) : one]));
};

const withoutLearning = (recorded: RecordedDecision, policy: Policy): Case[] => [
  ['nothing had been learned', decidedAgain(recorded, new Map(), { policy })],
];

const byOtherPolicies = (recorded: RecordedDecision, experience: Experience, policy: Policy): Case[] =>
  [DEFAULT_POLICY, 'thompson', 'round-robin']
    .filter((id, at, all) => id !== policy.id && all.indexOf(id) === at)
    .map((id) => [`the policy were ${id}`, decidedAgain(recorded, experience, { policy: createPolicy(id) })]);

const drawsOf = ({ propensities }: Decision): Explained['draws'] => {
  let from = 0;
  return propensities
    .filter(({ propensity }) => propensity > 0)
    .map(({ agentId, propensity }) => {
      const range = { agentId, from, to: Math.min(1, from + propensity) };
      from += propensity;
      return range;
    });
};

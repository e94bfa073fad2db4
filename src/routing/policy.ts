import type { Experience, Outcome } from './experience.js';
import type { Random } from './random.js';

/** What is known of the task when an agent is chosen for it. */
export interface Context {
  readonly tenant: string;
  readonly taskType: string;
  /** tier 1: nothing is tried out on purpose, the best known agent is taken */
  readonly riskTier: 1 | 2 | 3 | null;
  /** 1, or which attempt this is after failed checks; their agents are no contenders any more */
  readonly attempt: number;
  /** a word for the kind of task (complexity pool, language, repository); null: no kind is told apart */
  readonly kind: string | null;
  /** numbers about the task for the linear policies, of one length for all tasks of a type; null: none */
  readonly features: readonly number[] | null;
  /** number of this decision, counted by the router process from 0 and kept in the record: what round-robin turns by */
  readonly ordinal: number;
  /** share of all choices that is spread evenly over the allowed agents, 0 to 1 */
  readonly floor: number;
}

/** Outcomes on loan: what is believed of an agent before it has any. */
export interface Prior {
  readonly successes: number;
  readonly failures: number;
}

/** An agent that may be chosen: whoever must not was taken out before (filter, quota, ejection). */
export interface Contender {
  readonly agentId: string;
  /** assignments under way, whose outcome is not known yet */
  readonly pending: number;
  /** declared price of a task, millionths of a US dollar; null: unknown */
  readonly priceMicros: number | null;
  /** 1, or less while it takes up work again after a quota reset or an ejection: its share is cut to this part */
  readonly ramp: number;
  /** the baseline that is declared for its model family; null: none */
  readonly prior: Prior | null;
}

export interface Score {
  readonly agentId: string;
  /** success rate expected before its own outcomes at this type of task: prior and other types */
  readonly expected: number;
  /** expected success rate after the prior */
  readonly mean: number;
  /** what the policy ranked it by: an index, a probability of being best, a weight */
  readonly score: number;
  /** outcomes that counted: not whole where old ones fade, fewer where an alarm forgot some */
  readonly successes: number;
  readonly failures: number;
  readonly pending: number;
}

/** A choice with everything it rests on (law 11). All lists are in the order of agent ids. */
export interface Decision {
  readonly choice: string;
  /** the probability with which `choice` was drawn */
  readonly propensity: number;
  /** the distribution the choice was drawn from; sums to 1 */
  readonly propensities: readonly { readonly agentId: string; readonly propensity: number }[];
  readonly scores: readonly Score[];
  readonly explanation: Explanation;
}

export interface Explanation {
  readonly policy: { readonly id: string; readonly version: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly floor: number;
  readonly seed: string;
  /** uniform in [0, 1): the first agent, by id, whose cumulated propensity exceeds it was chosen */
  readonly draw: number;
  /** one sentence for people */
  readonly text: string;
  /** what the policy worked with: exploration rate, alarms, multiplier of the budget */
  readonly details: Readonly<Record<string, number | string>>;
}

/**
 * A way of choosing. Pure: the same context, contenders (in any order), experience and seed give the same decision on every machine.
 * All policies learn the same experience, so a switch of policy, a shadow and an evaluation need no second history.
 */
export interface Policy {
  readonly id: string;
  /** a change of what it computes is a new version: old decisions name the one they rest on */
  readonly version: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  choose(context: Context, contenders: readonly Contender[], statistics: Experience, rng: Random): Decision;
  learn(statistics: Experience, outcome: Outcome): Experience;
}

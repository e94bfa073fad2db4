import { crossFitted, report, type Report, type ReportOptions, type Round } from '../evaluation/index.js';
import { RoutingError } from '../errors.js';
import type { Experience } from '../experience.js';
import type { Policy } from '../policy.js';
import { contendersOf, decidedAgain, type RecordedDecision } from './recorded.js';
import type { Vector } from './timeline.js';

/** A decision of the log with what came of it. */
export interface Judged {
  readonly taskId: string;
  readonly decision: RecordedDecision;
  readonly chosen: string;
  /** 1 or 0; null: nothing is known that says something about the agent */
  readonly reward: 0 | 1 | null;
}

export interface Evaluated {
  /** decisions in the range */
  readonly decisions: number;
  /** of those: with an outcome that says something about the agent */
  readonly judged: number;
  /** outcomes that say nothing (infrastructure, cancelled, …) or are not there yet: left out of the estimate */
  readonly censored: number;
  /** the policy could not decide (a linear one without features), or the record lacks what is needed */
  readonly undecidable: number;
  /** null: no round was left */
  readonly report: Report | null;
}

export interface EvaluateOptions extends ReportOptions {
  /** the target's exploration floor; left out: that of each decision */
  readonly floor?: number;
}

/** The least share of outcomes that must be known before nothing is said about the rest. */
const CENSORED_WORTH_A_WORD = 0.2;

/**
 * What `target` would have achieved on these decisions: its distribution over the very candidates, at the very knowledge of each decision,
 * against the propensity on record. The candidates' availability is taken as it was; the learner is the one that the log's own choices
 * taught, for what others would have taught it nobody can know.
 */
export const evaluated = (
  log: readonly Judged[],
  target: Policy,
  experienceAt: (vector: Vector) => Experience,
  { floor, ...options }: EvaluateOptions = {},
): Evaluated => {
  const known = log.filter(({ reward }) => reward !== null);
  const bare: { readonly judged: Judged; readonly round: Omit<Round, 'values'> }[] = [];
  for (const judged of known) {
    const round = roundOf(judged, target, experienceAt(judged.decision.statisticsOffsets), floor);
    if (round !== undefined) bare.push({ judged, round });
  }
  const counts = {
    decisions: log.length,
    judged: known.length,
    censored: log.length - known.length,
    undecidable: known.length - bare.length,
  };
  if (bare.length === 0) return { ...counts, report: null };
  const values = modelOf(bare.map(({ judged }) => judged));
  const rounds = bare.map(({ round }, at) => ({ ...round, values: values[at] ?? [] }));
  const found = report(rounds, options);
  const share = counts.censored / counts.decisions;
  const words =
    share > CENSORED_WORTH_A_WORD
      ? [
          `${(share * 100).toFixed(0)} % of the decisions have no outcome that says something: if that depends on the agent, so does the value`,
        ]
      : [];
  return { ...counts, report: { ...found, warnings: [...found.warnings, ...words] } };
};

const roundOf = (
  { taskId, decision, chosen, reward }: Judged,
  target: Policy,
  experience: Experience,
  floor: number | undefined,
): Omit<Round, 'values'> | undefined => {
  const action = decision.candidates.findIndex(({ agentId }) => agentId === chosen);
  if (action < 0 || !(decision.propensity > 0) || reward === null) return undefined;
  try {
    const { propensities } = decidedAgain(decision, experience, {
      policy: target,
      ...(floor === undefined ? {} : { context: { floor } }),
    });
    const share = new Map(propensities.map(({ agentId, propensity }) => [agentId, propensity]));
    return {
      task: taskId,
      action,
      reward,
      propensity: decision.propensity,
      target: decision.candidates.map(({ agentId }) => share.get(agentId) ?? 0),
      behaviour: decision.candidates.map(({ propensity }) => propensity),
    };
  } catch (error) {
    if (error instanceof RoutingError && error.code === 'FEATURES_MISSING') return undefined;
    throw error;
  }
};

/** The reward model, cross-fitted by task; tenants, types and kinds of task are cells of their own. */
const modelOf = (log: readonly Judged[]): number[][] => {
  const cellOf = ({ tenant, taskType, kind, attempt }: RecordedDecision): string =>
    JSON.stringify([tenant, taskType, kind, attempt > 1]);
  return crossFitted(
    log.map(({ taskId, decision, chosen, reward }) => ({
      task: taskId,
      cell: cellOf(decision),
      agentId: chosen,
      reward: reward ?? 0,
    })),
    log.map(({ taskId, decision }) => ({
      task: taskId,
      cell: cellOf(decision),
      agentIds: contendersOf(decision).map(({ agentId }) => agentId),
    })),
  );
};

import { crossFitted, report, type Round } from '../../src/routing/evaluation/index.js';
import { createPolicy } from '../../src/routing/index.js';
import { rates, steady, walk, type Matrix } from '../../src/routing/simulation/index.js';

export interface OffPolicy {
  readonly estimator: string;
  readonly rmse: number;
  readonly bias: number;
  readonly coverage: number;
  readonly refused: number;
}

/**
 * Gate 6: 500 logged tasks of the fleet, logger Thompson with a floor of 20 %, target uniform. Each log is one walk; its decisions are
 * valued off-policy and compared with what the target is known to reach.
 */
export const gateSix = (fleet: Matrix, logs: number): readonly OffPolicy[] => {
  const scenario = steady(fleet, 500, 'permutation');
  const logger = createPolicy('thompson');
  const truth = rates(fleet).reduce((sum, rate) => sum + rate, 0) / fleet.agents.length;
  const even = fleet.agents.map(() => 1 / fleet.agents.length);
  const found = new Map<string, { error: number; covered: boolean }[]>();
  let refused = 0;
  for (let log = 0; log < logs; log += 1) {
    const { outcomes, rounds } = logged();
    const examples = outcomes.map(({ agentId, offset, result }) => ({
      task: `${offset}`,
      cell: 'all',
      agentId,
      reward: result === 'SUCCESS' ? 1 : 0,
    }));
    const questions = rounds.map(({ task }) => ({ task, cell: 'all', agentIds: fleet.agents }));
    const values = crossFitted(examples, questions, { seed: `${log}` });
    const said = report(rounds.map((round, at) => ({ ...round, values: values[at] ?? [] })));
    if (said.verdict === 'REFUSED') refused += 1;
    for (const { estimator, value, normal } of said.estimates) {
      const list = found.get(estimator.name) ?? [];
      list.push({ error: value - truth, covered: normal.low <= truth && truth <= normal.high });
      found.set(estimator.name, list);
    }
    function logged(): { outcomes: ReturnType<typeof walk>['outcomes']; rounds: Round[] } {
      const rounds: Round[] = [];
      const { outcomes } = walk(scenario, logger, {
        seed: `gate-6/${log}`,
        floor: 0.2,
        delay: 0,
        attempts: 1,
        onPick: ({ step, agent, decision }) => {
          const behaviour = fleet.agents.map(
            (name) => decision.propensities.find(({ agentId }) => agentId === name)?.propensity ?? 0,
          );
          rounds.push({
            task: `${step + 1}`,
            action: agent,
            reward: 0,
            propensity: decision.propensity,
            target: even,
            behaviour,
          });
        },
      });
      return {
        outcomes,
        rounds: rounds.map((round, at) => ({ ...round, reward: outcomes[at]?.result === 'SUCCESS' ? 1 : 0 })),
      };
    }
  }
  return [...found].map(([estimator, list]) => ({
    estimator,
    rmse: Math.sqrt(list.reduce((sum, { error }) => sum + error * error, 0) / list.length),
    bias: list.reduce((sum, { error }) => sum + error, 0) / list.length,
    coverage: list.filter(({ covered }) => covered).length / list.length,
    refused,
  }));
};

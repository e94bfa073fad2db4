import { Option, type Command } from 'commander';
import { share, wholeNumber, words } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';
import { DONE } from '../failure.js';
import { facts, json } from '../output.js';

interface SimulateOptions extends JsonOption {
  readonly outcomes: string;
  readonly agents?: readonly string[];
  readonly policy?: string;
  readonly steps?: number;
  readonly orders: number;
  readonly seed: string;
  readonly delay: number;
  readonly floor: number;
  readonly attempts: number;
  readonly context?: readonly string[];
  readonly order?: 'permutation' | 'replacement';
}

const NOTES = `
The file: the first column is the task's id; a column whose every value that is not empty is 0 or 1 is an agent; the others are context.
An empty cell is unknown: for a task only the agents with a known cell can be chosen; where no cell of a row is known, whoever is
chosen has an outcome that the policy is never told, and that is in no figure but the regret. An agent's rate is its solved over its known cells. Up to as many steps as tasks are a random permutation, more are drawn
with replacement. regret is pseudo-regret: the sum over the steps of (rate of the best single agent − rate of the one chosen first);
its standard error is over the orders. Policies: arbiter route policies.`;

/** Replays a matrix of real outcomes with a policy. */
export const addRouteSimulate = (group: Command): void => {
  addCommand(group, {
    usage: 'simulate',
    summary: 'replay a matrix of outcomes with a policy that is shown only the outcomes of those it chose',
    examples: [
      'arbiter route simulate --outcomes outcomes.csv --steps 500 --orders 100 --json',
      "arbiter route simulate --outcomes outcomes.csv --agents a,b,c --policy 'ucb1:c=0.25' --delay 20",
      'arbiter route simulate --outcomes outcomes.csv --policy linucb --context repo --attempts 2',
    ],
  })
    .requiredOption('--outcomes <file>', 'CSV file of outcomes; - for stdin')
    .option('--agents <names>', 'only these, separated by commas', words)
    .option('--policy <policy>', 'name, name:key=value,… or JSON; without it the default policy')
    .option('--steps <n>', 'tasks; without it as many as the file has', wholeNumber(1, 1_000_000))
    .option('--orders <n>', 'how often, each with another order of tasks', wholeNumber(1, 100_000), 100)
    .option('--seed <text>', 'of the orders and the draws', '1')
    .option('--delay <n>', 'an outcome comes so many tasks late', wholeNumber(0, 1_000_000), 0)
    .option('--floor <share>', 'of choices spread evenly, 0 to 1', share, 0)
    .option(
      '--attempts <n>',
      'agents for a task, each after a failed check of the one before',
      wholeNumber(1, 100),
      1,
    )
    .option('--context <columns>', 'columns that the policy may see, separated by commas', words)
    .addOption(new Option('--order <order>', 'of tasks').choices(['permutation', 'replacement']))
    .addHelpText('after', NOTES)
    .action(act(simulateOutcomes));
};

const simulateOutcomes = async (options: SimulateOptions): Promise<number> => {
  const { readOutcomes } = await import('../routing/outcomes-file.js');
  const { DEFAULT_POLICY, parsePolicy } = await import('../../routing/index.js');
  const { matrixOf, onlyAgents, simulate, steady, withContext } =
    await import('../../routing/simulation/index.js');
  const policy = parsePolicy(options.policy ?? DEFAULT_POLICY);
  const { head, rows, lines } = await readOutcomes(options.outcomes);
  const all = matrixOf(head, rows, lines);
  const matrix = options.agents === undefined ? all : onlyAgents(all, options.agents);
  const scenario = withContext(
    steady(matrix, options.steps ?? matrix.tasks, options.order),
    matrix,
    options.context ?? [],
  );
  const { seed, floor, delay, attempts } = options;
  const found = simulate(scenario, policy, options.orders, { seed, floor, delay, attempts });
  const result = { ...found, policy: options.policy ?? policy.id };
  if (options.json === true) json(result);
  else {
    const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
    facts([
      ['policy', result.policy],
      ['agents', matrix.agents.length],
      ['steps', `${result.steps}, in ${result.orders} orders`],
      ['solved', percent(result.solved)],
      [
        'regret',
        result.regret_se === null
          ? result.regret.toFixed(1)
          : `${result.regret.toFixed(1)} ± ${result.regret_se.toFixed(1)}`,
      ],
      ['best agent chosen', percent(result.share_best)],
      ['attempts a task', result.attempts_per_task.toFixed(3)],
    ]);
  }
  return DONE;
};

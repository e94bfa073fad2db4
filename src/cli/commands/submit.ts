import type { Command } from 'commander';
import { collect, deadline, dollars, duration, pairs, wholeNumber } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';

export interface SubmitOptions extends JsonOption {
  readonly id?: string;
  readonly requestId?: string;
  readonly repo?: string;
  readonly rev?: string;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly capability?: readonly string[];
  readonly priority: number;
  readonly deadline?: number;
  readonly attempts: number;
  readonly tokens?: number;
  readonly cost?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly waiverWait?: number;
  readonly race?: number;
  readonly raceCost?: number;
  readonly wait?: boolean;
  readonly timeout: number;
}

/** Publishes task requests; `--wait` follows them to their end. */
export const addSubmit = (program: Command): void => {
  addCommand(program, {
    usage: 'submit <file...>',
    summary: 'submit a task for each CAWS working spec (YAML; - reads stdin)',
    examples: [
      'arbiter submit spec.yaml --repo . --wait',
      'arbiter submit spec.yaml --repo https://host/team/project.git --rev main --capability typescript',
      'arbiter submit examples/*.yaml --repo ../project --wait --json',
      'arbiter submit spec.yaml --deadline +2h --attempts 2 --cost 1.50 --metadata ticket=OPS-7',
    ],
    json: 'lines',
  })
    .option('--id <task-id>', 'id of the task; default: the spec’s id with a suffix')
    .option('--request-id <id>', 'idempotency key: the same request again is one task; default: a new one')
    .option('--repo <path|url>', 'repository to work in; a path is made absolute')
    .option('--rev <revision>', 'base revision; default HEAD')
    .option('--type <type>', 'type of task, for routing', 'code-editing')
    .option('--title <text>', 'default: the title in the spec')
    .option('--description <text>', 'for the agent, beside the spec')
    .option('--capability <word>', 'the agent must have it; may be given several times', collect)
    .option('--priority <n>', '1 to 10, higher is more urgent', wholeNumber(1, 10), 5)
    .option('--deadline <instant|+duration>', 'such as 2030-01-31T12:00:00Z or +2h', (text) => deadline(text))
    .option('--attempts <n>', 'at most so many attempts', wholeNumber(1, 10), 3)
    .option('--tokens <n>', 'token budget', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--cost <usd>', 'cost budget in US dollars', dollars)
    .option('--metadata <key=value>', 'may be given several times', pairs)
    .option(
      '--waiver-wait <duration>',
      'how long a rejection waits for a waiver; default: the policy’s',
      duration,
    )
    .option(
      '--race <agents>',
      '2 or 3 agents at once, the first result that passes counts',
      wholeNumber(2, 3),
    )
    .option('--race-cost <usd>', 'with --race: the prices of all of them together, at most', dollars)
    .option('--wait', 'wait for the end; exits 0 only if every task is completed')
    .option('--timeout <duration>', 'with --wait: how long, for each task', duration, 600_000)
    .action(
      act(async (files: readonly string[], options: SubmitOptions) => {
        const { submit } = await import('../tasks/submit.js');
        return submit(files, options);
      }),
    );
};

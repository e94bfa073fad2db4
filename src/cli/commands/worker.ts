import type { Command } from 'commander';
import { collect, duration, wholeNumber } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';

export interface WorkerCliOptions extends JsonOption {
  readonly agent: string;
  readonly concurrency: number;
  /** Commander's form of `--no-sandbox`. */
  readonly sandbox: boolean;
  readonly network?: boolean;
  readonly env?: readonly string[];
  readonly readOnly?: readonly string[];
  readonly taskTimeout: number;
  readonly grace: number;
}

/** Makes any program an agent. */
export const addWorker = (program: Command): void => {
  addCommand(program, {
    usage: 'worker <program> [args...]',
    summary: 'work for an agent: run a program for each task, in a clone and a sandbox of its own',
    examples: [
      'arbiter worker --agent claude --env ANTHROPIC_API_KEY --network -- claude -p --permission-mode acceptEdits',
      'arbiter worker --agent codex --concurrency 2 --env OPENAI_API_KEY --network -- codex exec -',
      'arbiter worker --agent script --no-sandbox -- ./agent.sh',
    ],
    json: 'lines',
  })
    .requiredOption('--agent <name>', 'the registered agent it works for')
    .option('--concurrency <n>', 'tasks at once at most', wholeNumber(1, 1000), 1)
    .option('--no-sandbox', 'run the program with all rights of this user: it can read your keys and files')
    .option('--network', 'in the sandbox: share the network, with all ports of this machine')
    .option('--env <name>', 'environment variable that the program may see (a prefix ends in *)', collect)
    .option(
      '--read-only <path>',
      'in the sandbox: a path that the program may read although it is hidden, as ~/.config/gh is',
      collect,
    )
    .option('--task-timeout <duration>', 'longest run of the program', duration, 1_800_000)
    .option('--grace <duration>', 'between SIGTERM and SIGKILL', duration, 10_000)
    .passThroughOptions()
    .action(
      act(async (program: string, args: readonly string[], options: WorkerCliOptions) => {
        const { runWorker } = await import('../run-worker.js');
        return runWorker([program, ...args], options);
      }),
    );
};

import type { Command } from 'commander';
import { wholeNumber, words } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';

export interface RunOptions extends JsonOption {
  readonly only?: readonly string[];
  readonly production?: boolean;
  readonly allowRace?: boolean;
  readonly metricsPort: number;
}

/** A process of Arbiter itself. */
export const addRun = (program: Command): void => {
  addCommand(program, {
    usage: 'run',
    summary: 'run Arbiter: all components, or some; several processes share the work',
    examples: [
      'arbiter run',
      'arbiter run --only saga,router --metrics-port 9464',
      'arbiter run --production --json',
    ],
    json: 'lines',
  })
    .option(
      '--only <components>',
      'these components only: intake, constitution, gates, router, saga, dispatcher, signer, performance, registrar, policy-desk, projections',
      words,
    )
    .option('--production', 'never register schemas or change tables: what is missing is an error')
    .option('--allow-race', 'take requests that ask for several agents at once; all of them are paid')
    .option(
      '--metrics-port <n>',
      'port of /metrics and /health on the loopback interface; 0: any free one',
      wholeNumber(0, 65535),
      0,
    )
    .action(
      act(async (options: RunOptions) => {
        const { runArbiter } = await import('../run-arbiter.js');
        return runArbiter(options);
      }),
    );
};

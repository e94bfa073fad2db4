import type { Command } from 'commander';
import { act, addCommand, type JsonOption } from '../command.js';
import { json, print } from '../output.js';

/** Ends what `up` started. */
export const addDown = (program: Command): void => {
  addCommand(program, {
    usage: 'down',
    summary: 'stop what `arbiter up` started; all data is kept',
    examples: ['arbiter down', 'arbiter down --json'],
  }).action(
    act(async ({ json: asJson }: JsonOption) => {
      const { stopStack } = await import('../../platform/stack/index.js');
      const stopped = await stopStack({});
      if (asJson === true) json({ stopped });
      else print(stopped.length === 0 ? 'nothing was running' : `stopped: ${stopped.join(', ')}`);
      return 0;
    }),
  );
};

import { CliError, NO } from '../failure.js';

/** Exit 1: the views do not know it. */
export const noSuchTask = (taskId: string): CliError =>
  new CliError(
    {
      code: 'NOT_FOUND',
      expected: 'a task that the views know',
      found: JSON.stringify(taskId.slice(0, 130)),
      repair: 'see: arbiter tasks list',
    },
    { exit: NO },
  );

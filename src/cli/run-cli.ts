import { CommanderError } from 'commander';
import { FAILED } from './failure.js';
import { exitOf, showError } from './output.js';
import { createProgram } from './program.js';

const HELP_WAS_ASKED_FOR: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version']);

const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(2, end < 0 ? undefined : end).includes('--json');
};

/** Runs one command and ends the process with its exit code: 0 done, 1 the answer is no, 2 misuse or failure. */
export const runCli = async (argv: readonly string[]): Promise<never> => {
  const fail = (error: unknown): never => {
    showError(error, wantsJson(argv));
    process.exit(FAILED);
  };
  process.on('uncaughtException', fail);
  // A reader that has seen enough (`| head`) is no failure, and changes no answer. Anything else is: who reads got a part.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
  });
  process.stderr.on('error', () => undefined);
  let code: number;
  try {
    await createProgram().parseAsync([...argv]);
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) code = HELP_WAS_ASKED_FOR.has(error.code) ? 0 : 2;
    else {
      showError(error, wantsJson(argv));
      code = exitOf(error);
    }
  }
  // Sockets that a library keeps open must not keep the process; what was written has to be out first.
  await Promise.all([process.stdout, process.stderr].map(drained));
  process.exit(code);
};

const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()));

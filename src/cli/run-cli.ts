import { CommanderError } from 'commander';
import { CliError, DONE, FAILED, misuse } from './failure.js';
import { exitOf, showError } from './output.js';
import { createProgram } from './program.js';

const HELP_WAS_ASKED_FOR: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version']);

const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(2, end < 0 ? undefined : end).includes('--json');
};

/** What commander found. Its only error without a message of its own: a group of commands, and none of them named. */
const misuseOf = ({ code, message }: CommanderError): CliError =>
  code === 'commander.help'
    ? misuse('a command', 'none', 'see: --help', 'MISUSE')
    : new CliError({ code: 'MISUSE', message: message.replace(/^error: /u, ''), repair: 'see: --help' });

/** Runs one command and ends the process with its exit code: 0 done, 1 the answer is no, 2 misuse or failure. */
export const runCli = async (argv: readonly string[]): Promise<never> => {
  const asJson = wantsJson(argv);
  const fail = (error: unknown): never => {
    showError(error, asJson);
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
    // Commander tells misuse in words; with --json it is told below, as every other error is.
    await createProgram(asJson ? () => undefined : undefined).parseAsync([...argv]);
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      showError(error, asJson);
      code = exitOf(error);
    } else if (HELP_WAS_ASKED_FOR.has(error.code)) code = DONE;
    else {
      if (asJson) showError(misuseOf(error), asJson);
      code = FAILED;
    }
  }
  // Sockets that a library keeps open must not keep the process; what was written has to be out first.
  await Promise.all([process.stdout, process.stderr].map(drained));
  process.exit(code);
};

const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()));

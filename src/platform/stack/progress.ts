import { Listr } from 'listr2';
import type { PartName } from './types.js';

/** One line of the display: what is being done, and how to say what goes on in it. */
export interface Step {
  readonly name: PartName;
  readonly title: string;
  run(tell: (what: string) => void): Promise<string>;
}

/**
 * Runs the steps at the same time and shows them on stderr: as a live list on a terminal, as plain lines otherwise. All
 * steps are brought to their end before the first error is thrown, so that nothing goes on behind the caller's back.
 */
export async function runSteps(steps: readonly Step[], quiet: boolean): Promise<void> {
  const errors: unknown[] = [];
  if (!quiet && process.stderr.isTTY) await live(steps, errors);
  else await plain(steps, errors, quiet ? () => undefined : say);
  if (errors.length > 0) throw errors[0];
}

async function live(steps: readonly Step[], errors: unknown[]): Promise<void> {
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_context: unknown, task: { title: string; output: string }): Promise<void> => {
        try {
          task.title = await step.run((what) => (task.output = what));
        } catch (error) {
          errors.push(error);
          throw error;
        }
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      rendererOptions: { showErrorMessage: false, collapseErrors: false },
    },
  );
  // listr2 draws on stdout, which belongs to the answer of a command.
  await onStderr(() => list.run());
}

async function plain(
  steps: readonly Step[],
  errors: unknown[],
  print: (line: string) => void,
): Promise<void> {
  await Promise.all(
    steps.map(async (step) => {
      try {
        print(`${step.title} …`);
        print(await step.run((what) => print(`${step.name}: ${what}`)));
      } catch (error) {
        errors.push(error);
      }
    }),
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** While it draws, writes to stdout go to stderr. */
async function onStderr<T>(work: () => Promise<T>): Promise<T> {
  const write = process.stdout.write;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

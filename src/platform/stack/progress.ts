import type { ListrDefaultRendererLogLevels } from 'listr2';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
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

/** stdout belongs to the answer of a command and may be a pipe while stderr is a terminal: listr2 must not mind. */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true;
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
      renderer: StderrRenderer,
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
        logger: new ListrLogger<ListrDefaultRendererLogLevels>({
          useIcons: true,
          processOutput: new ProcessOutput(process.stderr, process.stdout),
        }),
      },
    },
  );
  await list.run();
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

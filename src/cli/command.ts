import type { Command } from 'commander';

/** What `--json` prints on stdout; everything else is on stderr. */
const JSON_HELP = {
  document: 'print one JSON document on stdout',
  lines: 'print one JSON document a line on stdout',
} as const;

export interface CommandSpec {
  /** Name and arguments as commander writes them: `show <task-id>`. */
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** Default `document`; `none`: the command has no JSON form. */
  readonly json?: keyof typeof JSON_HELP | 'none';
}

/** A command with `--help` and its examples. */
export const addCommand = (parent: Command, spec: CommandSpec): Command => {
  const command = parent.command(spec.usage).description(spec.summary);
  if (spec.json !== 'none') command.option('--json', JSON_HELP[spec.json ?? 'document']);
  return command.addHelpText('after', examplesOf(spec.examples));
};

/** A command that only holds others. */
export const addGroup = (
  parent: Command,
  name: string,
  summary: string,
  examples: readonly string[],
): Command => parent.command(name).description(summary).addHelpText('after', examplesOf(examples));

const examplesOf = (examples: readonly string[]): string =>
  `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`;

/** The exit code is what the action returns; nothing is done. */
export const act =
  <A extends unknown[]>(
    action: (...args: A) => Promise<number | undefined>,
  ): ((...args: A) => Promise<void>) =>
  async (...args) => {
    process.exitCode = (await action(...args)) ?? 0;
  };

export interface JsonOption {
  readonly json?: boolean;
}

import type { Command } from 'commander';
import { createProgram } from './program.js';

const WIDTH = 110;

/** The help of a command, as `--help` prints it on a wide terminal. */
const helpOf = (command: Command): string => {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => (text += piece),
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
};

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

const sections = (command: Command): readonly string[] => [
  `## ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  ...command.commands.flatMap((inner) => sections(inner)),
];

/** `docs/cli.md`: the help of every command. */
export const helpDocument = (): string =>
  [
    '# The command line\n',
    '<!-- Generated from --help by scripts/generate-cli.ts. Do not edit. -->\n',
    'Answers are on stdout, everything else is on stderr. With `--json` stdout holds one JSON document, or one a line for',
    'lists. Exit codes: 0 done; 1 the answer is no (not completed, not verified, refused, not found, something wrong);',
    '2 misuse or failure. Errors carry a code, what was expected, what was found and the repair; with `--json` they are',
    'one JSON line `{"error": {…}}` on stderr. Digests are printed in hex, other bytes in base64.\n',
    ...sections(createProgram()),
  ].join('\n');

import type { Command } from 'commander';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';

export interface GatesCheckOptions extends JsonOption {
  readonly spec?: string;
}

/** Gates as files: what a repository declares, and what a report says. No connection is needed. */
export const addGates = (program: Command): void => {
  const gates = addGroup(
    program,
    'gates',
    'check what a repository declares to be measured, and read reports',
    ['arbiter gates check', 'arbiter gates read coverage lcov coverage/lcov.info'],
  );
  addCommand(gates, {
    usage: 'check [file]',
    summary:
      'check a gates file (default .caws/arbiter.yaml; - reads stdin): exits 0 if it is valid, 1 if not, 2 if it cannot be read',
    examples: [
      'arbiter gates check',
      'arbiter gates check --spec .caws/specs/FEAT-1.yaml',
      'git show main:.caws/arbiter.yaml | arbiter gates check - --json',
    ],
  })
    .option('--spec <file>', 'also list the gates of work by this spec, and what its tier still requires')
    .action(
      act(async (file: string | undefined, options: GatesCheckOptions) => {
        const { checkGates } = await import('../gates/gates-check.js');
        return checkGates(file, options);
      }),
    );
  addCommand(gates, {
    usage: 'read <kind> <format> <file>',
    summary:
      'read a report as a gate would: exits 0 if there is something in it, 1 if it is empty or cannot be used',
    examples: [
      'arbiter gates read tests junit reports/junit.xml',
      'arbiter gates read security sarif scan.sarif --json',
    ],
  }).action(
    act(async (kind: string, format: string, file: string, options: JsonOption) => {
      const { readReport } = await import('../gates/gates-read.js');
      return readReport(kind, format, file, options);
    }),
  );
};

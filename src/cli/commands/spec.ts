import type { Command } from 'commander';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';

export interface SpecCheckOptions extends JsonOption {
  readonly profile: string;
  readonly policy?: string;
  readonly strict?: boolean;
  readonly root: string;
}

export interface SpecMigrateOptions extends JsonOption {
  readonly write?: boolean;
  readonly output?: string;
  readonly state: 'draft' | 'active';
}

/** CAWS working specs as files: no connection is needed. */
export const addSpec = (program: Command): void => {
  const spec = addGroup(program, 'spec', 'check CAWS working specs, and bring older ones to v12', [
    'arbiter spec check .caws/specs/*.yaml',
    'arbiter spec migrate .caws/working-spec.yaml',
  ]);
  addCommand(spec, {
    usage: 'check <file...>',
    summary:
      'check specs (YAML; - reads stdin): exits 0 if all are valid, 1 if one is not, 2 if one cannot be read',
    examples: [
      'arbiter spec check .caws/specs/*.yaml',
      'arbiter spec check spec.yaml --policy .caws/policy.yaml --json',
      'arbiter spec check .caws/working-spec.yaml --profile v3.5',
      'arbiter spec check .caws/specs/*.yaml --strict',
      'git show main:.caws/specs/FEAT-1.yaml | arbiter spec check -',
    ],
    json: 'lines',
  })
    .option(
      '--profile <name>',
      'what to check against: v1, v3.5, v9, v10, v10.2-code, v11, v12 or lenient; the format a file looks like is said beside it',
      'v12',
    )
    .option('--policy <file>', 'check this policy as well, and the specs against it')
    .option('--strict', 'also the arbiter.* rules, for what CAWS leaves unchecked in a v12 spec')
    .option('--root <folder>', 'with --strict: where the files are that a spec names', '.')
    .action(
      act(async (files: readonly string[], options: SpecCheckOptions) => {
        const { checkSpecs } = await import('../specs/spec-check.js');
        return checkSpecs(files, options);
      }),
    );
  addCommand(spec, {
    usage: 'migrate <file...>',
    summary:
      'bring specs of older formats to v12: exits 0 if all are, 1 if something is missing that only a person can supply',
    examples: [
      'arbiter spec migrate .caws/working-spec.yaml',
      'arbiter spec migrate .caws/working-spec.yaml --output .caws/specs/FEAT-1.yaml',
      'arbiter spec migrate .caws/specs/*.yaml --write',
    ],
    json: 'lines',
  })
    .option('--write', 'put the result in the place of the file')
    .option('--output <file>', 'write the result to this file (one spec only); default: stdout')
    .option('--state <state>', 'for formats without states: draft or active', 'draft')
    .action(
      act(async (files: readonly string[], options: SpecMigrateOptions) => {
        const { migrateSpecs } = await import('../specs/spec-migrate.js');
        return migrateSpecs(files, options);
      }),
    );
};

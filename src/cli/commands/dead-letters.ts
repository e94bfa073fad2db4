import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';

export interface LettersOptions extends JsonOption {
  readonly limit: number;
  readonly code?: string;
}

/** Records that could not be used, kept with their bytes. */
export const addDeadLetters = (program: Command): void => {
  const group = addGroup(
    program,
    'dead-letters',
    'see records that could not be used, and publish them again',
    ['arbiter dead-letters list', 'arbiter dead-letters redrive ID'],
  );
  addCommand(group, {
    usage: 'list',
    summary: 'the latest dead letters',
    examples: ['arbiter dead-letters list --code CORRUPT_BODY', 'arbiter dead-letters list --json'],
    json: 'lines',
  })
    .option('--code <code>', 'with this code only')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action(
      act(async (options: LettersOptions) =>
        (await import('../records/dead-letters.js')).listLetters(options),
      ),
    );
  addCommand(group, {
    usage: 'show <id>',
    summary: 'one dead letter with its bytes (base64)',
    examples: ['arbiter dead-letters show ID --json | jq -r .value | base64 -d'],
  }).action(
    act(async (id: string, options: JsonOption) =>
      (await import('../records/dead-letters.js')).showLetter(id, options),
    ),
  );
  addCommand(group, {
    usage: 'redrive <id...>',
    summary: 'publish the original bytes again where they came from, with the header redrive-of',
    examples: ['arbiter dead-letters redrive ID'],
    json: 'lines',
  }).action(
    act(async (ids: readonly string[], options: JsonOption) =>
      (await import('../records/dead-letters.js')).redriveLetters(ids, options),
    ),
  );
};

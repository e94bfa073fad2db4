import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';

export interface EventsOptions extends JsonOption {
  readonly task?: string;
  readonly fromBeginning?: boolean;
  readonly raw?: boolean;
  readonly all?: boolean;
  readonly limit?: number;
}

/** The records themselves. */
export const addEvents = (program: Command): void => {
  const group = addGroup(program, 'events', 'read topics: what happened, record by record', [
    'arbiter events dump arbiter.tasks --task T-1',
    'arbiter events tail tasks verdicts --json',
  ]);
  const reading = (usage: string, summary: string, examples: readonly string[]): Command =>
    addCommand(group, { usage, summary, examples, json: 'lines' })
      .option('--task <task-id>', 'of this task only')
      .option('--all', 'of owned logs: records that are not accepted as well (law 3)')
      .option('--raw', 'bytes as they stand, in base64, not decoded; implies --all')
      .option('--limit <n>', 'at most so many', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  reading('dump <topic...>', 'print what topics hold now, from the beginning', [
    'arbiter events dump tasks --task T-1 --json',
    'arbiter events dump task-requests --raw',
  ]).action(
    act(async (topics: readonly string[], options: EventsOptions) => {
      const { readEvents } = await import('../records/read-events.js');
      return readEvents(topics, { ...options, fromBeginning: true }, false);
    }),
  );
  reading('tail <topic...>', 'print what comes to topics, until interrupted', [
    'arbiter events tail tasks',
    'arbiter events tail tasks --from-beginning --json',
  ])
    .option('--from-beginning', 'what they hold already, first')
    .action(
      act(async (topics: readonly string[], options: EventsOptions) => {
        const { readEvents } = await import('../records/read-events.js');
        return readEvents(topics, options, true);
      }),
    );
};

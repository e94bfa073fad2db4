import type { Command } from 'commander';
import { act, addCommand, type JsonOption } from '../command.js';
import { DONE, NO } from '../failure.js';
import { json, note } from '../output.js';
import { showStatus, statusDocument } from '../status-document.js';

/** What of the stack answers right now, and where it is. */
export const addStatus = (program: Command): void => {
  addCommand(program, {
    usage: 'status',
    summary: 'show what is running and where; exits 1 unless all of it answers',
    examples: ['arbiter status', 'arbiter status --json | jq -r .public_key_path'],
  }).action(
    act(async ({ json: asJson }: JsonOption) => {
      const { stackStatus } = await import('../../platform/stack/index.js');
      const document = await statusDocument(await stackStatus({}));
      if (asJson === true) json(document);
      else await showStatus(document);
      if (!document.ready) note('not everything answers; run: arbiter up');
      return document.ready ? DONE : NO;
    }),
  );
};

import type { Command } from 'commander';
import { addGroup } from '../../command.js';
import { addDecide } from './decide.js';
import { addList } from './list.js';
import { addRequest } from './request.js';
import { addSettings } from './settings.js';

/** Waivers: ask for one, decide on it, see what was allowed. Every order is signed here and decided at the policy desk. */
export const addWaivers = (program: Command): void => {
  const group = addGroup(
    program,
    'waivers',
    'let a task pass in spite of one clause, within limits, by signature',
    [
      'arbiter waivers waiting',
      'arbiter waivers request --clause caws.budget --task T-1 --lines 120 --expires +4h --reason "…" --key ann.key.pem',
      'arbiter waivers approve W-1 --key bob.key.pem',
    ],
  );
  addRequest(group);
  addDecide(group);
  addList(group);
  addSettings(group);
};

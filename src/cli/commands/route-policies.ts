import type { Command } from 'commander';
import { act, addCommand, type JsonOption } from '../command.js';
import { DONE } from '../failure.js';
import { json, table } from '../output.js';

/** The policies there are. */
export const addRoutePolicies = (group: Command): void => {
  addCommand(group, {
    usage: 'policies',
    summary: 'the policies there are, with their parameters',
    examples: ['arbiter route policies'],
    json: 'lines',
  }).action(act(policies));
};

const policies = async (options: JsonOption): Promise<number> => {
  const { DEFAULT_POLICY, listPolicies } = await import('../../routing/index.js');
  const all = listPolicies();
  if (options.json === true) for (const one of all) json({ ...one, default: one.id === DEFAULT_POLICY });
  else {
    await table(
      ['POLICY', 'WHAT IT DOES', 'PARAMETERS'],
      all.map(({ id, summary, defaults }) => [
        id === DEFAULT_POLICY ? `${id} *` : id,
        summary,
        Object.entries(defaults)
          .map(([name, value]) => `${name}=${String(value)}`)
          .join(' '),
      ]),
    );
  }
  return DONE;
};

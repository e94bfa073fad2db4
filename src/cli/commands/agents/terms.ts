import type { Command } from 'commander';
import { act, addCommand } from '../../command.js';
import { withQueries } from '../../session.js';
import { agentNamed } from './agent-line.js';
import { decide, decided, type DecidedOptions } from './decided.js';
import { priceFrom, termed, type TermsOptions } from './terms-options.js';

/** `agents terms`, `agents model` */
export const addTermsCommands = (group: Command): void => {
  termed(
    decided(
      addCommand(group, {
        usage: 'terms <name>',
        summary: 'change what an agent costs, what it may use, how it is reached; what is not named stays',
        examples: [
          'arbiter agents terms claude --price-in 3 --price-out 15 --quota 200tasks/5h',
          'arbiter agents terms claude --free --unlimited',
        ],
      }),
    ),
  )
    .option('--free', 'no price')
    .option('--unlimited', 'no quotas')
    .action(act(terms));
  decided(
    addCommand(group, {
      usage: 'model <name> <family>',
      summary: 'put another model behind an agent',
      examples: ['arbiter agents model claude opus --agent-version 5 --reason "new release"'],
    }),
  )
    .option('--agent-version <text>', 'its version', '')
    .option('--reason <text>', 'why', '')
    .action(act(model));
};

const terms = async (
  name: string,
  options: DecidedOptions & TermsOptions & { free?: boolean; unlimited?: boolean },
): Promise<number> => {
  const now = await withQueries((queries) => agentNamed(queries, name));
  return decide(
    name,
    'ChangeTerms',
    options,
    {
      reach: options.reach ?? now.reach,
      price: options.free === true ? null : priceFrom(options, now.price),
      quotas: options.unlimited === true ? [] : (options.quota ?? now.quotas),
      tags: options.tag ?? now.tags,
    },
    // Built on what was read: a change in between would be undone without a word.
    now.version,
  );
};

const model = (
  name: string,
  family: string,
  options: DecidedOptions & { agentVersion: string; reason: string },
): Promise<number> =>
  decide(name, 'SwapModel', options, {
    modelFamily: family,
    version: options.agentVersion,
    reason: options.reason,
  });

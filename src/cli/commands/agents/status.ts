import type { Command } from 'commander';
import { act, addCommand } from '../../command.js';
import { CliError } from '../../failure.js';
import { decide, decided, type DecidedOptions } from './decided.js';

/** `agents status`, `agents retire` */
export const addStatusCommands = (group: Command): void => {
  decided(
    addCommand(group, {
      usage: 'status <name> <status>',
      summary: 'set the declared status: available, draining, maintenance, suspended or offline',
      examples: ['arbiter agents status claude draining --reason "update at noon"'],
    }),
  )
    .option('--reason <text>', 'why', '')
    .action(act(setStatus));
  decided(
    addCommand(group, {
      usage: 'retire <name>',
      summary: 'give an agent no more work, for good; its name stays taken',
      examples: ['arbiter agents retire claude --reason "replaced"'],
    }),
  )
    .option('--reason <text>', 'why', '')
    .action(act(retire));
};

const setStatus = (
  name: string,
  status: string,
  options: DecidedOptions & { reason: string },
): Promise<number> => {
  const known = ['AVAILABLE', 'DRAINING', 'MAINTENANCE', 'SUSPENDED', 'OFFLINE'] as const;
  const found = known.find((word) => word === status.toUpperCase());
  if (found === undefined) {
    const expected = known.join(', ').toLowerCase();
    throw new CliError({ code: 'BAD_STATUS', expected, found: status, repair: 'choose one of them' });
  }
  return decide(name, 'SetAgentStatus', options, { status: found, reason: options.reason });
};

const retire = (name: string, options: DecidedOptions & { reason: string }): Promise<number> =>
  decide(name, 'RetireAgent', options, { reason: options.reason });

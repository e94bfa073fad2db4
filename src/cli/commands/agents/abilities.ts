import type { Command } from 'commander';
import { requireAgentId } from '../../agents/agent-id.js';
import { collect, wholeNumber } from '../../arguments.js';
import { act, addCommand } from '../../command.js';
import { decide, decided, type DecidedOptions } from './decided.js';
import { priceFrom, termed, type TermsOptions } from './terms-options.js';

interface AbilityOptions extends DecidedOptions {
  readonly capability?: readonly string[];
  readonly taskType?: readonly string[];
  readonly language?: readonly string[];
  readonly specialisation?: readonly string[];
  readonly concurrency?: number;
}

interface AddOptions extends AbilityOptions, TermsOptions {
  readonly displayName?: string;
  readonly modelFamily?: string;
  readonly agentVersion?: string;
}

const able = (command: Command): Command =>
  decided(command)
    .option('--capability <word>', 'can do this; may be given several times', collect)
    .option('--task-type <type>', 'takes this type of task; may be given several times; none: any', collect)
    .option('--language <word>', 'writes it; may be given several times', collect)
    .option('--specialisation <word>', 'is good at it; may be given several times', collect)
    .option('--concurrency <n>', 'tasks at once at most', wholeNumber(1, 100_000));

/** `agents add`, `agents change` */
export const addAbilityCommands = (group: Command): void => {
  termed(
    able(
      addCommand(group, {
        usage: 'add <name>',
        summary: 'register an agent',
        examples: [
          'arbiter agents add claude --capability typescript --capability tests --concurrency 2',
          'arbiter agents add nightly --task-type refactoring --model-family local --cost 0.02',
          'arbiter agents add rusty --language rust --specialisation performance --price-in 3 --price-out 15 --quota 100tasks/5h',
        ],
      }),
    )
      .option('--display-name <text>', 'for people')
      .option('--model-family <text>', 'what is behind it')
      .option('--agent-version <text>', 'its version'),
  ).action(act(add));
  able(
    addCommand(group, {
      usage: 'change <name>',
      summary: 'replace what an agent can do; languages and specialisations stay unless they are named',
      examples: ['arbiter agents change claude --capability typescript --capability rust'],
    }),
  ).action(act(change));
};

const add = async (name: string, options: AddOptions): Promise<number> => {
  requireAgentId(name, 'the name');
  return decide(name, 'RegisterAgent', options, {
    displayName: options.displayName ?? '',
    modelFamily: options.modelFamily ?? '',
    version: options.agentVersion ?? '',
    capabilities: options.capability ?? [],
    taskTypes: options.taskType ?? [],
    languages: options.language ?? [],
    specialisations: options.specialisation ?? [],
    maxConcurrency: options.concurrency ?? 1,
    costPerTaskMicros: null,
    reach: options.reach ?? null,
    price: priceFrom(options),
    quotas: options.quota ?? [],
    card: null,
    tags: options.tag ?? {},
  });
};

const change = (name: string, options: AbilityOptions): Promise<number> =>
  decide(name, 'ChangeCapabilities', options, {
    capabilities: options.capability ?? [],
    taskTypes: options.taskType ?? [],
    languages: options.language ?? null,
    specialisations: options.specialisation ?? null,
    maxConcurrency: options.concurrency ?? null,
  });

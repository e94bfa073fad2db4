import type { Command } from 'commander';
import type { AgentPrice, AgentQuota, AgentReach } from '../../../events/generated/events.js';
import { deadline, dollars, duration, pairs, refuse } from '../../arguments.js';

export interface TermsOptions {
  readonly reach?: AgentReach;
  readonly cost?: number;
  readonly priceIn?: number;
  readonly priceOut?: number;
  readonly currency?: string;
  readonly quota?: readonly AgentQuota[];
  readonly tag?: Readonly<Record<string, string>>;
}

const REACH = 'kafka, http:URL, a2a:URL, command:["program","argument"] or acp:["program","argument"]';

/** `kafka`, `http:https://…`, `a2a:https://…`, `command:["…"]`, `acp:["…"]` */
export const reachOf = (text: string): AgentReach => {
  const at = text.indexOf(':');
  const [kind, address] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  const none = { url: '', argv: [], binding: '', protocolVersion: '' };
  if (kind === 'kafka' && address === '') return { ...none, kind: 'KAFKA' };
  if (kind === 'http' || kind === 'a2a') {
    if (!URL.canParse(address)) return refuse(REACH, text);
    return { ...none, kind: kind === 'http' ? 'HTTP' : 'A2A', url: address };
  }
  if (kind !== 'command' && kind !== 'acp') return refuse(REACH, text);
  return { ...none, kind: kind === 'command' ? 'COMMAND' : 'ACP', argv: argvOf(address, text) };
};

const argvOf = (address: string, text: string): readonly string[] => {
  try {
    const argv: unknown = JSON.parse(address);
    if (Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string')) return argv;
  } catch {
    // said below
  }
  return refuse(REACH, text);
};

const QUOTA =
  'an amount, a window and when it is reset, such as 100tasks/5h, 2000000tokens/1d@2030-01-01T00:00:00Z or 50USD/7d';

/** `100tasks/5h`, `2000000tokens/1d@2030-01-01T00:00:00Z`, `50USD/7d` */
export const quotaOf = (text: string, before: readonly AgentQuota[] = []): readonly AgentQuota[] => {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(tasks|tokens|[A-Z]{3})\/([^@]+)(?:@(.+))?$/.exec(text);
  const [, amount = '', unit = '', window = '', reset] = match ?? [];
  const isMoney = unit === unit.toUpperCase();
  if (match === null || (!isMoney && amount.includes('.'))) return refuse(QUOTA, text);
  const one: AgentQuota = {
    unit: isMoney ? 'COST_MICROS' : unit === 'tasks' ? 'TASKS' : 'TOKENS',
    amount: isMoney ? Math.round(Number(amount) * 1e6) : Number(amount),
    windowMs: duration(window),
    resetAt: reset === undefined ? null : deadline(reset),
  };
  return [...before, one];
};

const currency = (text: string): string =>
  /^[A-Z]{3}$/.test(text) ? text : refuse('three capital letters (ISO 4217)', text);

/** What an agent costs, may use and how it is reached. */
export const termed = (command: Command): Command =>
  command
    .option('--cost <amount>', 'price of one task', dollars)
    .option('--price-in <amount>', 'price of a million input tokens', dollars)
    .option('--price-out <amount>', 'price of a million output tokens', dollars)
    .option('--currency <code>', 'of the prices (default: USD)', currency)
    .option(
      '--quota <amount/window>',
      'e.g. 100tasks/5h or 50USD/7d@<reset>; may be given several times',
      quotaOf,
    )
    .option('--reach <how>', REACH, reachOf)
    .option('--tag <key=value>', 'may be given several times', pairs);

/** The price that the options state, what they leave out taken from `before`; null: none is stated. */
export const priceFrom = (options: TermsOptions, before: AgentPrice | null = null): AgentPrice | null => {
  const { cost, priceIn, priceOut, currency: code } = options;
  const stated = [cost, priceIn, priceOut, code].some((value) => value !== undefined);
  if (!stated) return before;
  return {
    currency: code ?? before?.currency ?? 'USD',
    perTaskMicros: cost ?? before?.perTaskMicros ?? null,
    inputPerMillionMicros: priceIn ?? before?.inputPerMillionMicros ?? null,
    outputPerMillionMicros: priceOut ?? before?.outputPerMillionMicros ?? null,
  };
};

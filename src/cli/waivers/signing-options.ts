import type { Command } from 'commander';
import { collect, duration, refuse, wholeNumber } from '../arguments.js';

/** Options of every command that signs an order. */
export const signing = (command: Command, key: 'required' | 'optional' = 'required'): Command => {
  const words = 'private key file (PEM, mode 600) of who gives the order';
  const keyed =
    key === 'required'
      ? command.requiredOption('--key <file>', words)
      : command.option('--key <file>', `${words}; default: the key of this deployment, for the first admin`);
  return keyed
    .option('--deployment <file>', 'public key of the deployment; default: the one in the state folder')
    .option('--timeout <duration>', 'how long to wait for the decision', duration, 30_000);
};

/** Percentage points → hundredths. */
export const points = (text: string): number => {
  const value = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : Number.NaN;
  return value >= 1 && value <= 10_000 ? value : refuse('percentage points from 0.01 to 100', text);
};

export interface AmountOptions {
  readonly files?: number;
  readonly lines?: number;
  readonly points?: number;
}

/** By how much. */
export const amounts = (command: Command): Command =>
  command
    .option('--files <n>', 'so many files more (budget)', wholeNumber(1, 10_000))
    .option('--lines <n>', 'so many lines more (budget)', wholeNumber(1, 1_000_000))
    .option('--points <n>', 'so many percentage points less (coverage, mutation)', points);

export const amountOf = ({ files, lines, points: of }: AmountOptions): Record<string, number> => ({
  ...(files === undefined ? {} : { files }),
  ...(lines === undefined ? {} : { lines }),
  ...(of === undefined ? {} : { points: of }),
});

export const paths = (command: Command): Command =>
  command.option('--path <glob>', 'where; may be given several times', collect);

/**
 * The routing policies on real outcomes: gates 1 to 8, the price of a floor, priors, held-out fleets, speed. Options: `--orders N` (100),
 * `--logs N` (1000), `--only gates,speed,…` (beginnings of names of parts), `--jobs N` (replays at once; by default as many as cores),
 * `--into FILE` (each part as soon as it is there, beside those of earlier runs), MABWISER_PYTHON=python with mabwiser for the comparison of speed.
 */
import { execa } from 'execa';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hardware } from '../hardware.js';
import { createPolicy, DEFAULT_POLICY } from '../../src/routing/index.js';
import { REPLAYS, TIMED } from './parts.js';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const numberOf = (args: readonly string[], name: string, least: number, otherwise: number): number => {
  const at = args.indexOf(name);
  const value = at < 0 ? otherwise : Number(args[at + 1]);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name}: expected a whole number from ${least}`);
  return value;
};
const textOf = (args: readonly string[], name: string): string | undefined =>
  args.includes(name) ? args[args.indexOf(name) + 1] : undefined;

const PART = fileURLToPath(new URL('./part.ts', import.meta.url));

export const run = async (args: readonly string[]): Promise<object> => {
  const orders = numberOf(args, '--orders', 2, 100);
  const logs = numberOf(args, '--logs', 2, 1000);
  const jobs = numberOf(args, '--jobs', 1, availableParallelism());
  const [only, into] = [textOf(args, '--only'), textOf(args, '--into')];
  const { parameters } = createPolicy(DEFAULT_POLICY);
  const began = performance.now();
  const found = new Map<string, unknown>();
  const result = (): Record<string, unknown> => ({
    default: DEFAULT_POLICY,
    parameters,
    orders,
    logs,
    ...collected(found),
  });
  const runs = async (names: string[]): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const start = performance.now();
      const given = [...process.execArgv, PART, name, String(orders), String(logs)];
      const { stdout } = await execa(process.execPath, given, { stderr: 'inherit' });
      found.set(name, JSON.parse(stdout) as unknown);
      say(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
      if (into !== undefined) keep(into, result());
    }
  };
  const wanted = (names: Iterable<string>): string[] =>
    [...names].filter(
      (name) => only === undefined || only.split(',').some((beginning) => name.startsWith(beginning)),
    );
  const replays = wanted(REPLAYS.keys());
  await Promise.all(Array.from({ length: jobs }, () => runs(replays)));
  await runs(wanted(TIMED.keys()));
  return { ...result(), seconds: Math.round((performance.now() - began) / 1000) };
};

/** By name in the order of the parts; items of a list together. */
const collected = (found: ReadonlyMap<string, unknown>): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  for (const name of [...REPLAYS.keys(), ...TIMED.keys()]) {
    if (!found.has(name)) continue;
    const [list, item] = name.split('/');
    if (list === undefined || item === undefined) result[name] = found.get(name);
    else result[list] = [...((result[list] as unknown[] | undefined) ?? []), found.get(name)];
  }
  return result;
};

/** What is there so far, together with what an earlier run put there: a long bench may be run in parts. */
const keep = (file: string, result: Readonly<Record<string, unknown>>): void => {
  let before: Record<string, unknown> = {};
  try {
    before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    // The first part of a new file.
  }
  writeFileSync(
    file,
    `${JSON.stringify({ bench: 'routing', ...before, ...result, hardware: hardware() }, null, 2)}\n`,
  );
};

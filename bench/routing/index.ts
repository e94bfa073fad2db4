/**
 * The routing policies on real outcomes: gates 1 to 8, the price of a floor, held-out fleets, speed. Options: `--orders N` (100),
 * `--logs N` (1000), `--only gates,speed,…` (beginnings of names of parts), `--into FILE` (each part as soon as it is there, beside those
 * of earlier runs), MABWISER_PYTHON=python with mabwiser for the comparison of speed.
 */
import { execa } from 'execa';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hardware } from '../hardware.js';
import { DEFAULT_POLICY, parsePolicy } from '../../src/routing/index.js';
import { arrivals, steady, type Matrix } from '../../src/routing/simulation/index.js';
import { arrivalFleet, heldOutFleets, outcomesOfAll, scaffoldFleet } from './data.js';
import { gateFive, gatesOneToFour, regretCurve, type Fleets } from './gates.js';
import { gateEight, gateSeven } from './learning.js';
import { gateSix } from './off-policy.js';
import { speedOf } from './speed.js';

/** What the default is compared with. */
export const RIVALS = [
  'uniform',
  'epsilon-greedy',
  'epsilon-greedy:decay=harmonic',
  'ucb1',
  'ucb1:c=0.25',
  'ucb1-page-hinkley',
  'thompson',
  'sharpened-thompson',
  'thompson-page-hinkley',
] as const;

const CURVES = [DEFAULT_POLICY, 'uniform', 'epsilon-greedy', 'ucb1', 'thompson'] as const;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const numberOf = (args: readonly string[], name: string, otherwise: number): number => {
  const at = args.indexOf(name);
  const value = at < 0 ? otherwise : Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 2) throw new Error(`${name}: expected a whole number from 2`);
  return value;
};

const SPEEDS = [
  DEFAULT_POLICY,
  'epsilon-greedy',
  'ucb1',
  'thompson',
  'thompson-page-hinkley',
  'linucb',
  'lints',
];

const ours = (): object => ({
  arbiter: [
    ...SPEEDS.flatMap((id) => [speedOf(id, 8, 100), speedOf(id, 50, 100)]),
    speedOf(DEFAULT_POLICY, 50, 2000, 500),
    speedOf('thompson', 50, 2000, 500),
  ],
});

/** MABWiser in a process of its own. */
const theirs = async (): Promise<object> => {
  const python = process.env['MABWISER_PYTHON'];
  if (python === undefined) return { skipped: 'MABWISER_PYTHON is not set' };
  const { stdout } = await execa(python, [fileURLToPath(new URL('./compare_mabwiser.py', import.meta.url))]);
  return { mabwiser: JSON.parse(stdout) as unknown };
};

const heldOut = (all: Matrix, orders: number): object =>
  [DEFAULT_POLICY, 'thompson-page-hinkley', 'epsilon-greedy', 'ucb1:c=0.25'].map((text) => {
    const fleets = heldOutFleets(all, 6).map((fleet, at) => ({
      fleet,
      arriving: arrivalFleet(all, 1 + (at % 2)),
    }));
    const figures = fleets.map((one) => gatesOneToFour(parsePolicy(text), one, { orders, floor: 0 }));
    const mean = (name: keyof (typeof figures)[number]): number =>
      figures.reduce((sum, figure) => sum + figure[name].mean, 0) / figures.length;
    return {
      policy: text,
      regret_500: mean('1a'),
      regret_2000: mean('1b'),
      delay_20: mean('2-delay-20'),
      delay_100: mean('2-delay-100'),
      arrivals: mean('3-arrivals'),
      bad_release_regret: mean('4-regret'),
      bad_release_picks: mean('4-picks'),
    };
  });

const curves = ({ fleet, arriving }: Fleets, orders: number): object => ({
  fleet: CURVES.map((id) => ({
    policy: id,
    points: regretCurve(steady(fleet, 2000, 'replacement'), parsePolicy(id), orders, 50),
  })),
  arrivals: CURVES.map((id) => ({
    policy: id,
    points: regretCurve(
      arrivals(arriving, { steps: 4000, begin: 4, every: 100, most: 12 }),
      parsePolicy(id),
      orders,
      100,
    ),
  })),
});

export const run = async (args: readonly string[]): Promise<object> => {
  const orders = numberOf(args, '--orders', 100);
  const logs = numberOf(args, '--logs', 1000);
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  const all = outcomesOfAll();
  const fleets: Fleets = { fleet: scaffoldFleet(all), arriving: arrivalFleet(all) };
  const policy = parsePolicy(DEFAULT_POLICY);
  const parts: Record<string, () => object | Promise<object>> = {
    gates: () => ({
      ...gatesOneToFour(policy, fleets, { orders, floor: 0 }),
      '5': gateFive(policy, fleets, { orders, floor: 0 }),
    }),
    floors: () =>
      [0.05, 0.2].map((floor) => ({
        floor,
        ...gatesOneToFour(policy, fleets, { orders, floor }),
        '5': gateFive(policy, fleets, { orders, floor }),
      })),
    replay: () => ({
      '7': gateSeven(policy, fleets.fleet, Math.min(orders, 50)),
      '8': gateEight(policy, fleets.fleet, Math.min(orders, 50)),
    }),
    off_policy: () => gateSix(fleets.fleet, logs),
    held_out: () => heldOut(all, Math.max(2, Math.round(orders / 5))),
    widths: () =>
      [0.02, 0.05, 0.1, 0.2, 0.4].map((c) => ({
        c,
        ...gatesOneToFour(parsePolicy(`${DEFAULT_POLICY}:c=${c}`), fleets, {
          orders: Math.max(2, Math.round(orders / 2)),
          floor: 0,
        }),
      })),
    curves: () => curves(fleets, Math.max(2, Math.round(orders / 2))),
    speed: ours,
    mabwiser: theirs,
    ...Object.fromEntries(
      RIVALS.map((text) => [
        `rival ${text}`,
        () => {
          const settings = { orders, floor: 0 };
          return {
            ...gatesOneToFour(parsePolicy(text), fleets, settings),
            '5': gateFive(parsePolicy(text), fleets, settings),
          };
        },
      ]),
    ),
  };
  const into = args.includes('--into') ? args[args.indexOf('--into') + 1] : undefined;
  const result: Record<string, unknown> = {
    default: DEFAULT_POLICY,
    parameters: policy.parameters,
    orders,
    logs,
  };
  for (const [name, part] of Object.entries(parts)) {
    if (only !== undefined && !only.split(',').some((one) => name.startsWith(one))) continue;
    say(`${name} …`);
    result[name] = await part();
    if (into !== undefined) keep(into, result);
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

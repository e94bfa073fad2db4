import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { DEFAULT_POLICY, parsePolicy } from '../../src/routing/index.js';
import { arrivals, steady, type Matrix } from '../../src/routing/simulation/index.js';
import { arrivalFleet, heldOutFleets, outcomesOfAll, scaffoldFleet } from './data.js';
import { gateFive, gatesOneToFour, regretCurve, type Fleets } from './gates.js';
import { gateEight, gateSeven } from './learning.js';
import { gateSix } from './off-policy.js';
import { priorsOf } from './priors.js';
import { speedOf, type Speed } from './speed.js';

export interface Extent {
  readonly orders: number;
  readonly logs: number;
}

type Part = (extent: Extent) => object | Promise<object>;

/** What the default is compared with; quadratures at every step take longest. */
const RIVALS = [
  'thompson',
  'sharpened-thompson',
  'thompson-page-hinkley',
  'ucb1-page-hinkley',
  'ucb1:c=0.25',
  'ucb1',
  'epsilon-greedy',
  'epsilon-greedy:decay=harmonic',
  'uniform',
] as const;

const CURVES = [DEFAULT_POLICY, 'uniform', 'epsilon-greedy', 'ucb1', 'thompson'] as const;
const SPEEDS = [
  DEFAULT_POLICY,
  'epsilon-greedy',
  'ucb1',
  'thompson',
  'thompson-page-hinkley',
  'linucb',
  'lints',
];

const part = (orders: number, share: number): number => Math.max(2, Math.round(orders * share));

const gatesOf = (text: string, fleets: Fleets, orders: number, floor = 0): object => {
  const policy = parsePolicy(text);
  const settings = { orders, floor };
  return { orders, ...gatesOneToFour(policy, fleets, settings), '5': gateFive(policy, fleets, settings) };
};

const heldOut = (text: string, all: Matrix, orders: number): object => {
  const fleets = heldOutFleets(all, 6).map((fleet, at) => ({
    fleet,
    arriving: arrivalFleet(all, 1 + (at % 2)),
  }));
  const figures = fleets.map((one) => gatesOneToFour(parsePolicy(text), one, { orders, floor: 0 }));
  const mean = (name: keyof (typeof figures)[number]): number =>
    figures.reduce((sum, figure) => sum + figure[name].mean, 0) / figures.length;
  return {
    policy: text,
    orders,
    regret_500: mean('1a'),
    regret_2000: mean('1b'),
    delay_20: mean('2-delay-20'),
    delay_100: mean('2-delay-100'),
    arrivals: mean('3-arrivals'),
    bad_release_regret: mean('4-regret'),
    bad_release_picks: mean('4-picks'),
  };
};

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

const ours = (): Speed[] => [
  ...SPEEDS.flatMap((id) => [8, 50].map((agents) => speedOf(id, agents, 100, id === 'lints' ? 1000 : 3000))),
  speedOf(DEFAULT_POLICY, 50, 2000),
  speedOf('thompson', 50, 2000),
];

/** MABWiser in a process of its own. */
const theirs = async (): Promise<object> => {
  const python = process.env['MABWISER_PYTHON'];
  if (python === undefined) return { skipped: 'MABWISER_PYTHON is not set' };
  const { stdout } = await execa(python, [fileURLToPath(new URL('./compare_mabwiser.py', import.meta.url))]);
  return { mabwiser: JSON.parse(stdout) as unknown };
};

const all = outcomesOfAll();
const fleets: Fleets = { fleet: scaffoldFleet(all), arriving: arrivalFleet(all) };

/** Each can be run in a process of its own; the longest come first. A name `list/item` is an item of the list. */
export const REPLAYS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ...['thompson-page-hinkley', DEFAULT_POLICY, 'ucb1:c=0.25', 'epsilon-greedy'].map(
    (text): [string, Part] => [`held_out/${text}`, ({ orders }) => heldOut(text, all, part(orders, 0.2))],
  ),
  ['off_policy', ({ logs }) => gateSix(fleets.fleet, logs)],
  ...RIVALS.map((text): [string, Part] => [`rival ${text}`, ({ orders }) => gatesOf(text, fleets, orders)]),
  ['gates', ({ orders }) => gatesOf(DEFAULT_POLICY, fleets, orders)],
  ...[0.05, 0.2].map((floor): [string, Part] => [
    `floors/${floor}`,
    ({ orders }) => ({ floor, ...gatesOf(DEFAULT_POLICY, fleets, orders, floor) }),
  ]),
  ['curves', ({ orders }) => curves(fleets, part(orders, 0.4))],
  ...[0.02, 0.05, 0.1, 0.2, 0.4].map((c): [string, Part] => [
    `widths/${c}`,
    ({ orders }) => ({ c, ...gatesOf(`${DEFAULT_POLICY}:c=${c}`, fleets, part(orders, 0.5)) }),
  ]),
  ['priors', ({ orders }) => priorsOf(fleets.fleet, part(orders, 0.4))],
  [
    'replay',
    ({ orders }) => ({
      '7': gateSeven(parsePolicy(DEFAULT_POLICY), fleets.fleet, Math.min(orders, 50)),
      '8': gateEight(parsePolicy(DEFAULT_POLICY), fleets.fleet, Math.min(orders, 50)),
    }),
  ],
]);

/** What is timed runs alone, after all else. */
export const TIMED: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['speed', () => ({ arbiter: ours() })],
  ['mabwiser', theirs],
]);

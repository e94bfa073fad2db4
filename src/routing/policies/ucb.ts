import { z } from 'zod';
import { greedy, pulls, shrunk, totalPulls, UNTRIED, type Arm, type Rule } from '../arms.js';
import { ln } from '../portable.js';
import { kind, memoryOf, memoryParameters, withMemory, type MemoryParameters } from './kind.js';

type Index = (arm: Arm, t: number) => number;

/** The highest index; who was never tried comes first. What is under way counts as pulls, else a deterministic rule would send
 * every task in flight to one agent (routing under delay). */
const highest =
  (index: Index): Rule =>
  ({ arms }) => {
    const t = Math.max(1, totalPulls(arms));
    const scores = arms.map((arm) => (pulls(arm) === 0 ? UNTRIED : index(arm, t)));
    return { shares: greedy(scores), scores };
  };

/** The plain mean; 1/2 for who has only work under way. */
const rate = (arm: Arm): number => (arm.successes + arm.failures === 0 ? 0.5 : shrunk(arm, 0, 0));

const bounded = (id: string, summary: string, c: number, memory: MemoryParameters['memory']) =>
  kind({
    id,
    version: '2',
    summary,
    schema: z.strictObject({
      c: z.number().min(0).max(10).default(c),
      ...memoryParameters,
      memory: memoryParameters.memory.unwrap().default(memory),
    }),
    rule: (p) =>
      withMemory(
        memoryOf(p),
        highest((arm, t) => rate(arm) + Math.sqrt((p.c * ln(t)) / pulls(arm))),
      ),
  });

export const ucb1Kind = bounded(
  'ucb1',
  'mean + √(c ln t / n) (Auer, Cesa-Bianchi, Fischer 2002; c = 2 there)',
  2,
  'all',
);
export const discountedUcbKind = bounded(
  'discounted-ucb',
  'UCB1 with fading outcomes (Kocsis, Szepesvári 2006)',
  0.25,
  'discounted',
);
export const windowUcbKind = bounded(
  'sliding-window-ucb',
  'UCB1 on the newest outcomes (Garivier, Moulines 2011)',
  0.25,
  'window',
);
export const alarmedUcbKind = bounded(
  'ucb1-page-hinkley',
  'UCB1 with c = .1 and a Page-Hinkley alarm',
  0.1,
  'alarm',
);

export const ucb1TunedKind = kind({
  id: 'ucb1-tuned',
  version: '2',
  summary: 'mean + √(ln t / n · min(1/4, V)), V = variance + √(2 ln t / n) (the same paper)',
  schema: z.strictObject({ ...memoryParameters }),
  rule: (p) =>
    withMemory(
      memoryOf(p),
      highest((arm, t) => {
        const [mean, n] = [rate(arm), pulls(arm)];
        const variance = mean * (1 - mean) + Math.sqrt((2 * ln(t)) / n);
        return mean + Math.sqrt((ln(t) / n) * Math.min(0.25, variance));
      }),
    ),
});

export const klUcbKind = kind({
  id: 'kl-ucb',
  version: '2',
  summary: 'the highest q with n·kl(mean, q) ≤ scale·(ln t + c ln ln t) (Garivier, Cappé 2011)',
  schema: z.strictObject({
    c: z.number().min(0).max(10).default(0),
    scale: z.number().min(0.001).max(10).default(1),
    ...memoryParameters,
  }),
  rule: (p) =>
    withMemory(
      memoryOf(p),
      highest((arm, t) => {
        const log = ln(t);
        const bound = p.scale * (log + p.c * ln(Math.max(log, 1)));
        return klIndex(rate(arm), bound / pulls(arm));
      }),
    ),
});

/** kl between two coins; 0·ln 0 = 0. */
export function kl(p: number, q: number): number {
  const one = p === 0 ? 0 : p * ln(p / q);
  return one + (p === 1 ? 0 : (1 - p) * ln((1 - p) / (1 - q)));
}

function klIndex(mean: number, most: number): number {
  let [low, high] = [mean, 1];
  for (let step = 0; step < 48 && high - low > 1e-13; step += 1) {
    const q = (low + high) / 2;
    if (kl(mean, q) <= most) low = q;
    else high = q;
  }
  return low;
}

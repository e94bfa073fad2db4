import { alike, normalised } from './arms.js';
import { gaussEight, gaussFour, gaussSixteen } from './grid.js';

/** A number even between from and from + width; width 0: certain. */
export interface Band {
  readonly from: number;
  readonly width: number;
}

/**
 * P(highest) of independent even numbers: Σ over the stretches between all ends of ∫ ∏ of straight lines. n Gauss nodes a stretch are
 * exact for products of 2n of them; beyond 32 open ones sixteen are far under 1e-6 off. Certain equal numbers share evenly.
 */
export function bestUniform(bands: readonly Band[]): number[] {
  const floor = bands.reduce((most, { from }) => Math.max(most, from), -Infinity);
  // Whoever ends at or under the highest beginning can not be best; how low the others begin matters to nobody.
  const open: number[] = [];
  bands.forEach(({ from, width }, i) => {
    if (from + width > floor) open.push(i);
  });
  const shares = new Array<number>(bands.length).fill(0);
  if (open.length === 0) return normalised(bands.map(({ from }) => (from === floor ? 1 : 0)));
  const top = (i: number): number => (bands[i] as Band).from + (bands[i] as Band).width;
  // The one that reaches highest first: on each stretch those present are the first so many.
  open.sort((a, b) => top(b) - top(a));
  let low = floor;
  for (let present = open.length; present > 0; present -= 1) {
    const high = top(open[present - 1] as number);
    if (high > low) addStretch(bands, open, present, low, high, shares);
    low = Math.max(low, high);
  }
  addCertain(bands, open, floor, shares);
  const same = (a: number, b: number): boolean =>
    bands[a]?.from === bands[b]?.from && bands[a]?.width === bands[b]?.width;
  return normalised(alike(shares, same));
}

let under = new Float64Array(64);
let behind = new Float64Array(65);

function addStretch(
  bands: readonly Band[],
  open: readonly number[],
  present: number,
  low: number,
  high: number,
  shares: number[],
): void {
  if (behind.length <= present) {
    under = new Float64Array(present);
    behind = new Float64Array(present + 1);
  }
  const [nodes, weights] = present <= 8 ? gaussFour : present <= 16 ? gaussEight : gaussSixteen;
  const half = (high - low) / 2;
  for (let node = 0; node < nodes.length; node += 1) {
    const x = low + half + half * (nodes[node] as number);
    behind[present] = 1;
    for (let k = present - 1; k >= 0; k -= 1) {
      const { from, width } = bands[open[k] as number] as Band;
      const below = Math.min(1, Math.max(0, (x - from) / width));
      under[k] = below;
      behind[k] = (behind[k + 1] as number) * below;
    }
    let ahead = half * (weights[node] as number);
    for (let k = 0; k < present; k += 1) {
      const i = open[k] as number;
      shares[i] = (shares[i] as number) + (ahead * (behind[k + 1] as number)) / (bands[i] as Band).width;
      ahead *= under[k] as number;
    }
  }
}

/** With some probability everybody open is under the highest beginning: then a certain number there is highest. */
function addCertain(bands: readonly Band[], open: readonly number[], floor: number, shares: number[]): void {
  const certain = bands.flatMap(({ from, width }, i) => (width === 0 && from === floor ? [i] : []));
  if (certain.length === 0) return;
  const rest = open.reduce((product, i) => {
    const { from, width } = bands[i] as Band;
    return product * Math.min(1, Math.max(0, (floor - from) / width));
  }, 1);
  for (const i of certain) shares[i] = rest / certain.length;
}

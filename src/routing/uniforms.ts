import { gaussSixteen } from './grid.js';
import { alike, normalised } from './arms.js';

/** A number even between from and from + width; width 0: certain. */
export interface Band {
  readonly from: number;
  readonly width: number;
}

const [NODE, WEIGHT] = gaussSixteen;

/**
 * P(highest) of independent even numbers: Σ over the stretches between all ends of ∫ ∏ of straight lines. Sixteen Gauss nodes a
 * stretch are exact for products of up to 32 of them, and far under 1e-6 off beyond. Certain equal numbers share evenly.
 */
export function bestUniform(bands: readonly Band[]): number[] {
  const floor = Math.max(...bands.map(({ from }) => from));
  // Whoever ends at or under the highest beginning can not be best; neither matters how low the others begin.
  const open = bands.flatMap((band, i) => (band.from + band.width > floor ? [{ ...band, i }] : []));
  const shares = new Array<number>(bands.length).fill(0);
  if (open.length === 0) {
    bands.forEach(({ from }, i) => (shares[i] = from === floor ? 1 : 0));
    return normalised(shares);
  }
  const edges = [...new Set([floor, ...open.map(({ from, width }) => from + width)])].sort((a, b) => a - b);
  const behind = new Float64Array(open.length + 1);
  for (let e = 1; e < edges.length; e += 1) {
    const [low, high] = [edges[e - 1] as number, edges[e] as number];
    const present = open.filter(({ from, width }) => from + width >= high);
    const half = (high - low) / 2;
    for (const [node, t] of NODE.entries()) {
      const x = low + half + half * t;
      behind[present.length] = 1;
      for (let k = present.length - 1; k > 0; k -= 1)
        behind[k] = (behind[k + 1] as number) * under(present[k] as Band, x);
      let ahead = half * (WEIGHT[node] as number);
      for (let k = 0; k < present.length; k += 1) {
        const { i, width } = present[k] as (typeof present)[number];
        shares[i] = (shares[i] as number) + (ahead * (behind[k + 1] as number)) / width;
        ahead *= under(present[k] as Band, x);
      }
    }
  }
  // Everybody open is under `floor` with this probability: then the certain one at the floor is highest.
  const certain = bands.flatMap(({ from, width }, i) => (width === 0 && from === floor ? [i] : []));
  if (certain.length > 0) {
    const rest = open.reduce((product, band) => product * under(band, floor), 1);
    for (const i of certain) shares[i] = rest / certain.length;
  }
  return normalised(
    alike(
      shares,
      bands.map(({ from, width }) => `${from}/${width}`),
    ),
  );
}

function under({ from, width }: Band, x: number): number {
  return Math.min(1, Math.max(0, (x - from) / width));
}

/**
 * Draws of NumPy's default generator, so that figures which MABWiser drew can be drawn again: SeedSequence and PCG64 (O'Neill 2014),
 * exponential variates by ziggurat (Marsaglia & Tsang 2000), gamma variates of shape under 1 by rejection (Ahrens & Dieter 1974).
 */
export const dirichletDraws = (seed: number): ((alpha: readonly number[]) => number[]) => {
  const next = pcg64(seed);
  const double = (): number => Number(next() >> 11n) / 2 ** 53;
  const exponential = (): number => {
    for (;;) {
      const bits = next() >> 3n;
      const at = Number(bits & 0xffn);
      const scaled = Number(bits >> 8n);
      const x = scaled * (WE[at] ?? 0);
      if (scaled < (KE[at] ?? 0)) return x;
      if (at === 0) return R - Math.log1p(-double());
      const [upper, lower] = [FE[at - 1] ?? 0, FE[at] ?? 0];
      if ((upper - lower) * double() + lower < Math.exp(-x)) return x;
    }
  };
  const gamma = (shape: number): number => {
    for (;;) {
      const u = double();
      const v = exponential();
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  };
  return (alpha) => {
    const drawn = alpha.map(gamma);
    const inverse = 1 / drawn.reduce((sum, one) => sum + one, 0);
    return drawn.map((one) => one * inverse);
  };
};

const R = 7.697117470131049;
const V = 0.003949659822581557;
const KE = new Array<number>(256).fill(0);
const WE = new Array<number>(256).fill(0);
const FE = new Array<number>(256).fill(0);

const layOut = (): void => {
  const m = 2 ** 53;
  let [edge, before] = [R, R];
  const q = V / Math.exp(-R);
  [KE[0], KE[1], WE[0], WE[255], FE[0], FE[255]] = [(R / q) * m, 0, q / m, R / m, 1, Math.exp(-R)];
  for (let at = 254; at >= 1; at -= 1) {
    edge = -Math.log(V / edge + Math.exp(-edge));
    KE[at + 1] = (edge / before) * m;
    before = edge;
    FE[at] = Math.exp(-edge);
    WE[at] = edge / m;
  }
};
layOut();

const MASK_128 = (1n << 128n) - 1n;
const MASK_64 = (1n << 64n) - 1n;

const pcg64 = (seed: number): (() => bigint) => {
  const [a, b, c, d] = seeds(seed);
  const increment = (((((c ?? 0n) << 64n) | (d ?? 0n)) << 1n) | 1n) & MASK_128;
  const step = (state: bigint): bigint =>
    (state * 0x2360ed051fc65da44385df649fccf645n + increment) & MASK_128;
  let state = step((step(0n) + (((a ?? 0n) << 64n) | (b ?? 0n))) & MASK_128);
  return () => {
    state = step(state);
    const folded = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n;
    return ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
  };
};

/** Four 64-bit words out of a 32-bit seed. */
const seeds = (seed: number): bigint[] => {
  let constant = 0x43b0d7e5;
  const mixed = (word: number): number => {
    let value = word ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const pool = [mixed(seed), mixed(0), mixed(0), mixed(0)];
  for (let from = 0; from < 4; from += 1) {
    for (let to = 0; to < 4; to += 1) {
      if (from === to) continue;
      const word = Math.imul(0xca01f9dd, pool[to] ?? 0) - Math.imul(0x4973f715, mixed(pool[from] ?? 0));
      pool[to] = word ^ (word >>> 16);
    }
  }
  constant = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, at) => {
    let value = (pool[at % 4] ?? 0) ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((at) => ((words[at + 1] ?? 0n) << 32n) | (words[at] ?? 0n));
};

/** Two-sided 95 %. */
const Z = 1.959963984540054;

/** The Wilson score interval of a success rate at 95 %; nothing known: [0, 1]. (Wilson 1927) */
export const wilson = (successes: number, failures: number): readonly [low: number, high: number] => {
  const n = successes + failures;
  if (n === 0) return [0, 1];
  const rate = successes / n;
  const z2 = Z * Z;
  const centre = rate + z2 / (2 * n);
  const spread = Z * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  // At the ends the bound is exact; rounding would put it a hair beside.
  const low = successes === 0 ? 0 : Math.max(0, (centre - spread) / scale);
  const high = failures === 0 ? 1 : Math.min(1, (centre + spread) / scale);
  return [low, high];
};

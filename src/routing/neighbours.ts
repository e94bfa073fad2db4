/** Indices of the `k` points nearest to `x` by Euclidean distance; of two as near, the earlier. */
export const nearest = (points: readonly (readonly number[])[], x: readonly number[], k: number): number[] =>
  points
    .map((point, at) => ({ at, away: distance(point, x) }))
    .sort((a, b) => a.away - b.away || a.at - b.at)
    .slice(0, k)
    .map(({ at }) => at);

/** Indices of the points within `radius` of `x`, the edge included. */
export const within = (
  points: readonly (readonly number[])[],
  x: readonly number[],
  radius: number,
): number[] => points.flatMap((point, at) => (distance(point, x) <= radius ? [at] : []));

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0));

/** e^(score ÷ temperature), made to sum to 1: the higher the temperature, the more even (Boltzmann exploration). */
export const softmax = (scores: readonly number[], temperature: number): number[] => {
  const most = Math.max(...scores);
  // Relative to the largest: no overflow.
  return proportional(scores.map((score) => Math.exp((score - most) / temperature)));
};

/** Shares in proportion to weights ≥ 0; even where all are 0. */
export const proportional = (weights: readonly number[]): number[] => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total > 0 ? weight / total : 1 / weights.length));
};

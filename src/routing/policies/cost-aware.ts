import { z } from 'zod';
import { pulls, shrunk, totalPulls, type Arm, type Rule } from '../arms.js';
import type { Scope } from '../experience.js';
import { ln } from '../portable.js';
import { bestUniform } from '../uniforms.js';
import { kind, loanParameter, memoryOf, memoryParameters, withMemory } from './kind.js';

const schema = z.strictObject({
  c: z.number().min(0.001).max(10).default(0.1),
  prior: z.number().min(0.1).max(1000).default(2),
  /** success that a US dollar must buy, where there is no budget */
  perUsd: z.number().min(0).max(1e6).default(0),
  /** US dollars a task may cost on average; null: no budget */
  budgetUsd: z.number().min(0.000001).max(1e6).nullable().default(null),
  /** how quickly the price of spending rises while spending runs ahead of the budget */
  gain: z.number().min(0.0001).max(100).default(0.05),
  /** the price of spending rises no further, in success per US dollar */
  highest: z.number().min(0).max(1e6).default(100),
  ...loanParameter,
  ...memoryParameters,
  memory: memoryParameters.memory.unwrap().default('alarm'),
});

/**
 * Success and cost are two quantities: the success is explored by randomised bounds, the cost is the mean of what was paid (before,
 * the declared price), and what is ranked is success − λ·cost. With a budget λ is the multiplier of the Lagrangian: it rises with all that
 * was spent over the budget so far (Badanidiyuru, Kleinberg, Slivkins 2013), and is a function of sums alone.
 */
const rule = (p: z.output<typeof schema>): Rule =>
  withMemory(memoryOf(p), ({ arms, scope }) => {
    const lambda = p.budgetUsd === null ? p.perUsd : multiplier(scope, p.budgetUsd, p.gain, p.highest);
    const known = arms.flatMap((arm) => costOf(arm) ?? []);
    const usual = known.length === 0 ? 0 : known.reduce((sum, cost) => sum + cost, 0) / known.length;
    const each = totalPulls(arms) / arms.length;
    const bands = arms.map((arm) => {
      const n = Math.max(1, pulls(arm));
      const from = shrunk(arm, p.prior, p.loan) - lambda * (costOf(arm) ?? usual);
      return { from, width: Math.sqrt((p.c * ln(1 + each / n)) / n) };
    });
    const scores = bands.map(({ from, width }) => from + width);
    return { shares: bestUniform(bands), scores, details: { lambda } };
  });

/** US dollars a task: paid on average, else declared. */
function costOf({ cell, priceMicros }: Arm): number | undefined {
  if (cell.costed > 0) return cell.costMicros / cell.costed / 1e6;
  return priceMicros === null ? undefined : priceMicros / 1e6;
}

function multiplier(scope: Scope, budgetUsd: number, gain: number, highest: number): number {
  let [spent, paid] = [0, 0];
  for (const { costMicros, costed } of scope.agents.values()) {
    spent += costMicros;
    paid += costed;
  }
  const ahead = (spent / 1e6 - paid * budgetUsd) / budgetUsd;
  return Math.min(highest, Math.max(0, (gain * ahead) / budgetUsd));
}

export const costAwareKind = kind({
  id: 'cost-aware',
  version: '2',
  summary: 'success − λ·cost, each estimated for itself; λ fixed or from a budget',
  schema,
  rule,
});

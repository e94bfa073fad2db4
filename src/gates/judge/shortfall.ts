import type { Measure } from '../declared/order.js';
import { THRESHOLDS } from '../declared/kinds.js';

/**
 * How far a share (coverage, mutation score) is below what is asked for: the largest distance, in hundredths of a percentage point,
 * rounded up. Undefined where something else is not kept, or was not measured: then no amount of points makes up for it.
 */
export function shortfall(
  { kind, thresholds }: Pick<Measure, 'kind' | 'thresholds'>,
  figures: Readonly<Record<string, number>>,
): number | undefined {
  if (kind !== 'coverage' && kind !== 'mutation') return undefined;
  let points = 0;
  for (const [name, limit] of Object.entries(thresholds)) {
    // No executable line is added: nothing to cover.
    if (name === 'changed_lines' && figures['changed_lines_total'] === 0) continue;
    const figure = figures[name];
    if (figure === undefined || !Number.isFinite(figure)) return undefined;
    const isShare = kind === 'coverage' || name === 'score';
    if (isShare) points = Math.max(points, Math.ceil((limit - figure) * 100 - 1e-9));
    else if (THRESHOLDS[kind][name] === 'min' ? figure < limit : figure > limit) return undefined;
  }
  return points;
}

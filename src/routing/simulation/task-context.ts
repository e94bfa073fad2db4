import { RoutingError } from '../errors.js';
import { MOST_FEATURES } from '../moments.js';
import type { Matrix } from './matrix.js';
import type { Scenario } from './scenario.js';

const ALONE: readonly number[] = [1];
/** More values than this are no kinds of task. */
const MOST_VALUES = 60;

/**
 * The scenario with what the named columns say of each task: their values together are its kind; a 1 for each value it has, and a 1
 * for all, are its features.
 * Without columns all tasks are alike.
 * @throws RoutingError MATRIX_INVALID
 */
export function withContext(scenario: Scenario, matrix: Matrix, names: readonly string[]): Scenario {
  if (names.length === 0) return { ...scenario, features: () => ALONE };
  const columns = names.map((name) => {
    const values = matrix.columns.get(name);
    if (values !== undefined) return values;
    const known = [...matrix.columns.keys()].join(', ') || 'none';
    throw new RoutingError(
      'MATRIX_INVALID',
      `context: expected some of ${known}, found ${JSON.stringify(name)}`,
    );
  });
  const words = columns.map((values, at) => {
    const distinct = [...new Set(values)].sort();
    if (distinct.length <= MOST_VALUES) return distinct;
    const place = `context ${JSON.stringify(names[at])}`;
    throw new RoutingError(
      'MATRIX_INVALID',
      `${place}: expected up to ${MOST_VALUES} values, found ${distinct.length}`,
    );
  });
  const size = 1 + words.reduce((sum, distinct) => sum + distinct.length, 0);
  if (size > MOST_FEATURES)
    throw new RoutingError(
      'MATRIX_INVALID',
      `context: expected up to ${MOST_FEATURES - 1} values in all, found ${size - 1}`,
    );
  const kinds = Array.from({ length: matrix.tasks }, (_, task) =>
    columns.map((values) => values[task] ?? '').join(' / '),
  );
  const features = Array.from({ length: matrix.tasks }, (_, task) => [
    1,
    ...words.flatMap((distinct, at) => distinct.map((word) => (columns[at]?.[task] === word ? 1 : 0))),
  ]);
  return {
    ...scenario,
    kind: (task) => kinds[task] ?? null,
    features: (task) => features[task] ?? [1],
  };
}

import { RoutingError } from '../errors.js';

/** What agents did with the same tasks. */
export interface Matrix {
  readonly agents: readonly string[];
  readonly tasks: number;
  /** by agent, then task: 1 solved, 0 not, -1 unknown */
  readonly solved: readonly Int8Array[];
  /** the other columns, by name */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** line of each task in its file */
  readonly lines: readonly number[];
}

/** Solved over known tasks, by agent. An unknown cell is in neither. */
export function rates({ solved }: Matrix): number[] {
  return solved.map((cells) => {
    let [known, sum] = [0, 0];
    for (const cell of cells) {
      if (cell < 0) continue;
      known += 1;
      sum += cell;
    }
    return known === 0 ? 0 : sum / known;
  });
}

/**
 * A matrix of a table: the first column is the task's id; a column whose every value that is not empty is 0 or 1, with at least one
 * such value, is an agent; the others are context. An empty cell is unknown.
 * @throws RoutingError MATRIX_INVALID with the place
 */
export function matrixOf(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  lines: readonly number[] = rows.map((_, at) => at + 2),
): Matrix {
  if (rows.length === 0)
    throw new RoutingError('MATRIX_INVALID', 'expected at least one row of outcomes, found none');
  const head = names.map((name) => name.trim());
  const twice = head.find((name, at) => name !== '' && head.indexOf(name) !== at);
  if (twice !== undefined)
    throw new RoutingError('MATRIX_INVALID', `line 1: column ${JSON.stringify(twice)} stands twice`);
  const agents: string[] = [];
  const solved: Int8Array[] = [];
  const columns = new Map<string, string[]>();
  head.forEach((name, at) => {
    if (at === 0) return;
    const values = rows.map((row) => row[at]?.trim() ?? '');
    // A comma too many at the ends of the lines makes columns without name and content.
    if (name === '' && values.every((value) => value === '')) return;
    if (name === '')
      throw new RoutingError('MATRIX_INVALID', `line 1: column ${at + 1} has values and no name`);
    const isAgent = values.some((value) => value !== '') && values.every((value) => OUTCOMES.has(value));
    if (!isAgent) columns.set(name, values);
    else {
      agents.push(name);
      solved.push(Int8Array.from(values, (value) => OUTCOMES.get(value) ?? -1));
    }
  });
  if (agents.length === 0) {
    throw new RoutingError(
      'MATRIX_INVALID',
      'expected at least one column after the first with nothing but 0, 1 and empty cells, found none',
    );
  }
  return { agents, tasks: rows.length, solved, columns, lines };
}

const OUTCOMES: ReadonlyMap<string, number> = new Map([
  ['', -1],
  ['0', 0],
  ['1', 1],
]);

/** Some of the agents, in the order named. @throws RoutingError MATRIX_INVALID for a name that is no agent */
export function onlyAgents(matrix: Matrix, names: readonly string[]): Matrix {
  const at = names.map((name, i) => {
    if (names.indexOf(name) !== i)
      throw new RoutingError('MATRIX_INVALID', `agents: ${JSON.stringify(name)} stands twice`);
    const found = matrix.agents.indexOf(name);
    if (found >= 0) return found;
    throw notAnAgent(matrix, name);
  });
  return { ...matrix, agents: names, solved: at.flatMap((i) => matrix.solved[i] ?? []) };
}

function notAnAgent({ agents, columns, lines }: Matrix, name: string): RoutingError {
  const values = columns.get(name);
  const at = values?.findIndex((value) => !OUTCOMES.has(value)) ?? -1;
  if (values !== undefined && at >= 0) {
    const place = `line ${lines[at] ?? 0}, column ${JSON.stringify(name)}`;
    return new RoutingError(
      'MATRIX_INVALID',
      `${place}: expected 0, 1 or nothing, found ${JSON.stringify(values[at])}`,
    );
  }
  if (values !== undefined)
    return new RoutingError(
      'MATRIX_INVALID',
      `column ${JSON.stringify(name)}: expected a 0 or 1, found only empty cells`,
    );
  const known = agents.slice(0, 10).join(', ') + (agents.length > 10 ? ', …' : '');
  return new RoutingError(
    'MATRIX_INVALID',
    `agents: expected some of ${known}, found ${JSON.stringify(name)}`,
  );
}

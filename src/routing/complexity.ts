/** What is known of a task before anybody works on it: declared in the request, or measured on its spec and repository. */
export interface TaskFeatures {
  readonly riskTier: 1 | 2 | 3 | null;
  readonly descriptionLength: number;
  readonly scopePaths: number;
  readonly acceptanceCriteria: number;
  readonly requiredCapabilities: number;
  /** the budget of changed files and lines in the spec; null: none declared */
  readonly maxFiles: number | null;
  readonly maxLines: number | null;
  /** declared by whoever asks; null: left to the assessment */
  readonly declared: Pool | null;
  /** checked attempts at this task that failed */
  readonly failedAttempts: number;
}

export const POOLS = ['trivial', 'standard', 'complex'] as const;
export type Pool = (typeof POOLS)[number];

/** The pool with what it rests on, for the decision's record. */
export interface Complexity {
  readonly pool: Pool;
  readonly points: number;
  readonly reasons: readonly string[];
  readonly version: '1';
}

/** Points by threshold: the highest one reached counts. */
const RULES: readonly {
  readonly name: string;
  readonly value: (features: TaskFeatures) => number | null;
  readonly steps: readonly (readonly [number, number])[];
}[] = [
  {
    name: 'description of characters',
    value: (f) => f.descriptionLength,
    steps: [
      [400, 1],
      [2_000, 2],
    ],
  },
  {
    name: 'paths in scope',
    value: (f) => f.scopePaths,
    steps: [
      [3, 1],
      [8, 2],
    ],
  },
  {
    name: 'acceptance criteria',
    value: (f) => f.acceptanceCriteria,
    steps: [
      [3, 1],
      [7, 2],
    ],
  },
  { name: 'required capabilities', value: (f) => f.requiredCapabilities, steps: [[3, 1]] },
  {
    name: 'files allowed to change',
    value: (f) => f.maxFiles,
    steps: [
      [5, 1],
      [20, 2],
    ],
  },
  {
    name: 'lines allowed to change',
    value: (f) => f.maxLines,
    steps: [
      [200, 1],
      [1_000, 2],
    ],
  },
  { name: 'failed attempts', value: (f) => f.failedAttempts, steps: [[1, 2]] },
];

/** Under this: trivial. From the second on: complex. */
const LIMITS = [2, 6] as const;

/**
 * Into which pool a task belongs: a declared pool stands, but a task of tier 1 is never trivial, and one at which an attempt failed goes
 * up a pool. It is context for the policies and for people, never a score.
 */
export function assessComplexity(features: TaskFeatures): Complexity {
  const reasons: string[] = [];
  let points = 0;
  for (const { name, value, steps } of RULES) {
    const found = value(features);
    const reached = found === null ? undefined : steps.filter(([least]) => found >= least).at(-1);
    if (reached === undefined) continue;
    points += reached[1];
    reasons.push(`${name}: ${found} (+${reached[1]})`);
  }
  if (features.riskTier === 1) {
    points += 2;
    reasons.push('risk tier 1 (+2)');
  }
  let at =
    features.declared === null
      ? LIMITS.filter((least) => points >= least).length
      : POOLS.indexOf(features.declared);
  if (features.declared !== null) {
    reasons.push(`declared: ${features.declared}`);
    if (features.failedAttempts > 0) at += 1;
  }
  if (features.riskTier === 1) at = Math.max(1, at);
  return { pool: POOLS[Math.min(at, 2)] ?? 'complex', points, reasons, version: '1' };
}

/** What can be measured, and the forms it is read from. */
export const FORMATS = {
  tests: ['junit', 'tap', 'attestation'],
  coverage: ['lcov', 'cobertura', 'istanbul'],
  mutation: ['stryker'],
  'static-analysis': ['sarif', 'attestation'],
  security: ['sarif', 'attestation'],
  contracts: ['files', 'sarif', 'junit', 'attestation'],
  secrets: ['diff'],
  dependencies: ['manifests'],
} as const;

export type Kind = keyof typeof FORMATS;
export type Format = (typeof FORMATS)[Kind][number];
export const KINDS = Object.keys(FORMATS) as Kind[];

/** Formats that a command leaves as a file. The others are made by Arbiter itself, or signed by somebody else. */
export const FILE_FORMATS: ReadonlySet<Format> = new Set([
  'junit',
  'tap',
  'lcov',
  'cobertura',
  'istanbul',
  'stryker',
  'sarif',
]);

/** Names of the thresholds of a kind; `min`: the measured value must reach it, `max`: must not exceed it. */
export const THRESHOLDS: Readonly<Record<Kind, Readonly<Record<string, 'min' | 'max'>>>> = {
  tests: { total: 'min', failed: 'max', skipped: 'max' },
  coverage: { lines: 'min', branches: 'min', functions: 'min', changed_lines: 'min' },
  mutation: { score: 'min', survived: 'max' },
  'static-analysis': { errors: 'max', warnings: 'max', notes: 'max' },
  security: { errors: 'max', warnings: 'max', notes: 'max' },
  contracts: { errors: 'max', warnings: 'max', failed: 'max' },
  secrets: { secrets: 'max' },
  dependencies: { added: 'max', removed: 'max', changed: 'max', foreign: 'max' },
};

type ByTier = Readonly<Record<1 | 2 | 3, number>>;
const same = (value: number): ByTier => ({ 1: value, 2: value, 3: value });

/** What holds where the file says nothing (R-302, R-307; CAWS 3.1: 90/80/70 % coverage, 70/50/30 % mutation). */
export const DEFAULT_THRESHOLDS: Readonly<Record<Kind, Readonly<Record<string, ByTier>>>> = {
  tests: { total: same(1), failed: same(0) },
  coverage: { lines: { 1: 90, 2: 80, 3: 70 }, changed_lines: { 1: 90, 2: 80, 3: 70 } },
  mutation: { score: { 1: 70, 2: 50, 3: 30 } },
  'static-analysis': { errors: same(0) },
  security: { errors: same(0) },
  contracts: { errors: same(0), failed: same(0) },
  secrets: { secrets: same(0) },
  dependencies: {},
};

/** Kinds that a repository must declare for work of that tier, unless its own file says otherwise. */
export const DEFAULT_REQUIRED: Readonly<Record<1 | 2 | 3, readonly Kind[]>> = {
  1: ['tests', 'coverage', 'mutation'],
  2: [],
  3: [],
};

import { hasShared, readShared } from './support.js';

/** A real spec, and what CAWS itself says of it. */
export interface RealSpec {
  readonly file: string;
  readonly v12_valid: boolean;
  readonly v12_rules: readonly string[];
  /** null where the file is no YAML. */
  readonly v10_2_valid: boolean | null;
  /** The guess of CAWS' own migrator. */
  readonly detected: string;
  readonly text: string;
}

const indexed = (): readonly Omit<RealSpec, 'text'>[] =>
  JSON.parse(readShared('specs/index.json')) as Omit<RealSpec, 'text'>[];

/** None without the shared data. */
export const REAL_SPECS: readonly RealSpec[] = (hasShared ? indexed() : []).map((entry) => ({
  ...entry,
  text: readShared(`specs/${entry.file}`),
}));

export const OLDER_SPECS = REAL_SPECS.filter((spec) => !spec.v12_valid);

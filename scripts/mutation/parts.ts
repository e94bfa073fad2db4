/**
 * The parts of a mutation run. A part has its own tests, so that they load quickly; what is left out can only lower its score.
 * Left out are fuzzing (`hostile.unit.test.ts`) and the 73 real specs: they cover everything and take seconds for each mutant.
 */
export interface Part {
  readonly mutate: readonly string[];
  /** In the order in which a static mutant tries them. */
  readonly tests: readonly string[];
  /** Mutants of code that runs while a module loads are not run; the report counts them as ignored. */
  readonly ignoreStatic?: true;
}

const unit = (...tests: readonly string[]): string[] => tests.map((test) => `test/caws/${test}.unit.test.ts`);
const folder = (name: string, ...tests: readonly string[]): Part => ({
  mutate: [`src/caws/${name}/**/*.ts`],
  tests: unit(`${name}/!(real-specs)`, ...tests),
});

/** How documents are read: texts within bounds, places, schemas. */
const READING = ['bounded-yaml', 'places', 'policy-fit', 'policy-schema', 'spec-schema', 'schema-words'];

/** `table` is the saga's table of states; `kernel` is the rest of what lies in src/caws itself. */
export const PARTS: Readonly<Record<string, Part>> = {
  table: { mutate: ['src/saga/table.ts'], tests: ['test/saga/table.unit.test.ts'] },
  evidence: folder('evidence', 'vectors'),
  profiles: folder('profiles'),
  migration: folder('migration'),
  doctor: folder('doctor', 'vectors'),
  'arbiter-rules': folder('arbiter-rules', 'arbiter-rules', 'defects'),
  reading: {
    mutate: READING.map((name) => `src/caws/${name}.ts`),
    tests: unit(...READING, 'schemas'),
  },
  // A static mutant of what everything uses would need all tests anew, 20 seconds for each.
  kernel: {
    mutate: ['src/caws/*.ts', ...READING.map((name) => `!src/caws/${name}.ts`)],
    tests: unit('!(hostile|vectors)', 'evidence/*', 'vectors'),
    ignoreStatic: true,
  },
};

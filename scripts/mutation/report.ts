/** The committed report `bench/results/mutation.json`: scores part by part and file by file. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

interface Mutant {
  readonly status:
    'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'RuntimeError' | 'CompileError';
  readonly static?: boolean;
}

/** How a mutant ended; `static` says how many of all were of code that runs while a module loads. */
interface Score {
  /** Share of the mutants that a test noticed, in per cent. */
  readonly score: number | null;
  readonly noticed: number;
  readonly survived: number;
  readonly uncovered: number;
  readonly ignored: number;
  readonly invalid: number;
  readonly static: number;
}

interface MeasuredPart extends Score {
  /** The commit that was measured; `+` if src, test or scripts had changes on top of it. */
  readonly commit: string;
  readonly date: string;
  readonly seconds: number;
  /** What the figures do not say of themselves. */
  readonly note?: string;
  readonly tests: readonly string[];
  readonly files: Readonly<Record<string, Score>>;
}

const REPORT = 'bench/results/mutation.json';

/** Where Stryker leaves its own report of a part: every mutant with its place, replacement and the tests that noticed it. */
export const reportFile = (part: string): string => `.stryker-tmp/${part}.json`;

const git = (...args: readonly string[]): string =>
  execFileSync('git', [...args], { encoding: 'utf8' }).trim();

const percent = (noticed: number, missed: number): number | null =>
  noticed + missed === 0 ? null : Number(((100 * noticed) / (noticed + missed)).toFixed(1));

function scoreOf(mutants: readonly Mutant[]): Score {
  const count = (...statuses: readonly Mutant['status'][]): number =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  const [noticed, survived, uncovered] = [count('Killed', 'Timeout'), count('Survived'), count('NoCoverage')];
  return {
    score: percent(noticed, survived + uncovered),
    noticed,
    survived,
    uncovered,
    ignored: count('Ignored'),
    invalid: count('RuntimeError', 'CompileError'),
    static: mutants.filter((mutant) => mutant.static === true).length,
  };
}

function sum(scores: readonly Score[]): Score {
  const of = (key: Exclude<keyof Score, 'score'>): number =>
    scores.reduce((total, score) => total + score[key], 0);
  const [noticed, survived, uncovered] = [of('noticed'), of('survived'), of('uncovered')];
  const score = percent(noticed, survived + uncovered);
  return {
    score,
    noticed,
    survived,
    uncovered,
    ignored: of('ignored'),
    invalid: of('invalid'),
    static: of('static'),
  };
}

/** The commit that is about to be measured. */
export function commit(): string {
  const changed = git('status', '--porcelain', 'src', 'test', 'scripts') !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+' : ''}`;
}

/** Puts the last run of a part into the report, the other parts staying as they are; answers with the score of the part. */
export function report(name: string, how: Pick<MeasuredPart, 'commit' | 'tests' | 'seconds'>): Score {
  const { files } = JSON.parse(readFileSync(reportFile(name), 'utf8')) as {
    files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
  };
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const part: MeasuredPart = {
    ...how,
    date: new Date().toISOString().slice(0, 10),
    ...scoreOf(entries.flatMap(([, { mutants }]) => mutants)),
    files: Object.fromEntries(entries.map(([file, { mutants }]) => [file, scoreOf(mutants)])),
  };
  const before = JSON.parse(readFileSync(REPORT, 'utf8')) as { parts?: Record<string, MeasuredPart> };
  const parts = { ...before.parts, [name]: part };
  const caws = Object.entries(parts).filter(([other]) => other !== 'table');
  const document = {
    what: 'mutation score of the rules of CAWS (src/caws) and of the table of states (src/saga/table.ts)',
    method:
      'npm run mutation: Stryker 9.6.1, mocha in process, coverage per test, part by part with the tests named; mutants of code that runs while a module loads (static) count too, with the modules loaded anew',
    node: process.version,
    caws: sum(caws.map(([, measured]) => measured)),
    table: parts['table'] === undefined ? null : sum([parts['table']]),
    parts,
  };
  writeFileSync(REPORT, `${JSON.stringify(document, null, 2)}\n`);
  return part;
}

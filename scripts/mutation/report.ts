/**
 * Writes the score of the last mutation run, file by file, to `bench/results/mutation.json`: `tsx scripts/mutation/report.ts`,
 * or with the reports of several runs over different files as arguments.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Mutant {
  readonly status:
    'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored' | 'RuntimeError' | 'CompileError';
}
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

const given = process.argv.slice(2);
const reports = (given.length > 0 ? given : ['.stryker-tmp/mutation.json']).map(
  (file) => JSON.parse(readFileSync(file, 'utf8')) as Report,
);
const files = Object.assign({}, ...reports.map((report) => report.files)) as Report['files'];

const count = (mutants: readonly Mutant[], ...statuses: readonly Mutant['status'][]): number =>
  mutants.filter(({ status }) => statuses.includes(status)).length;

/** Score: the share of mutants that a test noticed, of all that code which runs after loading has (in per cent). */
const scoreOf = (mutants: readonly Mutant[]) => {
  const noticed = count(mutants, 'Killed', 'Timeout');
  const missed = count(mutants, 'Survived', 'NoCoverage');
  const score = noticed + missed === 0 ? null : Number(((100 * noticed) / (noticed + missed)).toFixed(1));
  return {
    score,
    noticed,
    survived: count(mutants, 'Survived'),
    uncovered: count(mutants, 'NoCoverage'),
    static: count(mutants, 'Ignored'),
  };
};

const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
const document = {
  what: 'mutation score of the rules of CAWS; files that are not listed have not been run, and src/saga/table.ts is static code throughout',
  method:
    'npm run mutation: Stryker 9.6.1, mocha in process, coverage per test; mutants of code that runs only while a module loads (tables, schemas, patterns) are listed as static and not run',
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  total: scoreOf(entries.flatMap(([, { mutants }]) => mutants)),
  files: Object.fromEntries(entries.map(([name, { mutants }]) => [name, scoreOf(mutants)])),
};
writeFileSync('bench/results/mutation.json', `${JSON.stringify(document, null, 2)}\n`);
process.stdout.write(
  `${document.total.score ?? 0} % of ${document.total.noticed + document.total.survived + document.total.uncovered} mutants\n`,
);

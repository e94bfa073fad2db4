/**
 * Runs the test lanes: `tsx scripts/test/lanes.ts [unit|sim|int|e2e …]` (default: all). The integration and end-to-end
 * lanes share one real stack. At the end every failure is told once more, so that the tail of a long log suffices; the last
 * line is `N passed, N failed, N skipped`, and the exit code is 0 only if something ran and nothing failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Lane {
  readonly timeoutMs: number;
  /** Needs the real stack. */
  readonly stack: boolean;
}

const LANES: Readonly<Record<string, Lane>> = {
  unit: { timeoutMs: 30_000, stack: false },
  sim: { timeoutMs: 180_000, stack: false },
  int: { timeoutMs: 180_000, stack: true },
  e2e: { timeoutMs: 300_000, stack: true },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in LANES));
if (unknown.length > 0) {
  process.stderr.write(`unknown lane ${unknown.join(', ')}; expected ${Object.keys(LANES).join(', ')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-tests-'));
const countsFile = path.join(folder, 'counts.jsonl');

const run = (argv: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ARBITER_TEST_COUNTS: countsFile };
    const child = spawn(process.execPath, [...argv], { stdio: ['ignore', 'inherit', 'inherit'], env });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

const mochaArgs = (name: string, { timeoutMs }: Lane): string[] => [
  'node_modules/mocha/bin/mocha.js',
  '--reporter',
  './scripts/test/counting-reporter.cjs',
  // What a test left open must not keep the lane from ending.
  '--exit',
  '--timeout',
  String(timeoutMs),
  `test/**/*.${name}.test.ts`,
];

interface Counts {
  passes: number;
  failures: number;
  pending: number;
  readonly failed: string[];
}

const readCounts = (): Counts => {
  const total: Counts = { passes: 0, failures: 0, pending: 0, failed: [] };
  if (!existsSync(countsFile)) return total;
  const text = readFileSync(countsFile, 'utf8');
  for (const line of text.split('\n').filter((l) => l !== '')) {
    const counts = JSON.parse(line) as Counts;
    total.passes += counts.passes;
    total.failures += counts.failures;
    total.pending += counts.pending;
    total.failed.push(...counts.failed);
  }
  return total;
};

const broken: string[] = [];
for (const [name, lane] of Object.entries(LANES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n=== ${name}\n`);
  const before = readCounts();
  const mocha = mochaArgs(name, lane);
  const code = await run(
    lane.stack ? ['--import', 'tsx', 'scripts/with-stack.ts', process.execPath, ...mocha] : mocha,
  );
  const after = readCounts();
  const ran =
    after.passes + after.failures + after.pending > before.passes + before.failures + before.pending;
  // A lane that died, or never began, has failed although no test says so.
  if ((code !== 0 && after.failures === before.failures) || !ran) {
    broken.push(`lane ${name} ended with code ${code}${ran ? '' : ' and ran no test'}`);
  }
}

const { passes, failures, pending, failed } = readCounts();
rmSync(folder, { recursive: true, force: true });
for (const text of [...failed, ...broken]) process.stdout.write(`\nFAILED ${text.slice(0, 4_000)}\n`);
process.stdout.write(`\n${passes} passed, ${failures + broken.length} failed, ${pending} skipped\n`);
process.exit(failures + broken.length === 0 && passes > 0 ? 0 : 1);

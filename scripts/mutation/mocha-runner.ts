/**
 * Runs mocha inside Stryker's worker: the test files are loaded once and run again for every mutant, which is chosen by a global
 * variable; for a static mutant (of code that runs while a module loads) they are loaded anew, file by file, the nearest first.
 * Stryker's own mocha runner reaches into files that mocha 12 no longer has.
 */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import Mocha from 'mocha';
import picomatch from 'picomatch';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import type { InstrumenterContext, StrykerOptions } from '@stryker-mutator/api/core';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import type {
  DryRunOptions,
  DryRunResult,
  FailedTestResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
  TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';

interface Options extends StrykerOptions {
  readonly mocha: { readonly spec: readonly string[] };
}

/** What the instrumented code reads: which mutant is active, and where it counts what it covers. */
const context: InstrumenterContext = ((globalThis as { __stryker__?: InstrumenterContext }).__stryker__ ??=
  {} as InstrumenterContext);

class MochaInProcess implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  private mocha = newMocha();
  private files: readonly string[] = [];
  private loaded = false;
  private perTest = false;
  private rounds = 0;

  constructor(private readonly options: StrykerOptions) {}

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  init(): Promise<void> {
    // A counterexample is enough; to look for the smallest one takes longer than all other tests.
    fc.configureGlobal({ seed: 1, endOnFailure: true, numRuns: 50 });
    register('./reload-hooks.mjs', import.meta.url);
    const all = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((file) => `test/${file}`);
    const { spec } = (this.options as Options).mocha;
    const matching = (glob: string): string[] => {
      const wanted = picomatch(glob);
      return all.filter((file) => wanted(file)).sort();
    };
    this.files = [...new Set(spec.flatMap(matching))];
    for (const file of this.files) this.mocha.addFile(file);
    const began = (title: string | undefined): void => {
      if (this.perTest && title !== undefined) context.currentTestId = title;
    };
    this.mocha.suite.beforeEach(function () {
      began(this.currentTest?.fullTitle());
    });
    return Promise.resolve();
  }

  async dryRun({ coverageAnalysis, disableBail }: DryRunOptions): Promise<DryRunResult> {
    this.perTest = coverageAnalysis === 'perTest';
    const result = await this.run(disableBail);
    this.perTest = false;
    if (result.status !== DryRunStatus.Complete || context.mutantCoverage === undefined) return result;
    return { ...result, mutantCoverage: context.mutantCoverage };
  }

  async mutantRun(asked: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, hitLimit, reloadEnvironment, disableBail } = asked;
    Object.assign(context, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    const titles = (testFilter ?? []).map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const only = testFilter === undefined ? /.*/ : new RegExp(`^(?:${titles.join('|')})$`, 's');
    if (reloadEnvironment) {
      const near = nearestFirst(this.files, relative(process.cwd(), asked.sandboxFileName));
      return toMutantRunResult(await this.reload(near, only, activeMutant.id));
    }
    this.mocha.grep(only);
    return toMutantRunResult(await this.run(disableBail, activeMutant.id));
  }

  private async run(disableBail: boolean, mutant?: string): Promise<DryRunResult> {
    try {
      if (!this.loaded) await this.mocha.loadFilesAsync();
      this.loaded = true;
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: String(error) };
    }
    Object.assign(context, { activeMutant: mutant });
    bail(this.mocha.suite, !disableBail);
    return ended(await collect(this.mocha));
  }

  /** The mutant is active while its modules load; the first test that fails, or the first file that does not load, ends it. */
  private async reload(files: readonly string[], only: RegExp, mutant: string): Promise<DryRunResult> {
    Object.assign(context, { activeMutant: mutant });
    this.rounds += 1;
    const all: TestResult[] = [];
    for (const file of files) {
      const mocha = newMocha();
      try {
        mocha.suite.emit('pre-require', globalThis, file, mocha);
        await import(`${pathToFileURL(resolve(file)).href}?round=${this.rounds}`);
      } catch (error) {
        return ended([...all, failed(`loads: ${file}`, 0, String(error))]);
      }
      mocha.grep(only);
      bail(mocha.suite, true);
      all.push(...(await collect(mocha)));
      mocha.dispose();
      if (all.at(-1)?.status === TestStatus.Failed) break;
    }
    return ended(all);
  }
}

function newMocha(): Mocha {
  const mocha = new Mocha({ timeout: 0, reporter: Mocha.reporters.Base });
  mocha.cleanReferencesAfterRun(false);
  return mocha;
}

/** Test files in the folder of the mutated file's own tests come first: most mutants are noticed there. */
function nearestFirst(files: readonly string[], mutated: string): readonly string[] {
  const folders = mutated.replace(/\.ts$/, '').split('/').slice(1);
  const distance = (file: string): number => {
    const test = file
      .replace(/\.unit\.test\.ts$/, '')
      .split('/')
      .slice(1);
    const shared = folders.findIndex((folder, i) => test[i] !== folder);
    return shared < 0 ? -folders.length : -shared;
  };
  return [...files].sort((a, b) => distance(a) - distance(b));
}

function ended(tests: TestResult[]): DryRunResult {
  const limit = determineHitLimitReached(context.hitCount, context.hitLimit);
  return limit ?? { status: DryRunStatus.Complete, tests };
}

function failed(id: string, timeSpentMs: number, failureMessage: string): FailedTestResult {
  return { id, name: id, status: TestStatus.Failed, timeSpentMs, failureMessage };
}

function bail(suite: Mocha.Suite, on: boolean): void {
  suite.bail(on);
  for (const child of suite.suites) bail(child, on);
}

function collect(mocha: Mocha): Promise<TestResult[]> {
  return new Promise((resolve) => {
    const tests: TestResult[] = [];
    const runner = mocha.run(() => resolve(tests));
    runner.on('pass', (test) => {
      const { duration = 0, file } = test;
      const id = test.fullTitle();
      tests.push({
        id,
        name: id,
        status: TestStatus.Success,
        timeSpentMs: duration,
        ...(file === undefined ? {} : { fileName: file }),
      });
    });
    runner.on('fail', (test, error: Error) => {
      tests.push(failed(test.fullTitle(), test.duration ?? 0, error.message));
    });
  });
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-in-process', MochaInProcess)];

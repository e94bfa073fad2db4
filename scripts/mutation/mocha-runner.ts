/**
 * Runs mocha inside Stryker's worker: the test files are loaded once and run again for every mutant, which is chosen by a global
 * variable. Stryker's own mocha runner reaches into files that mocha 12 no longer has.
 */
import { readdirSync } from 'node:fs';
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
  private readonly mocha = new Mocha({
    timeout: 0,
    reporter: Mocha.reporters.Base,
  });
  private loaded = false;
  private perTest = false;

  constructor(private readonly options: StrykerOptions) {}

  // Modules are loaded once; for a mutant of code that runs while loading, Stryker starts a new worker.
  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  init(): Promise<void> {
    // A counterexample is enough; to look for the smallest one takes longer than all other tests.
    fc.configureGlobal({ endOnFailure: true, numRuns: 50 });
    const { spec } = (this.options as Options).mocha;
    const wanted = picomatch([...spec]);
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((file) => `test/${file}`);
    for (const file of files.filter((file) => wanted(file)).sort()) this.mocha.addFile(file);
    this.mocha.cleanReferencesAfterRun(false);
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
    const { activeMutant, testFilter, hitLimit, mutantActivation, disableBail } = asked;
    Object.assign(context, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    const titles = (testFilter ?? []).map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.mocha.grep(testFilter === undefined ? /.*/ : new RegExp(`^(?:${titles.join('|')})$`, 's'));
    if (mutantActivation === 'static') context.activeMutant = activeMutant.id;
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
    const tests = await collect(this.mocha);
    const limit = determineHitLimitReached(context.hitCount, context.hitLimit);
    return limit ?? { status: DryRunStatus.Complete, tests };
  }
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
      const id = test.fullTitle();
      tests.push({
        id,
        name: id,
        status: TestStatus.Failed,
        timeSpentMs: test.duration ?? 0,
        failureMessage: error.message,
      });
    });
  });
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-in-process', MochaInProcess)];

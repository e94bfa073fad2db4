import type { Command } from 'commander';
import type { Evaluated } from '../../routing/recorded/index.js';
import { share, wholeNumber } from '../arguments.js';
import { act, addCommand, type JsonOption } from '../command.js';
import { DONE, NO } from '../failure.js';
import { facts, json, note, print, table } from '../output.js';
import { readRange, withRange, type RangeOptions } from '../routing/route-range.js';

interface EvaluateCommandOptions extends JsonOption, RangeOptions {
  readonly policy?: string;
  readonly floor?: number;
  readonly confidence: number;
  readonly bootstrap: number;
  readonly seed: string;
}

const NOTES = `
Every decision of the log holds the probability with which it was drawn, so what another policy would have achieved on the same tasks can be
estimated from what was chosen. DR is the figure to read first; where the estimators disagree, believe none. Under an effective sample of 30
nothing is stated, and the exit code is 1. Decisions without an outcome that says something about the agent are left out and counted.`;

/** What a policy would have achieved on our own log. */
export const addRouteEvaluate = (group: Command): void => {
  withRange(
    addCommand(group, {
      usage: 'evaluate',
      summary: 'what a policy would have achieved on the decisions of the log, with intervals',
      examples: [
        'arbiter route evaluate --policy thompson --from 7d',
        "arbiter route evaluate --policy 'ucb1:c=0.25' --from 2030-01-01T00:00:00Z --to 2030-02-01T00:00:00Z --json",
      ],
    }),
  )
    .option('--policy <policy>', 'name, name:key=value,… or JSON; without it the default policy')
    .option('--floor <share>', 'its exploration floor; without it that of each decision', share)
    .option('--confidence <share>', 'of the intervals', share, 0.95)
    .option('--bootstrap <n>', 'resamples of tasks; 0: none', wholeNumber(0, 100_000), 1000)
    .option('--seed <text>', 'of the resamples', '1')
    .addHelpText('after', NOTES)
    .action(act(evaluate));
};

const evaluate = async (options: EvaluateCommandOptions): Promise<number> => {
  const [{ DEFAULT_POLICY, parsePolicy }, { evaluated, timeline }] = await Promise.all([
    import('../../routing/index.js'),
    import('../../routing/recorded/index.js'),
  ]);
  const policy = parsePolicy(options.policy ?? DEFAULT_POLICY);
  const { decisions, outcomes } = await readRange(options);
  const known = timeline(outcomes);
  const found = evaluated(decisions, policy, (vector) => known.at(vector), {
    confidence: options.confidence,
    resamples: options.bootstrap,
    seed: options.seed,
    ...(options.floor === undefined ? {} : { floor: options.floor }),
  });
  const name = { policy: policy.id, version: policy.version, parameters: policy.parameters };
  if (options.json === true) json({ ...name, ...documentOf(found) });
  else await show(policy.id, found);
  return found.report?.verdict === 'STATED' ? DONE : NO;
};

const documentOf = ({ report, ...counts }: Evaluated): Record<string, unknown> => ({
  ...counts,
  verdict: report?.verdict ?? 'REFUSED',
  ess: report?.support.ess ?? 0,
  mean_weight: report?.support.meanWeight ?? null,
  largest_weight: report?.support.largestWeight ?? null,
  unsupported: report?.support.unsupported ?? null,
  achieved: report === null ? null : { value: report.onPolicy.value, interval: report.onPolicy.normal },
  estimates: (report?.estimates ?? []).map(({ estimator, value, standardError, normal, bootstrap }) => ({
    estimator,
    value,
    standard_error: standardError,
    normal,
    bootstrap,
  })),
  anytime: report?.anytime ?? null,
  warnings: report?.warnings ?? ['no decision with an outcome in this range'],
});

const show = async (policy: string, { report, ...counts }: Evaluated): Promise<void> => {
  facts([
    ['policy', policy],
    ['decisions', counts.decisions],
    ['with an outcome', counts.judged],
    ['left out', counts.censored + counts.undecidable],
    ['effective sample', report === null ? '0' : report.support.ess.toFixed(1)],
    ['achieved', report === null ? '' : rangeOf(report.onPolicy.value, report.onPolicy.normal)],
  ]);
  if (report === null) note('no decision with an outcome in this range');
  else {
    for (const warning of report.warnings) note(`warning: ${warning}`);
    if (report.verdict === 'REFUSED') {
      note('no value is stated');
      return;
    }
    print();
    await table(
      ['ESTIMATOR', 'VALUE', 'NORMAL INTERVAL', 'BOOTSTRAP BY TASK'],
      report.estimates.map(({ estimator, value, normal, bootstrap }) => [
        estimator.name,
        value.toFixed(4),
        intervalOf(normal),
        bootstrap === null ? '' : intervalOf(bootstrap),
      ]),
    );
    if (report.anytime !== null) print(`\nholds whenever one looks: ${intervalOf(report.anytime)}`);
  }
};

interface Ends {
  readonly low: number;
  readonly high: number;
}
const intervalOf = ({ low, high }: Ends): string => `${low.toFixed(4)} … ${high.toFixed(4)}`;
const rangeOf = (value: number, ends: Ends): string => `${value.toFixed(4)} (${intervalOf(ends)})`;

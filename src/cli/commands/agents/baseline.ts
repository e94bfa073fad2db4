import type { Command } from 'commander';
import { dollars, duration, refuse } from '../../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../../command.js';
import { DONE } from '../../failure.js';
import { json, table } from '../../output.js';
import { withSession } from '../../session.js';
import { decideRegistry, decided, type DecidedOptions } from './decided.js';

interface SetOptions extends DecidedOptions {
  readonly success: number;
  readonly weight: number;
  readonly duration?: number;
  readonly cost?: number;
  readonly reason: string;
}

const between =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    return value > least && value < most ? value : refuse(`a number between ${least} and ${most}`, text);
  };

/** `agents baseline` */
export const addBaseline = (group: Command): void => {
  const baselines = addGroup(group, 'baseline', 'what is believed of a model family before its outcomes', [
    'arbiter agents baseline set opus --success 0.92 --duration 1500ms --cost 0.015',
  ]);
  decided(
    addCommand(baselines, {
      usage: 'set <family>',
      summary: 'set the baseline of a model family; * stands for every family without one',
      examples: ["arbiter agents baseline set '*' --success 0.8 --weight 5"],
    }),
  )
    .requiredOption('--success <rate>', 'expected success rate', between(0, 1))
    .option('--weight <outcomes>', 'how many outcomes the belief is worth', between(0, 1001), 5)
    .option('--duration <duration>', 'of one task', duration)
    .option('--cost <usd>', 'of one task, in US dollars', dollars)
    .option('--reason <text>', 'why', '')
    .action(act(set));
  addCommand(baselines, {
    usage: 'list',
    summary: 'the baselines set; a family without one begins with nothing but what its agents do',
    examples: ['arbiter agents baseline list --json'],
  }).action(act(list));
};

const set = (family: string, options: SetOptions): Promise<number> => {
  const successesMilli = Math.round(options.success * options.weight * 1000);
  return decideRegistry(family, 'SetBaseline', options, {
    family: family === '*' ? '' : family,
    prior: {
      successesMilli,
      failuresMilli: Math.round(options.weight * 1000) - successesMilli,
      durationMs: options.duration ?? null,
      costMicros: options.cost ?? null,
    },
    reason: options.reason,
  });
};

const list = (options: JsonOption): Promise<number> =>
  withSession(async (session) => {
    const { readRegistry } = await import('../../agents/read-registry.js');
    const families = (await readRegistry(session)).families();
    const lines = Object.entries(families)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([family, prior]) => ({
        family: family === '' ? '*' : family,
        success: prior.successesMilli / (prior.successesMilli + prior.failuresMilli),
        weight: (prior.successesMilli + prior.failuresMilli) / 1000,
        duration_ms: prior.durationMs,
        cost_micros: prior.costMicros,
      }));
    if (options.json === true) json({ baselines: lines });
    else {
      await table(
        ['FAMILY', 'SUCCESS', 'WEIGHT', 'DURATION (MS)', 'COST (USD)'],
        lines.map((l) => [
          l.family,
          l.success.toFixed(3),
          l.weight,
          l.duration_ms,
          l.cost_micros === null ? '' : (l.cost_micros / 1e6).toFixed(4),
        ]),
      );
    }
    return DONE;
  });

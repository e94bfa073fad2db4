import type { Command } from 'commander';
import type { LoggedDecision } from '../../consumers/router/route-log.js';
import type { Policy } from '../../routing/index.js';
import type { Shadowed, Timeline } from '../../routing/recorded/index.js';
import { act, addCommand, type JsonOption } from '../command.js';
import { DONE } from '../failure.js';
import { facts, instant, json, note, print, table } from '../output.js';
import { inRange, readRange, withRange, type RangeOptions } from '../routing/route-range.js';

interface ShadowOptions extends JsonOption, RangeOptions {
  readonly follow?: boolean;
}

/** Runs another policy beside the one that decides. */
export const addRouteShadow = (group: Command): void => {
  withRange(
    addCommand(group, {
      usage: 'shadow <policy>',
      summary: 'run a policy beside the live one: what it would have chosen, at the same knowledge and luck',
      examples: [
        'arbiter route shadow thompson --from 24h',
        "arbiter route shadow 'ucb1:c=0.25' --follow --json > shadow.jsonl",
      ],
      json: 'lines',
    }),
  )
    .option('--follow', 'go on with the decisions that come, until interrupted')
    .action(act(shadow));
};

const shadow = async (text: string, options: ShadowOptions): Promise<number> => {
  const [{ parsePolicy }, { timeline }] = await Promise.all([
    import('../../routing/index.js'),
    import('../../routing/recorded/index.js'),
  ]);
  const policy = parsePolicy(text);
  const tally = { decisions: 0, undecidable: 0, agreed: 0, overlap: 0, ofLive: 0 };
  const pairs = new Map<string, number>();
  const say = await reporter(policy, options, tally, pairs);
  const known = timeline();
  if (options.follow === true) {
    const { followDecisions } = await import('../routing/route-following.js');
    await followDecisions(known, (one) => {
      if (inRange(options)(one)) say(one, known);
    });
  } else {
    const { decisions, outcomes } = await readRange(options);
    known.add(outcomes);
    for (const one of decisions) say(one, known);
  }
  await conclude(policy, options, tally, pairs);
  return DONE;
};

interface Tally {
  decisions: number;
  undecidable: number;
  agreed: number;
  overlap: number;
  ofLive: number;
}

const reporter = async (
  policy: Policy,
  { json: asJson, follow }: ShadowOptions,
  tally: Tally,
  pairs: Map<string, number>,
): Promise<(one: LoggedDecision, known: Timeline) => void> => {
  const { shadowed } = await import('../../routing/recorded/index.js');
  return (one, known) => {
    const seen = shadowed(one.decision, one.chosen, policy, known.at(one.decision.statisticsOffsets));
    tally.decisions += 1;
    if (seen === undefined) {
      tally.undecidable += 1;
      return;
    }
    tally.agreed += seen.agrees ? 1 : 0;
    tally.overlap += seen.overlap;
    tally.ofLive += seen.ofLive;
    if (!seen.agrees) {
      const pair = `${one.chosen} → ${seen.choice}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    if (asJson === true) json(lineOf(one, seen));
    else if (follow === true)
      print(`${one.taskId}: live ${one.chosen}, ${policy.id} ${seen.choice} (${seen.propensity.toFixed(3)})`);
  };
};

const lineOf = (one: LoggedDecision, seen: Shadowed): Record<string, unknown> => ({
  task_id: one.taskId,
  attempt: one.decision.attempt,
  token: one.token,
  decided_at: instant(one.decidedAt),
  live: one.chosen,
  live_propensity: one.decision.propensity,
  shadow: seen.choice,
  shadow_propensity: seen.propensity,
  shadow_propensity_of_live: seen.ofLive,
  agrees: seen.agrees,
  overlap: seen.overlap,
  reward: one.reward,
});

const conclude = async (
  policy: Policy,
  { json: asJson }: ShadowOptions,
  tally: Tally,
  pairs: ReadonlyMap<string, number>,
): Promise<void> => {
  const n = tally.decisions - tally.undecidable;
  const part = (sum: number): string => (n === 0 ? '' : `${((sum / n) * 100).toFixed(1)} %`);
  if (asJson === true) {
    note(`${policy.id}: ${tally.decisions} decisions, agrees in ${part(tally.agreed) || 'none'}`);
    return;
  }
  facts([
    ['policy', `${policy.id} ${JSON.stringify(policy.parameters)}`],
    ['decisions', tally.decisions],
    ['could not decide', tally.undecidable],
    ['same choice', part(tally.agreed)],
    ['same distribution', part(tally.overlap)],
    ['its probability of the live choice', part(tally.ofLive)],
  ]);
  if (pairs.size === 0) return;
  print();
  await table(['LIVE → SHADOW', 'DECISIONS'], [...pairs].sort((a, b) => b[1] - a[1]).slice(0, 20));
};

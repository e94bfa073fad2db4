import type { Arm, Question } from './arms.js';
import type { Step, Trail } from './trail.js';

/** How much of the past counts. */
export type Memory =
  | { readonly memory: 'all' }
  /** the weight of an outcome falls by gamma with each later one of the scope (Kocsis, Szepesvári 2006; Raj, Kalyani 2017) */
  | { readonly memory: 'discounted'; readonly gamma: number }
  /** the newest so many outcomes of the scope (Garivier, Moulines 2011) */
  | { readonly memory: 'window'; readonly window: number }
  /** all of an agent's outcomes since its rate last fell (Page 1954, Hinkley 1971) */
  | { readonly memory: 'alarm'; readonly delta: number; readonly lambda: number };

interface Weighed {
  readonly successes: number;
  readonly failures: number;
}

const NOTHING: Weighed = { successes: 0, failures: 0 };

/** The question with what counts of each arm's past, and how many alarms there were. */
export function remembering(question: Question, memory: Memory): { question: Question; alarms: number } {
  if (memory.memory === 'all') return { question, alarms: 0 };
  if (memory.memory === 'alarm') {
    let alarms = 0;
    const arms = question.arms.map((arm): Arm => {
      const since = sinceAlarm(arm.cell.trail, memory.delta, memory.lambda);
      alarms += since.alarms;
      return { ...arm, successes: since.successes, failures: since.failures };
    });
    return { question: { ...question, arms }, alarms };
  }
  const { recent } = question.scope;
  const weighed =
    memory.memory === 'window'
      ? weighedBy(recent, 1, memory.window)
      : weighedBy(recent, memory.gamma, Infinity);
  const arms = question.arms.map((arm): Arm => ({ ...arm, ...(weighed.get(arm.agentId) ?? NOTHING) }));
  return { question: { ...question, arms }, alarms: 0 };
}

interface SinceAlarm extends Weighed {
  readonly alarms: number;
}

/** The test after the steps from `from` up to before `to`. */
interface Walked extends SinceAlarm {
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  readonly sum: number;
  readonly lowest: number;
}

const START = { successes: 0, failures: 0, alarms: 0, mean: 0, sum: 0, lowest: 0 };

// What a trail keeps is only ever added to behind its end, so a walk that began at the same place goes on where it was.
const walked = new WeakMap<readonly Step[], Map<string, Walked>>();

/**
 * Page-Hinkley for a falling rate, over the trail in canonical order: Σ (running mean − reward − delta), and an alarm where it has
 * risen by lambda over its lowest. An alarm forgets the agent's outcomes up to then, and the test begins anew.
 */
export function sinceAlarm(trail: Trail, delta: number, lambda: number): SinceAlarm {
  const { kept, from, to } = trail;
  const key = `${delta}/${lambda}`;
  const known = walked.get(kept) ?? new Map<string, Walked>();
  const before = known.get(key);
  const fits = before?.from === from && before.to <= to;
  let { successes, failures, alarms, mean, sum, lowest } = fits ? before : START;
  for (let at = fits ? before.to : from; at < to; at += 1) {
    const { reward } = kept[at] as Step;
    if (reward === 1) successes += 1;
    else failures += 1;
    mean += (reward - mean) / (successes + failures);
    sum += mean - reward - delta;
    if (sum < lowest) lowest = sum;
    if (sum - lowest > lambda) {
      [successes, failures, mean, sum, lowest] = [0, 0, 0, 0, 0];
      alarms += 1;
    }
  }
  if (before === undefined) walked.set(kept, known);
  known.set(key, { from, to, successes, failures, alarms, mean, sum, lowest });
  return { successes, failures, alarms };
}

/** Below this an outcome weighs nothing. */
const LIGHTEST = 1e-9;

function weighedBy(recent: Trail, gamma: number, most: number): ReadonlyMap<string, Weighed> {
  const sums = new Map<string, { successes: number; failures: number }>();
  let weight = 1;
  const oldest = Math.max(recent.from, recent.to - most);
  for (let at = recent.to - 1; at >= oldest && weight > LIGHTEST; at -= 1) {
    const { agentId, reward } = recent.kept[at] as Step;
    const sum = sums.get(agentId) ?? { successes: 0, failures: 0 };
    if (reward === 1) sum.successes += weight;
    else sum.failures += weight;
    sums.set(agentId, sum);
    weight *= gamma;
  }
  return sums;
}

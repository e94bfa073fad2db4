import {
  experienceDigest,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type Policy,
} from '../../src/routing/index.js';
import { steady, walk, type Matrix } from '../../src/routing/simulation/index.js';

const OPTIONS = { floor: 0.05, attempts: 2 };

/** Gate 7: rebuilt from its outcomes in random order and random batches, the learner equals the live one bit for bit. */
export const gateSeven = (
  policy: Policy,
  fleet: Matrix,
  orders: number,
): { orders: number; equal: number } => {
  let equal = 0;
  for (let order = 0; order < orders; order += 1) {
    const live = walk(steady(fleet, 500), policy, { ...OPTIONS, delay: order % 30, seed: `gate-7/${order}` });
    const { next } = random(`gate-7/shuffle/${order}`);
    const shuffled = [...live.outcomes]
      .map((outcome) => [next(), outcome] as const)
      .sort(([a], [b]) => a - b)
      .map(([, outcome]) => outcome);
    let rebuilt = NO_EXPERIENCE;
    while (shuffled.length > 0)
      rebuilt = rememberAll(rebuilt, shuffled.splice(0, 1 + Math.floor(next() * 60)));
    if (experienceDigest(rebuilt) === experienceDigest(live.experience)) equal += 1;
  }
  return { orders, equal };
};

/** Gate 8: with the outcomes removed the same seeds choose otherwise. */
export const gateEight = (
  policy: Policy,
  fleet: Matrix,
  orders: number,
): { decisions: number; changed: number; solved_with: number; solved_without: number } => {
  let [decisions, changed, withOutcomes, without] = [0, 0, 0, 0];
  for (let order = 0; order < orders; order += 1) {
    const choices = (learning: boolean): { picks: number[]; solved: number } => {
      const picks: number[] = [];
      const { solved, steps } = walk(steady(fleet, 500), policy, {
        floor: 0,
        attempts: 1,
        delay: 0,
        seed: `gate-8/${order}`,
        learning,
        onPick: ({ agent }) => picks.push(agent),
      });
      return { picks, solved: solved / steps };
    };
    const [learned, blind] = [choices(true), choices(false)];
    decisions += learned.picks.length;
    changed += learned.picks.filter((agent, at) => agent !== blind.picks[at]).length;
    withOutcomes += learned.solved / orders;
    without += blind.solved / orders;
  }
  return { decisions, changed, solved_with: withOutcomes, solved_without: without };
};

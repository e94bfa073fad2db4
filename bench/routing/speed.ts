import { performance } from 'node:perf_hooks';
import {
  createPolicy,
  NO_EXPERIENCE,
  random,
  rememberAll,
  type Contender,
  type Context,
  type Experience,
  type PolicyOutcome,
} from '../../src/routing/index.js';

export interface Speed {
  readonly policy: string;
  readonly candidates: number;
  readonly outcomes_per_agent: number;
  readonly decide_p50_us: number;
  readonly decide_p99_us: number;
  /** of this process's CPU time: other work on the machine is not in it */
  readonly decide_cpu_p99_us: number;
  readonly learn_p50_us: number;
}

const CONTEXT: Context = {
  tenant: 'bench',
  taskType: 'task',
  riskTier: null,
  attempt: 1,
  kind: 'k',
  features: [1, 0, 1, 0],
  ordinal: 0,
  floor: 0.05,
};

const outcome = (agent: number, success: boolean, offset: number): PolicyOutcome => ({
  tenant: 'bench',
  taskType: 'task',
  agentId: `agent-${agent}`,
  decisionId: null,
  result: success ? 'SUCCESS' : 'FAILURE',
  failureClass: success ? null : 'AGENT',
  attempt: 1,
  kind: 'k',
  features: [1, 0, 1, 0],
  propensity: 0.1,
  costMicros: 100_000,
  occurredAt: offset,
  partition: 0,
  offset,
});

const quantile = (sorted: readonly number[], q: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0) * 1e4) / 10;

/** One decision after one new outcome, again and again: candidates checked, distribution, floor, draw, record. */
export const speedOf = (id: string, candidates: number, each: number, decisions = 3000): Speed => {
  const policy = createPolicy(id);
  const { next } = random(`speed/${id}`);
  const rate = (agent: number): number => 0.4 + (0.4 * agent) / candidates;
  let offset = 0;
  const before: PolicyOutcome[] = [];
  for (let agent = 0; agent < candidates; agent += 1)
    for (let k = 0; k < each; k += 1) before.push(outcome(agent, next() < rate(agent), (offset += 1)));
  let experience: Experience = rememberAll(NO_EXPERIENCE, before);
  const contenders: Contender[] = Array.from({ length: candidates }, (_, agent) => ({
    agentId: `agent-${agent}`,
    pending: agent % 3,
    priceMicros: 100_000,
    ramp: 1,
    prior: null,
  }));
  const [deciding, working, learning]: [number[], number[], number[]] = [[], [], []];
  for (let at = 0; at < decisions + 1000; at += 1) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const { choice } = policy.choose(CONTEXT, contenders, experience, random(`seed-${at}`));
    const decided = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const agent = Number(choice.slice(6));
    experience = policy.learn(experience, outcome(agent, next() < rate(agent), (offset += 1)));
    const learned = performance.now();
    if (at < 1000) continue;
    deciding.push(decided - start);
    working.push((user + system) / 1000);
    learning.push(learned - decided);
  }
  deciding.sort((a, b) => a - b);
  working.sort((a, b) => a - b);
  learning.sort((a, b) => a - b);
  return {
    policy: id,
    candidates,
    outcomes_per_agent: each,
    decide_p50_us: quantile(deciding, 0.5),
    decide_p99_us: quantile(deciding, 0.99),
    decide_cpu_p99_us: quantile(working, 0.99),
    learn_p50_us: quantile(learning, 0.5),
  };
};

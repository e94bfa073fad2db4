import { NO_EXPERIENCE, type Experience, type Outcome } from '../experience.js';
import type { Contender, Context, Decision, Policy } from '../policy.js';
import { random, type Random } from '../random.js';
import type { Scenario } from './scenario.js';

export interface ReplayOptions {
  /** the order of tasks and all draws are functions of it */
  readonly seed: string;
  /** share of choices spread evenly */
  readonly floor: number;
  /** an outcome is known so many tasks after the one it belongs to */
  readonly delay: number;
  /** a different agent after each failed check, at most so many in all */
  readonly attempts: number;
  /** false: no outcome is ever told (does learning change decisions at all?) */
  readonly learning?: boolean;
  readonly onPick?: (pick: { step: number; agent: number; decision: Decision; attempt: number }) => void;
}

/** One walk through a scenario. */
export interface Walk {
  readonly steps: number;
  /** steps with a known end, and those of them solved */
  readonly known: number;
  readonly solved: number;
  readonly solvedFirst: number;
  /** Σ (best rate in the pool − rate of the first chosen) */
  readonly regret: number;
  /** steps whose first choice had the best rate in the pool */
  readonly best: number;
  readonly attempts: number;
  /** the experience at the end, and the outcomes it was made of */
  readonly experience: Experience;
  readonly outcomes: readonly Outcome[];
}

const TENANT = 'simulation';
const TYPE = 'task';

/** A policy in a scenario: it is told the outcomes of those it chose, and nothing else. */
export function walk(scenario: Scenario, policy: Policy, options: ReplayOptions): Walk {
  const tasks = scenario.tasks(random(`${options.seed}/tasks`));
  const rng = random(`${options.seed}/choices`);
  const state = newState();
  for (let step = 0; step < scenario.steps; step += 1) {
    arrive(state, policy, step);
    const everybody = scenario.pool(step);
    const highest = Math.max(...everybody.map((agent) => scenario.rate(agent, step)));
    const task = tasks[step] as number;
    const pool = answerable(scenario, everybody, task, step);
    const tried: number[] = [];
    let last = -1;
    for (let attempt = 1; attempt <= options.attempts && tried.length < pool.length; attempt += 1) {
      const agent = pick(scenario, policy, state, { options, rng, step, task, attempt, pool, tried });
      tried.push(agent);
      last = scenario.outcome(agent, task, step);
      if (attempt === 1) {
        const rate = scenario.rate(agent, step);
        state.regret += highest - rate;
        if (rate === highest) state.best += 1;
        if (last === 1) state.solvedFirst += 1;
      }
      // Only a check that failed calls for another; an unknown end does not.
      if (last !== 0) break;
    }
    state.attempts += tried.length;
    if (last >= 0) state.known += 1;
    if (last === 1) state.solved += 1;
  }
  const { known, solved, solvedFirst, regret, best, attempts, experience, outcomes } = state;
  return { steps: scenario.steps, known, solved, solvedFirst, regret, best, attempts, experience, outcomes };
}

/** Who can be asked: those whose outcome for the task is known, for an agent that answers nothing would be tried for ever. */
function answerable(
  scenario: Scenario,
  everybody: readonly number[],
  task: number,
  step: number,
): readonly number[] {
  const known = everybody.filter((agent) => scenario.outcome(agent, task, step) >= 0);
  return known.length === 0 ? everybody : known;
}

interface State {
  experience: Experience;
  readonly outcomes: Outcome[];
  readonly late: { readonly due: number; readonly outcome: Outcome }[];
  readonly pending: Map<string, number>;
  offset: number;
  known: number;
  solved: number;
  solvedFirst: number;
  regret: number;
  best: number;
  attempts: number;
}

const newState = (): State => ({
  experience: NO_EXPERIENCE,
  outcomes: [],
  late: [],
  pending: new Map(),
  offset: 0,
  known: 0,
  solved: 0,
  solvedFirst: 0,
  regret: 0,
  best: 0,
  attempts: 0,
});

/** Outcomes that are due before this step's decision. */
function arrive(state: State, policy: Policy, step: number): void {
  while ((state.late[0]?.due ?? Infinity) <= step) {
    const outcome = state.late.shift()?.outcome;
    if (outcome !== undefined) tell(state, policy, outcome);
  }
}

function tell(state: State, policy: Policy, outcome: Outcome): void {
  state.pending.set(outcome.agentId, (state.pending.get(outcome.agentId) ?? 1) - 1);
  state.outcomes.push(outcome);
  state.experience = policy.learn(state.experience, outcome);
}

interface Turn {
  readonly options: ReplayOptions;
  readonly rng: Random;
  readonly step: number;
  readonly task: number;
  readonly attempt: number;
  readonly pool: readonly number[];
  readonly tried: readonly number[];
}

function pick(scenario: Scenario, policy: Policy, state: State, turn: Turn): number {
  const { options, rng, step, task, attempt, pool, tried } = turn;
  const free = pool.filter((agent) => !tried.includes(agent));
  const names = free.map((agent) => scenario.agents[agent] ?? '');
  const contenders = free.map((agent): Contender => ({
    agentId: scenario.agents[agent] ?? '',
    pending: state.pending.get(scenario.agents[agent] ?? '') ?? 0,
    priceMicros: null,
    ramp: 1,
    prior: scenario.prior?.(agent) ?? null,
  }));
  const context: Context = {
    tenant: TENANT,
    taskType: scenario.type?.(task) ?? TYPE,
    riskTier: null,
    attempt,
    kind: scenario.kind?.(task) ?? null,
    features: scenario.features?.(task) ?? null,
    ordinal: step + attempt - 1,
    floor: options.floor,
  };
  const decision = policy.choose(context, contenders, state.experience, rng);
  const agent = free[names.indexOf(decision.choice)] ?? 0;
  options.onPick?.({ step, agent, decision, attempt });
  const solved = scenario.outcome(agent, task, step);
  state.offset += 1;
  state.pending.set(decision.choice, (state.pending.get(decision.choice) ?? 0) + 1);
  const outcome: Outcome = {
    tenant: TENANT,
    taskType: context.taskType,
    agentId: decision.choice,
    decisionId: null,
    result: solved < 0 ? 'VOID' : solved === 1 ? 'SUCCESS' : 'FAILURE',
    failureClass: solved === 0 ? 'AGENT' : null,
    attempt,
    kind: context.kind,
    features: context.features,
    propensity: decision.propensity,
    costMicros: null,
    occurredAt: step,
    partition: 0,
    offset: state.offset,
  };
  if (options.learning === false) state.pending.set(decision.choice, 0);
  else if (options.delay === 0) tell(state, policy, outcome);
  else state.late.push({ due: step + 1 + options.delay, outcome });
  return agent;
}

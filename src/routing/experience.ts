import { COUNTS_AS, type FailureClass } from './failure-classes.js';
import { emptyTrail, inserted, type Step, type Trail } from './trail.js';
import { added, type MomentsBySize } from './moments.js';

/** What one finished assignment says about its agent, with its place in the log. */
export interface Outcome {
  readonly tenant: string;
  /** the task's own type (D-10) */
  readonly taskType: string;
  readonly agentId: string;
  /** the decision it answers; null: chosen by hand */
  readonly decisionId: string | null;
  readonly result: 'SUCCESS' | 'FAILURE' | 'VOID' | 'UNKNOWN';
  readonly failureClass: FailureClass | null;
  /** 1 for the first attempt at a task; whoever comes after a failed check meets harder tasks, and is counted apart */
  readonly attempt: number;
  readonly kind: string | null;
  readonly features: readonly number[] | null;
  /** with which it was chosen; null: not by a policy */
  readonly propensity: number | null;
  readonly costMicros: number | null;
  /** µs; with partition and offset the canonical order, whatever the order of arrival */
  readonly occurredAt: number;
  readonly partition: number;
  readonly offset: number;
}

/** What is known of one agent at one type of task of one tenant. Integers alone: sums do not depend on order. */
export interface Cell {
  readonly successes: number;
  readonly failures: number;
  /** by failure class: assignments that say nothing about the agent, counted so that they can be seen */
  readonly voids: ReadonlyMap<string, number>;
  readonly costMicros: number;
  /** outcomes with a known cost */
  readonly costed: number;
  /** Σ reward / propensity, in 2^-20: what EXP3 works with */
  readonly weighted: number;
  /** by kind of task */
  readonly kinds: ReadonlyMap<string, { readonly successes: number; readonly failures: number }>;
  /** for the linear policies */
  readonly moments: MomentsBySize;
  /** the newest outcomes that count, in canonical order: what change alarms work with */
  readonly trail: Trail;
}

/** One type of task of one tenant, first attempts or later ones. */
export interface Scope {
  readonly agents: ReadonlyMap<string, Cell>;
  /** the newest outcomes of all agents, in canonical order: what discounts and windows work with */
  readonly recent: Trail;
  /** outcomes that count */
  readonly outcomes: number;
}

/**
 * All that is learned: a pure function of the set of outcomes. Order of arrival and batching change no bit of it; where
 * order matters (trails) it is the canonical one. The caller takes each outcome once, up to the offset vector it records.
 */
export type Experience = ReadonlyMap<string, Scope>;

export const NO_EXPERIENCE: Experience = new Map();

/** Outcomes kept in order per agent; more evidence than this narrows nothing that an alarm should not be able to undo. */
export const TRAIL_OF_AGENT = 2048;
export const TRAIL_OF_SCOPE = 4096;

const NO_CELL: Cell = {
  successes: 0,
  failures: 0,
  voids: new Map(),
  costMicros: 0,
  costed: 0,
  weighted: 0,
  kinds: new Map(),
  moments: new Map(),
  trail: emptyTrail(),
};
const NO_SCOPE: Scope = { agents: new Map(), recent: emptyTrail(), outcomes: 0 };

/** What outcomes are counted by: tenant, type of task, and whether a check had failed before. */
export interface ScopeName {
  readonly tenant: string;
  readonly taskType: string;
  readonly attempt: number;
}

function scopeKey({ tenant, taskType, attempt }: ScopeName): string {
  return JSON.stringify([tenant, taskType, attempt > 1 ? 'retry' : 'first']);
}

export function scopeOf(experience: Experience, name: ScopeName): Scope {
  return experience.get(scopeKey(name)) ?? NO_SCOPE;
}

/** First attempts at tasks of every type of a tenant, successes and failures alone: what is expected of an agent at a type new to it. */
export function overallOf(experience: Experience, tenant: string): Scope {
  return experience.get(overallKey(tenant)) ?? NO_SCOPE;
}

/** No scope of a type has a key like this one. */
const overallKey = (tenant: string): string => JSON.stringify([tenant]);

/** Zeros for who has done nothing yet. */
export function cellOf(scope: Scope, agentId: string): Cell {
  return scope.agents.get(agentId) ?? NO_CELL;
}

/** One outcome more. */
export function remember(experience: Experience, outcome: Outcome): Experience {
  return rememberAll(experience, [outcome]);
}

type Building = { -readonly [Part in keyof Scope]: Scope[Part] } & { agents: Map<string, Cell> };

/** Many outcomes with one copy of what changes. */
export function rememberAll(experience: Experience, outcomes: Iterable<Outcome>): Experience {
  const next = new Map(experience);
  const fresh = new Map<string, Building>();
  const building = (key: string): Building => {
    const begun = fresh.get(key);
    if (begun !== undefined) return begun;
    const known = experience.get(key) ?? NO_SCOPE;
    const scope = { agents: new Map(known.agents), recent: known.recent, outcomes: known.outcomes };
    fresh.set(key, scope);
    next.set(key, scope);
    return scope;
  };
  for (const outcome of outcomes) {
    const scope = building(scopeKey(outcome));
    const { agentId } = outcome;
    const cell = scope.agents.get(agentId) ?? NO_CELL;
    const counts = whatCounts(outcome);
    if (counts === 'void') {
      scope.agents.set(agentId, { ...cell, ...costs(cell, outcome), voids: voided(cell, outcome) });
      continue;
    }
    const reward = counts === 'success' ? 1 : 0;
    const { occurredAt: at, partition, offset } = outcome;
    const step: Step = { agentId, reward, at, partition, offset };
    scope.agents.set(agentId, counted(cell, outcome, step));
    scope.recent = inserted(scope.recent, step, TRAIL_OF_SCOPE);
    scope.outcomes += 1;
    if (outcome.attempt > 1) continue;
    const overall = building(overallKey(outcome.tenant));
    const all = overall.agents.get(agentId) ?? NO_CELL;
    overall.agents.set(agentId, {
      ...all,
      successes: all.successes + reward,
      failures: all.failures + 1 - reward,
    });
    overall.outcomes += 1;
  }
  return next;
}

/** Only the agent's own success or failure counts; a censored or unclear outcome never does. */
function whatCounts({ result, failureClass }: Outcome): 'success' | 'failure' | 'void' {
  if (result === 'SUCCESS') return 'success';
  return result === 'FAILURE' && COUNTS_AS[failureClass ?? 'AGENT'] === 'failure' ? 'failure' : 'void';
}

function counted(cell: Cell, outcome: Outcome, step: Step): Cell {
  const { reward } = step;
  const { kind, features, propensity } = outcome;
  return {
    ...cell,
    ...costs(cell, outcome),
    successes: cell.successes + reward,
    failures: cell.failures + 1 - reward,
    // A propensity under 2^-20 would let one lucky outcome outweigh all others.
    weighted:
      cell.weighted +
      (propensity === null ? 0 : Math.round((reward * 1048576) / Math.max(propensity, 1 / 1048576))),
    kinds: kind === null ? cell.kinds : ofKind(cell.kinds, kind, reward),
    moments: features === null ? cell.moments : added(cell.moments, features, reward),
    trail: inserted(cell.trail, step, TRAIL_OF_AGENT),
  };
}

function ofKind(kinds: Cell['kinds'], kind: string, reward: 0 | 1): Cell['kinds'] {
  const { successes, failures } = kinds.get(kind) ?? { successes: 0, failures: 0 };
  return new Map(kinds).set(kind, { successes: successes + reward, failures: failures + 1 - reward });
}

function costs(cell: Cell, { costMicros }: Outcome): Pick<Cell, 'costMicros' | 'costed'> {
  return costMicros === null
    ? { costMicros: cell.costMicros, costed: cell.costed }
    : { costMicros: cell.costMicros + costMicros, costed: cell.costed + 1 };
}

function voided({ voids }: Cell, { failureClass, result }: Outcome): Cell['voids'] {
  const name = failureClass ?? result;
  return new Map(voids).set(name, (voids.get(name) ?? 0) + 1);
}

/** All policies by name (R-216: parameters with bounds; an unknown name or parameter says what there is). */
import { z } from 'zod';
import { cautious } from '../cautious.js';
import { policyFrom } from '../decide.js';
import { RoutingError } from '../errors.js';
import type { Memory } from '../memory.js';
import type { Policy } from '../policy.js';
import { cascadeKind } from './cascade.js';
import { costAwareKind } from './cost-aware.js';
import { epsilonGreedyKind } from './epsilon-greedy.js';
import { exp3Kind } from './exp3.js';
import { hierarchicalThompsonKind } from './hierarchical-thompson.js';
import { memoryOf, memoryParameters, withMemory, type PolicyKind } from './kind.js';
import { linTsKind, linUcbKind } from './linear.js';
import { randomisedUcbKind } from './randomised-ucb.js';
import { roundRobinKind } from './round-robin.js';
import {
  alarmedThompsonKind,
  discountedThompsonKind,
  gaussianThompsonKind,
  sharpenedThompsonKind,
  thompsonKind,
  windowThompsonKind,
} from './thompson.js';
import {
  alarmedUcbKind,
  discountedUcbKind,
  klUcbKind,
  ucb1Kind,
  ucb1TunedKind,
  windowUcbKind,
} from './ucb.js';
import { uniformKind } from './uniform.js';

const KINDS: readonly PolicyKind[] = [
  randomisedUcbKind,
  uniformKind,
  roundRobinKind,
  epsilonGreedyKind,
  ucb1Kind,
  ucb1TunedKind,
  klUcbKind,
  discountedUcbKind,
  windowUcbKind,
  alarmedUcbKind,
  thompsonKind,
  sharpenedThompsonKind,
  alarmedThompsonKind,
  discountedThompsonKind,
  windowThompsonKind,
  gaussianThompsonKind,
  hierarchicalThompsonKind,
  linUcbKind,
  linTsKind,
  costAwareKind,
  cascadeKind,
  exp3Kind,
];

/** The policy a router runs unless told otherwise: holds all routing gates at once (docs/routing.md says how it was chosen). */
export const DEFAULT_POLICY = 'randomised-ucb';

export interface PolicyListing {
  readonly id: string;
  readonly version: string;
  readonly summary: string;
  /** parameters with their defaults */
  readonly defaults: Readonly<Record<string, unknown>>;
}

export function listPolicies(): PolicyListing[] {
  return KINDS.map(({ id, version, summary, schema }) => ({
    id,
    version,
    summary,
    defaults: schema.parse({}) as Record<string, unknown>,
  }));
}

/**
 * The policy of a name with its parameters; those not given have their defaults.
 * @throws RoutingError POLICY_UNKNOWN, POLICY_PARAMETERS
 */
export function createPolicy(id: string, parameters: Readonly<Record<string, unknown>> = {}): Policy {
  const found = KINDS.find((one) => one.id === id);
  if (found === undefined) {
    const known = KINDS.map((one) => one.id).join(', ');
    throw new RoutingError('POLICY_UNKNOWN', `policy: expected one of ${known}, found ${JSON.stringify(id)}`);
  }
  const parsed = found.schema.safeParse(parameters);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) =>
      [[id, ...path].join('.'), message].join(': '),
    );
    const taken = Object.keys(found.schema.parse({}) as object).join(', ') || 'none';
    throw new RoutingError('POLICY_PARAMETERS', `${wrong.join('; ')}; ${id} takes: ${taken}`);
  }
  const complete = parsed.data as Record<string, unknown>;
  return policyFrom({
    id,
    version: found.version,
    parameters: complete,
    rule: found.rule(parsed.data),
    // Turns are turns at every tier: the fall-back rests on no outcome.
    ...(found === roundRobinKind ? {} : { atTierOne: withMemory(memoryIn(complete), cautious) }),
  });
}

const memorySchema = z.object(memoryParameters);

/** How much of the past counts for the policy; all, where it has no such parameter. */
const memoryIn = (parameters: Readonly<Record<string, unknown>>): Memory =>
  'memory' in parameters ? memoryOf(memorySchema.parse(parameters)) : { memory: 'all' };

/**
 * `thompson`, `ucb1:c=0.25,memory=alarm` or `{"policy":"ucb1","c":0.25}`.
 * @throws RoutingError POLICY_UNKNOWN, POLICY_PARAMETERS
 */
export function parsePolicy(text: string): Policy {
  if (text.trimStart().startsWith('{')) return fromJson(text);
  const colon = text.indexOf(':');
  const id = (colon < 0 ? text : text.slice(0, colon)).trim();
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  const parameters: [string, unknown][] =
    rest.trim() === '' ? [] : rest.split(',').map((part) => pair(id, part));
  const names = parameters.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw malformed(`${id}.${twice}: expected once, found twice`);
  return createPolicy(id, Object.fromEntries(parameters));
}

function fromJson(text: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(`expected JSON or NAME:key=value,…, found ${JSON.stringify(text.slice(0, 80))}`);
  }
  const { policy, ...parameters } = value as Record<string, unknown>;
  if (typeof policy !== 'string') throw malformed('policy: expected a name, found none');
  return createPolicy(policy, parameters);
}

function pair(id: string, part: string): [string, unknown] {
  const at = part.indexOf('=');
  const name = part.slice(0, at).trim();
  const value = part.slice(at + 1).trim();
  if (at < 1 || name === '' || value === '')
    throw malformed(`${id}: expected key=value, found ${JSON.stringify(part.slice(0, 80))}`);
  if (WORDS.has(value)) return [name, WORDS.get(value)];
  return [name, /^[-+.\d]/.test(value) && Number.isFinite(Number(value)) ? Number(value) : value];
}

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
]);

const malformed = (message: string): RoutingError => new RoutingError('POLICY_PARAMETERS', message);

import picomatch from 'picomatch';
import type { Policy, Spec, SpecScope } from './model.js';
import { isInside, normalizePath } from './scope-path.js';
import type { InvalidPath } from './scope-path.js';

export type Binding =
  | { readonly kind: 'bound'; readonly spec: Pick<Spec, 'scope'> }
  | { readonly kind: 'one_sided' }
  | { readonly kind: 'unbound' };

export interface ScopeDecision {
  readonly kind: 'admit' | 'reject' | 'no_authority' | 'invalid_path';
  readonly rule: ScopeRule;
  readonly normalizedPath?: string;
  readonly bindingState: Binding['kind'];
}

export type ScopeRule =
  | `scope.admit.${'infra_exempt' | 'non_governed_zone' | 'root_passthrough' | 'scope_in' | 'scope_support'}`
  | `scope.reject.${'scope_out' | 'scope_in_miss' | 'root_not_allowed'}`
  | `scope.no_authority.${'unbound' | 'binding_one_sided'}`
  | `scope.invalid_path.${InvalidPath}`;

type Zones = Pick<Policy, 'non_governed_zones' | 'root_passthrough'>;

/** CAWS' own decision for one path, with its exemption of `.caws` and `.claude`. */
export function evaluatePath(path: unknown, binding: Binding, policy: Zones): ScopeDecision {
  const normal = normalizePath(path);
  if (!normal.ok) {
    return { kind: 'invalid_path', rule: `scope.invalid_path.${normal.why}`, bindingState: binding.kind };
  }
  const normalizedPath = normal.path;
  if (binding.kind !== 'bound') {
    const why = binding.kind === 'unbound' ? 'unbound' : 'binding_one_sided';
    return {
      kind: 'no_authority',
      rule: `scope.no_authority.${why}`,
      normalizedPath,
      bindingState: binding.kind,
    };
  }
  const rule = isInfra(normalizedPath)
    ? 'scope.admit.infra_exempt'
    : ruleFor(normalizedPath, binding.spec.scope, policy);
  return { kind: kindOf(rule), rule, normalizedPath, bindingState: 'bound' };
}

/**
 * Arbiter's decision for one changed path. The same order as CAWS, without the exemption: with it an agent could widen its
 * own limits in the change that is being judged. `zones` come from the policy of the base commit.
 */
export function decideScope(path: unknown, scope: SpecScope, zones: Zones = {}): ScopeDecision {
  const normal = normalizePath(path);
  if (!normal.ok)
    return { kind: 'invalid_path', rule: `scope.invalid_path.${normal.why}`, bindingState: 'bound' };
  const rule = ruleFor(normal.path, scope, zones);
  return { kind: kindOf(rule), rule, normalizedPath: normal.path, bindingState: 'bound' };
}

function isInfra(path: string): boolean {
  return isInside('.caws', path) || isInside('.claude', path);
}

function ruleFor(path: string, scope: SpecScope, zones: Zones): ScopeRule {
  if (matchesAny(zones.non_governed_zones, path)) return 'scope.admit.non_governed_zone';
  if ((scope.out ?? []).some((entry) => isInside(entry, path))) return 'scope.reject.scope_out';
  const atRoot = !path.includes('/');
  if (atRoot && (zones.root_passthrough ?? []).includes(path)) return 'scope.admit.root_passthrough';
  if (matchesAny(scope.in, path)) return 'scope.admit.scope_in';
  if (matchesAny(scope.support, path)) return 'scope.admit.scope_support';
  return atRoot ? 'scope.reject.root_not_allowed' : 'scope.reject.scope_in_miss';
}

function kindOf(rule: ScopeRule): 'admit' | 'reject' {
  return rule.startsWith('scope.admit.') ? 'admit' : 'reject';
}

function matchesAny(entries: readonly string[] | undefined, path: string): boolean {
  return entries?.some((entry) => matchesEntry(entry, path)) ?? false;
}

const GLOB = /[*?[\](){}!@+|]/;

/** A longer path, or one with a longer name than file systems hold, matches no glob; plain prefixes are compared at any length. */
const MAX_GLOBBED_PATH = 1_024;
const MAX_NAME = 255;

/** One entry of scope.in, scope.support or non_governed_zones: a glob if it looks like one, else a path prefix. */
export function matchesEntry(entry: string, path: string): boolean {
  if (!GLOB.test(entry)) return isInside(entry, path);
  if (path.length > MAX_GLOBBED_PATH || path.split('/').some((part) => part.length > MAX_NAME)) return false;
  return whyUnsafe(entry) === null && matcher(entry)(path);
}

/**
 * Why a glob cannot be matched in bounded time, or null. A glob becomes a backtracking regular expression (picomatch hands
 * parentheses, and `+` behind a class or a group, through to it), and both the glob and the path come from strangers. What is
 * unsafe matches nothing.
 */
export function whyUnsafe(entry: string): string | null {
  if (!GLOB.test(entry)) return null;
  if (entry.length > 256) return 'a glob may be at most 256 characters long';
  if (/[()]/.test(entry)) return 'parentheses are not supported; write `*` in their place';
  if (/[\]}]\+/.test(entry)) return '`+` behind `]` or `}` is not supported';
  const segments = entry.split('/');
  const crowded = segments.some((part) => part !== '**' && (part.match(/\*+/g) ?? []).length > 2);
  if (crowded) return 'a path segment of a glob may have at most 2 `*`';
  if (segments.filter((part) => part !== '**' && (part.match(/\*+/g) ?? []).length > 1).length > 2) {
    return 'a glob may have at most 2 path segments with two `*`';
  }
  if (segments.filter((part) => part.includes('**')).length > 2) return 'a glob may have at most 2 `**`';
  if ((entry.match(/\{/g) ?? []).length > 2) return 'a glob may have at most 2 `{…}` groups';
  return null;
}

const matchers = new Map<string, (path: string) => boolean>();
const MAX_MATCHERS = 2_000;

function matcher(entry: string): (path: string) => boolean {
  const known = matchers.get(entry);
  if (known !== undefined) return known;
  if (matchers.size >= MAX_MATCHERS) matchers.clear();
  const made = picomatch(entry, { dot: true });
  matchers.set(entry, made);
  return made;
}

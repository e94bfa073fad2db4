import { load, CORE_SCHEMA, YAMLException } from 'js-yaml';
import type { LoadOptions } from 'js-yaml';
import type { Diagnostic, Place } from './diagnostic.js';
import { errorAt, pointerTo } from './diagnostic.js';

/** What a document may cost before it is refused unread (law 13). */
export const YAML_LIMITS = {
  bytes: 256 * 1024,
  depth: 64,
  /** Nodes with every alias written out: a bomb of nested aliases reaches this at once. */
  expandedNodes: 100_000,
  aliases: 1_000,
} as const;

export type YamlResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly diagnostic: Diagnostic };

/** Names of the rules one kind of document reports under. */
export interface YamlRules {
  readonly what: string;
  /** `spec.yaml` or `policy.yaml`: CAWS' own ids. */
  readonly yaml: string;
  /** `arbiter.spec` or `arbiter.policy`: our limits. */
  readonly limits: string;
}

interface Refusal {
  readonly rule: string;
  readonly message: string;
  readonly repair: string;
  /** A key that is not allowed, and the keys that lead to its object. */
  readonly key?: string;
  readonly path?: readonly string[];
}

class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

// js-yaml hands its parser state to the listener; the published types name only a part of it.
interface ParserState {
  readonly kind: string | null;
  readonly result: unknown;
}
type Options = LoadOptions & { maxDepth: number };

const PROTOTYPE_KEYS = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Reads one YAML document with js-yaml's CORE_SCHEMA (timestamps stay strings, as CAWS reads them) within {@link YAML_LIMITS}.
 * Never throws and never takes long: size is checked first, depth and alias costs while parsing.
 */
export function readYaml(text: string, rules: YamlRules): YamlResult {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > YAML_LIMITS.bytes) {
    return refused(rules, {
      rule: 'too_large',
      message: `the ${rules.what} is ${bytes} bytes; at most ${YAML_LIMITS.bytes} are read`,
      repair: `Shorten the ${rules.what} to ${YAML_LIMITS.bytes} bytes or split the work.`,
    });
  }
  try {
    const value = load(text, options(rules.what));
    if (value === undefined || value === null) {
      return wrong(
        rules,
        'empty_document',
        `the ${rules.what} is empty`,
        {},
        'Write the document: a YAML mapping.',
      );
    }
    if (typeof value !== 'object' || Array.isArray(value)) {
      const found = Array.isArray(value) ? 'a sequence' : `a ${typeof value}`;
      const repair = 'Begin with `key: value` lines at the left margin.';
      return wrong(rules, 'not_an_object', `the ${rules.what} must be a mapping; found ${found}`, {}, repair);
    }
    const refusal = tooMuch(value, rules.what);
    return refusal === null ? { ok: true, value } : refused(rules, refusal);
  } catch (error) {
    return failure(error, rules);
  }
}

function options(what: string): Options {
  let aliases = 0;
  let aliased = 0;
  return {
    schema: CORE_SCHEMA,
    // js-yaml counts up to two levels more than there are collections; the walk over the result is exact.
    maxDepth: YAML_LIMITS.depth + 2,
    // An alias to a collection closes without a kind. A collection used as a key is turned into a string each time, so its size counts.
    listener: (event, state) => {
      if (event !== 'close') return;
      const { kind, result } = state as unknown as ParserState;
      if (kind !== null || typeof result !== 'object' || result === null) return;
      aliases += 1;
      aliased += Object.keys(result).length;
      if (aliases > YAML_LIMITS.aliases || aliased > YAML_LIMITS.expandedNodes) throw new Refused(bomb(what));
    },
  };
}

/** Walks the parsed graph with aliases written out; a cycle ends at the depth limit. */
function tooMuch(root: object, what: string): Refusal | null {
  let nodes = 0;
  const visit = (value: unknown, depth: number): Refusal | null => {
    nodes += 1;
    if (nodes > YAML_LIMITS.expandedNodes) return bomb(what);
    if (typeof value !== 'object' || value === null) return null;
    if (depth > YAML_LIMITS.depth) return tooDeep(what);
    for (const [key, child] of Object.entries(value)) {
      if (PROTOTYPE_KEYS.has(key) && !Array.isArray(value)) return prototypeKey(what, key);
      const refusal = visit(child, depth + 1);
      // The path is put together on the way back, so that a good document does not pay for it.
      if (refusal !== null) return { ...refusal, path: [key, ...(refusal.path ?? [])] };
    }
    return null;
  };
  return visit(root, 1);
}

function bomb(what: string): Refusal {
  return {
    rule: 'alias_expansion',
    message: `the ${what} has more than ${YAML_LIMITS.expandedNodes} values, or ${YAML_LIMITS.aliases} aliases of collections, once its aliases are written out`,
    repair: 'Write the repeated part out where it is needed instead of using `*aliases`.',
  };
}

function tooDeep(what: string): Refusal {
  return {
    rule: 'too_deep',
    message: `the ${what} is nested deeper than ${YAML_LIMITS.depth} levels`,
    repair: 'Remove the nested brackets, or the alias that contains itself.',
  };
}

function prototypeKey(what: string, key: string): Refusal {
  return {
    rule: 'prototype_key',
    message: `the ${what} has the key \`${key}\`, which is not allowed anywhere`,
    repair: `Remove \`${key}\`.`,
    key,
  };
}

function failure(error: unknown, rules: YamlRules): YamlResult {
  if (error instanceof Refused) return refused(rules, error.refusal);
  if (error instanceof RangeError) return refused(rules, tooDeep(rules.what));
  if (!(error instanceof YAMLException)) {
    const message = error instanceof Error ? error.message : String(error);
    return wrong(
      rules,
      'parse_failed',
      `the ${rules.what} cannot be read: ${message}`,
      {},
      'Write plain YAML.',
    );
  }
  if (error.reason.startsWith('nesting exceeded')) return refused(rules, tooDeep(rules.what));
  const mark = error.mark as { line: number; column: number } | null | undefined;
  const place: Place = mark ? { line: mark.line + 1, column: mark.column + 1 } : {};
  return wrong(
    rules,
    'parse_failed',
    `the ${rules.what} is not valid YAML: ${error.reason}`,
    place,
    yamlRepair(error.reason, place),
  );
}

function yamlRepair(reason: string, place: Place): string {
  const where = place.line === undefined ? 'the place named' : `line ${place.line}`;
  if (reason.includes('duplicated mapping key'))
    return `Keep one of the two keys; the second is at ${where}.`;
  if (reason.includes('single document')) return 'Keep one document: remove `---` and what follows it.';
  if (reason.includes('tab')) return `Indent with spaces at ${where}.`;
  return `Correct the YAML at ${where}; quote text that holds \`: \`, \`#\`, \`[\` or \`{\`.`;
}

function refused(rules: YamlRules, refusal: Refusal): YamlResult {
  const { rule, message, repair, key } = refusal;
  const path = key === undefined ? [] : (refusal.path ?? []);
  const place = { pointer: pointerTo(path), ...(key === undefined ? {} : { key }) };
  return { ok: false, diagnostic: errorAt(`${rules.limits}.${rule}`, message, place, repair) };
}

function wrong(rules: YamlRules, rule: string, message: string, place: Place, repair: string): YamlResult {
  return { ok: false, diagnostic: errorAt(`${rules.yaml}.${rule}`, message, place, repair) };
}

import type { DeskSettings } from '../../events/generated/events.js';

/** What an amount may be of. `points` are hundredths of a percentage point. */
export const DIMENSIONS = ['files', 'lines', 'points'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** How a clause may be waived. */
export interface ClauseRule {
  /** Shorter at most, and by more approvers. */
  readonly critical: boolean;
  /** A waiver must say by how much; empty: there is nothing to measure. */
  readonly measures: readonly Dimension[];
  /** A waiver must say where. */
  readonly paths: boolean;
}

const rule = (over: Partial<ClauseRule> = {}): ClauseRule => ({
  critical: false,
  measures: [],
  paths: false,
  ...over,
});

/** A clause that is not listed cannot be waived: what Arbiter rests on itself, and whatever it does not know. */
const RULES: Readonly<Record<string, ClauseRule>> = {
  'caws.budget': rule({ measures: ['files', 'lines'] }),
  'caws.scope': rule({ critical: true, paths: true }),
  'caws.spec.semantics': rule({ critical: true }),
  'arbiter.rules': rule(),
  'arbiter.self_amendment': rule({ critical: true, paths: true }),
  'arbiter.submodules': rule({ critical: true, paths: true }),
};

/** What a gate measures. */
const GATES: Readonly<Record<string, ClauseRule>> = {
  coverage: rule({ measures: ['points'] }),
  mutation: rule({ measures: ['points'] }),
  security: rule({ critical: true }),
  secrets: rule({ critical: true }),
  dependencies: rule({ critical: true }),
};

/** `arbiter.gate.<name>` is the command of a gate, `arbiter.gate.<name>.<kind>` one of its measures. */
const GATE = /^(?:arbiter\.)?gate\.[A-Za-z0-9_-]{1,64}(?:\.([a-z-]{1,32}))?$/;

const builtIn = (clause: string): ClauseRule | undefined => {
  if (Object.hasOwn(RULES, clause)) return RULES[clause];
  const gate = GATE.exec(clause);
  if (gate === null) return undefined;
  const kind = gate[1] ?? '';
  return Object.hasOwn(GATES, kind) ? GATES[kind] : rule();
};

/** How the clause may be waived; undefined: never. Settings may add to what is critical or never waived, not take away. */
export const clauseRule = (
  clause: string,
  settings?: Pick<DeskSettings, 'criticalClauses' | 'nonWaivableClauses'>,
): ClauseRule | undefined => {
  const found = builtIn(clause);
  if (found === undefined || settings?.nonWaivableClauses.includes(clause) === true) return undefined;
  return settings?.criticalClauses.includes(clause) === true ? { ...found, critical: true } : found;
};

/** Whether a waiver can cure the clause at all. */
export const isWaivable = (clause: string): boolean => builtIn(clause) !== undefined;

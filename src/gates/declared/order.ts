import type { Spec, Tier } from '../../caws/model.js';
import { matchesEntry } from '../../caws/scope.js';
import type { DeclaredEvidence, DeclaredGate, GatesFile } from './file.js';
import { DEFAULT_THRESHOLDS, type Format, type Kind } from './kinds.js';

/** One acceptance criterion, and how its tests are found. */
export interface WantedCriterion {
  readonly id: string;
  /** Ids of tests as the spec names them; empty: by the criterion's id in the name of a test. */
  readonly nodeids: readonly string[];
  /** Its `test_command` is the command of this gate: every test of the report is its test. */
  readonly whole: boolean;
}

export interface Measure {
  readonly kind: Kind;
  readonly format: Format;
  readonly path: string | null;
  readonly severity: 'MUST' | 'SHOULD';
  readonly thresholds: Readonly<Record<string, number>>;
  readonly sources: readonly string[];
  readonly onlyAddedLines: boolean;
  /** Criteria whose tests are looked for in this report. */
  readonly criteria: readonly WantedCriterion[];
}

/** One gate to run, complete: whoever runs it needs nothing else of the policy. */
export interface GateOrder {
  readonly gate: string;
  /** Its own clause: that it could be run. Each measure has a clause of its own below it. */
  readonly clause: string;
  readonly title: string;
  readonly severity: 'MUST' | 'SHOULD';
  readonly tier: Tier;
  readonly setup: readonly (readonly string[])[];
  /** Empty: there is nothing to run. */
  readonly command: readonly string[];
  readonly exitCodes: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly network: boolean;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Globs of files that are taken from the base commit, whatever the result holds there. */
  readonly fromBase: readonly string[];
  readonly trustedKeys: readonly string[];
  readonly contracts: readonly {
    readonly name: string;
    readonly path: string;
    readonly mayChange: boolean;
  }[];
  readonly measures: readonly Measure[];
}

/** Paths of one entry of the diff. */
export interface ChangedPath {
  readonly path: string;
  readonly oldPath: string | null;
}

const TIMEOUT_SECONDS = 600;
const MEMORY_MB = 2048;

/**
 * The gates that this work must pass, in the order of the file: those of its tier, whose paths it touches. Pure; everything
 * comes from the spec and from the file at the base commit.
 */
export function orderGates(
  spec: Spec,
  file: GatesFile,
  changes: readonly ChangedPath[],
): readonly GateOrder[] {
  const touched = [
    ...new Set(changes.flatMap(({ path, oldPath }) => (oldPath === null ? [path] : [oldPath, path]))),
  ];
  const applicable = Object.entries(file.gates).filter(([, gate]) => applies(gate, spec.risk_tier, touched));
  const keys = Object.values(file.trusted_keys ?? {});
  const criteria = assignCriteria(spec, applicable);
  return applicable.map(([name, gate]) => orderOf(name, gate, spec, keys, criteria.get(name) ?? []));
}

/** Whether a gate is for this tier and for any of these paths. */
export function applies(gate: DeclaredGate, tier: Tier, touched: readonly string[]): boolean {
  if (gate.tiers !== undefined && !gate.tiers.includes(tier)) return false;
  return gate.paths?.some((glob) => touched.some((path) => matchesEntry(glob, path))) ?? true;
}

function orderOf(
  name: string,
  gate: DeclaredGate,
  spec: Spec,
  keys: readonly string[],
  criteria: readonly WantedCriterion[],
): GateOrder {
  const measures = gate.evidence.map((each) => measureOf(each, spec.risk_tier, criteria));
  const signed = measures.some(({ format }) => format === 'attestation');
  return {
    gate: name,
    clause: `arbiter.gate.${name}`,
    title: gate.title ?? `Gate ${name}: ${measures.map(({ kind }) => kind).join(', ')}`,
    severity: measures.some(({ severity }) => severity === 'MUST') ? 'MUST' : 'SHOULD',
    tier: spec.risk_tier,
    setup: gate.setup ?? [],
    command: gate.command ?? [],
    exitCodes: gate.exit_codes ?? [0],
    environment: gate.environment ?? {},
    network: gate.network ?? false,
    timeoutMs: (gate.timeout_seconds ?? TIMEOUT_SECONDS) * 1000,
    memoryMb: gate.memory_mb ?? MEMORY_MB,
    fromBase: gate.from_base ?? [],
    trustedKeys: signed ? keys : [],
    contracts: measures.some(({ format }) => format === 'files') ? contractsOf(spec) : [],
    measures,
  };
}

function measureOf(declared: DeclaredEvidence, tier: Tier, criteria: readonly WantedCriterion[]): Measure {
  const own = Object.entries(declared.thresholds ?? {}).flatMap(([name, value]) => {
    const limit = typeof value === 'number' ? value : value[`${tier}`];
    return limit === undefined ? [] : [[name, limit] as const];
  });
  const usual = Object.entries(DEFAULT_THRESHOLDS[declared.kind]).map(
    ([name, by]) => [name, by[tier]] as const,
  );
  return {
    kind: declared.kind,
    format: declared.format,
    path: declared.path ?? null,
    severity: declared.severity === 'should' ? 'SHOULD' : 'MUST',
    thresholds: Object.fromEntries([...usual, ...own]),
    sources: declared.sources ?? [],
    onlyAddedLines: declared.findings === 'added-lines',
    criteria: declared.kind === 'tests' ? criteria : [],
  };
}

/**
 * Where the tests of each acceptance criterion are looked for. A `test_command` is never run: it names the gate with that very
 * command, so that the text of a spec starts nothing. All others belong to the report marked `acceptance`, or to the first with tests.
 */
function assignCriteria(
  spec: Spec,
  gates: readonly (readonly [string, DeclaredGate])[],
): ReadonlyMap<string, readonly WantedCriterion[]> {
  const tested = gates.filter(([, gate]) => gate.evidence.some(({ kind }) => kind === 'tests'));
  const main = tested.find(([, gate]) => gate.evidence.some((each) => each.acceptance === true)) ?? tested[0];
  const assigned = new Map<string, WantedCriterion[]>();
  for (const { id, test_command: command, test_nodeids: nodeids = [] } of spec.acceptance) {
    const named =
      command === undefined ? undefined : tested.find(([, gate]) => isCommand(command, gate.command));
    const whole = named !== undefined && nodeids.length === 0;
    const place = named ?? main;
    if (place === undefined) continue;
    assigned.set(place[0], [...(assigned.get(place[0]) ?? []), { id, nodeids, whole }]);
  }
  return assigned;
}

function isCommand(text: string, argv: readonly string[] | undefined): boolean {
  return argv !== undefined && text.trim().replace(/\s+/gu, ' ') === argv.join(' ');
}

/** A contract changes with a feature only (CAWS: refactor and fix leave contracts as they are), and only where scope.in names it. */
function contractsOf(spec: Spec): GateOrder['contracts'] {
  const { scope, mode } = spec;
  return spec.contracts.flatMap(({ name, path }) => {
    if (path === undefined) return [];
    const mayChange = mode === 'feature' && scope.in.some((entry) => matchesEntry(entry, path));
    return [{ name, path, mayChange }];
  });
}

import type { ClauseResult, FailureClass, GateReported, GateStarted } from '../../events/generated/events.js';
import {
  EVIDENCE_LIMITS,
  judgeGate,
  orderFromLog,
  type ChangeFacts,
  type Evidence,
  type GateOrder,
  type GateResult,
} from '../../gates/index.js';
import { matchesEntry } from '../../caws/index.js';
import {
  GitError,
  type CheckoutChanges,
  type FetchedCommit,
  type GitStore,
  type Stores,
} from '../../platform/git/index.js';
import {
  readEvidenceFile,
  runGateCommand,
  type CommandRun,
  type EvidenceStore,
  type GateCommandOptions,
  type GateFolders,
} from '../../runners/gate-command/index.js';
import { fetchAttestation } from './attestations.js';
import { changeFacts } from './change-facts.js';

export type GateAnswer = Omit<GateReported, 'meta'>;

export interface GateRunner {
  readonly stores: Stores;
  readonly folders: GateFolders;
  readonly evidence: EvidenceStore;
  readonly command: GateCommandOptions;
  /** Does the work when it is its turn: git and commands are bounded, waiting is not. */
  readonly slot: <T>(work: () => Promise<T>) => Promise<T>;
  readonly looks: <T>(work: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

const MOST_VIOLATIONS = 60;

/**
 * Runs one gate over a result and judges it. What Arbiter's own surroundings keep from being done is thrown, to be asked again; all else is
 * an answer.
 */
export async function runGate(ask: GateStarted, runner: GateRunner): Promise<GateAnswer> {
  const begun = Date.now();
  const read = orderFromLog(ask.order);
  const { repository, commit, baseCommit } = ask;
  if (read === null) return unrunnable(ask, 'the order in the log is not whole');
  if (repository === null || commit === null || baseCommit === null) {
    return unrunnable(ask, 'the task has no workspace, so there is nothing to run a gate over');
  }
  const order = { ...read, timeoutMs: Math.min(read.timeoutMs, ask.order.timeoutMs) };
  try {
    const store = await runner.stores.of(repository);
    const { facts, gathered, until } = await runner.slot(async () => {
      await fetchResult(store, { commit, base: baseCommit, ...(ask.ref === null ? {} : { ref: ask.ref }) });
      const { facts, baseModes } = await changeFacts(order, store, baseCommit, commit);
      // Command and waiting share the order's time: the saga gives no more.
      const until = Date.now() + order.timeoutMs;
      return {
        facts,
        until,
        gathered: await runAndTake(order, store, { commit, baseCommit, baseModes }, runner),
      };
    });
    const { run, root } = gathered;
    const evidence = await withAttested(gathered.evidence, order, store, { commit, until }, runner);
    const change: ChangeFacts = { ...facts, root };
    const result = await judgeGate(order, { command: run?.end ?? null, evidence, change });
    return answer(ask, result, evidence, order, run, Date.now() - begun);
  } catch (error) {
    // What no later attempt would find otherwise is an answer.
    if (error instanceof GitError && !error.transient)
      return unrunnable(ask, `${error.code}: ${error.message}`);
    if (error instanceof RangeError) return unrunnable(ask, error.message);
    throw error;
  }
}

/** The constitution has fetched it into the same store, unless it ran on another machine. */
async function fetchResult(store: GitStore, want: FetchedCommit): Promise<void> {
  try {
    await store.resolve(want.commit);
  } catch {
    await store.fetchCommit(want);
  }
}

interface Compared {
  readonly commit: string;
  readonly baseCommit: string;
  readonly baseModes: ReadonlyMap<string, string | null>;
}

interface Gathered {
  readonly run: CommandRun | null;
  readonly evidence: readonly (Evidence | null)[];
  readonly root: string | null;
}

/** Runs the command, if there is one, and takes what it left. */
async function runAndTake(
  order: GateOrder,
  store: GitStore,
  { commit, baseCommit, baseModes }: Compared,
  { folders, evidence: kept, command, signal }: GateRunner,
): Promise<Gathered> {
  if (order.command.length === 0) return { run: null, evidence: order.measures.map(() => null), root: null };
  const folder = await folders.make();
  try {
    await store.checkout(commit, folder.work, await checkoutChanges(order, store, baseCommit, baseModes));
    const run = await runGateCommand(order, folder, command, signal);
    const evidence = await Promise.all(
      order.measures.map(async ({ path }): Promise<Evidence | null> => {
        if (path === null || run.end.end !== 'exited') return null;
        const file = await readEvidenceFile(folder.work, path, run.startedAt, EVIDENCE_LIMITS.bytes);
        return file.ok ? keep(kept, file.bytes) : { found: false, problem: file.problem };
      }),
    );
    return { run, evidence, root: folder.work };
  } finally {
    await folder.remove();
  }
}

const keep = async (kept: EvidenceStore, bytes: Buffer): Promise<Evidence> => ({
  found: true,
  bytes,
  sha256: await kept.put(bytes),
});

/** Waits for what others sign, without a slot: that may take hours, and needs nothing here. */
async function withAttested(
  evidence: readonly (Evidence | null)[],
  { gate, measures }: GateOrder,
  store: GitStore,
  { commit, until }: { readonly commit: string; readonly until: number },
  { evidence: kept, looks, signal }: GateRunner,
): Promise<readonly (Evidence | null)[]> {
  if (measures.every(({ format }) => format !== 'attestation')) return evidence;
  const found = await fetchAttestation(store, { commit, gate, until }, { looks, signal });
  const attested: Evidence =
    'bytes' in found ? await keep(kept, found.bytes) : { found: false, problem: found.problem };
  return evidence.map((each, index) => (measures[index]?.format === 'attestation' ? attested : each));
}

/** Reports that somebody has committed are left out; files that the policy wants from the base are put back. */
async function checkoutChanges(
  { measures, fromBase }: GateOrder,
  store: GitStore,
  base: string,
  baseModes: ReadonlyMap<string, string | null>,
): Promise<CheckoutChanges> {
  const without = measures.flatMap(({ path }) => (path === null ? [] : [path]));
  const restored: { path: string; mode: string; id: string }[] = [];
  for (const [path, mode] of baseModes) {
    if (!fromBase.some((glob) => matchesEntry(glob, path))) continue;
    const id = mode === null ? null : await store.idOf(base, path);
    if (mode === null || id === null) without.push(path);
    else restored.push({ path, mode, id });
  }
  return { without, restored };
}

function answer(
  { order: { gate } }: GateStarted,
  result: GateResult,
  evidence: readonly (Evidence | null)[],
  order: GateOrder,
  run: CommandRun | null,
  durationMs: number,
): GateAnswer {
  const named = evidence.flatMap((each, index) =>
    each?.found === true
      ? [{ name: `${gate}.${order.measures[index]?.kind ?? ''}`, sha256: each.sha256 }]
      : [],
  );
  return {
    outcome: result.outcome,
    failureClass: result.failure,
    gate,
    measured: result.measured,
    evidence: named,
    clauses: result.clauses.map((clause) => ({
      ...clause,
      waivers: [],
      evidence: named.filter(({ name }) => clause.id.endsWith(`.${name}`)),
    })),
    violations: result.violations.slice(0, MOST_VIOLATIONS),
    exitCode: run?.end.exitCode ?? null,
    durationMs,
    output: run?.output ?? '',
  };
}

/** Asked for what can not be: that is nobody's doing but ours, and no pass. */
function unrunnable({ order: { gate, clause, title } }: GateStarted, message: string): GateAnswer {
  const failureClass: FailureClass = 'CONSTITUTION';
  const own: ClauseResult = {
    id: clause,
    title,
    severity: 'MUST',
    result: 'NOT_EVALUATED',
    message,
    observed: {},
    waivers: [],
    evidence: [],
  };
  const violation = {
    rule: 'arbiter.gate.order',
    path: '/',
    message,
    repair: 'Report this: it is a fault of Arbiter.',
  };
  return {
    outcome: 'FAIL',
    failureClass,
    gate,
    measured: {},
    evidence: [],
    clauses: [own],
    violations: [violation],
    exitCode: null,
    durationMs: 0,
    output: '',
  };
}

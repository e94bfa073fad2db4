import type {
  ClauseResult,
  GateFinished,
  GateOrder,
  GateReported,
  ResultVerified,
  TasksEvents,
} from '../../events/generated/events.js';
import { orderFromLog } from '../../gates/declared/logged.js';
import { fallsShort } from '../constitution/waivable.js';
import { repeatAfterError } from './asks.js';
import { after, bodyAt, emit, known, taskOf, type Draft } from './draft.js';
import { waivedForSpec } from './approved-spec.js';
import { resultInReserve } from './race.js';
import { concludeResult } from './result.js';
import { waitFor } from './waivers.js';

type Started = TasksEvents['GateStarted'];
type StartedHead = Omit<Started, 'meta' | 'taskId' | 'index' | 'of' | 'order'>;

/** Longest output of a gate that an event keeps. */
const MOST_OUTPUT = 4096;

/** The diff is judged and gates are left: the first of them is asked for. */
export const checkFacts = (draft: Draft, fact: ResultVerified, passed: boolean): void => {
  const { ask, approval, assignment } = taskOf(draft);
  if (ask === null || approval === null || assignment === null) return;
  const asked = bodyAt(draft, ask.offset) as TasksEvents['VerificationStarted'] | undefined;
  if (asked === undefined) return;
  const { commit, subject, diff, changes, clauses, violations, gates, waiverWaitMs } = fact;
  const { policySha256, constitutionSha256 } = fact;
  const token = known(draft, assignment.token);
  emit(draft, 'FactsChecked', {
    token,
    outcome: passed ? 'PASS' : 'FAIL',
    ...{ commit, subject, diff, changes, clauses, violations, gates, waiverWaitMs },
    ...{ policySha256, constitutionSha256 },
  });
  const { attempt, agentId, taskType, repository, baseCommit, spec, specSha256, result } = asked;
  const { ref, resultSha256 } = result;
  const head = {
    ...{ token, attempt, agentId, taskType, repository, commit, ref, baseCommit },
    ...{ resultSha256, spec, specSha256, riskTier: approval.riskTier, policySha256, constitutionSha256 },
  };
  startGate(draft, head, gates, 0);
};

const startGate = (draft: Draft, head: StartedHead, gates: readonly GateOrder[], index: number): void => {
  const order = gates[index];
  if (order === undefined) return;
  const { gateMs, timers } = draft.situation.limits;
  const timeoutMs = Math.min(Math.max(1, order.timeoutMs), gateMs);
  const ask = { ...head, index, of: gates.length, order: { ...order, timeoutMs } };
  emit(draft, 'GateStarted', ask, after(draft, timeoutMs + timers.running_gates));
};

/** Answer to GateStarted: the next gate, or what facts and gates come to together. */
export const gateReported = (draft: Draft, fact: GateReported): void => {
  const { ask, gates } = taskOf(draft);
  if (ask === null || gates === null) return;
  if (isOutage(fact) && repeatAfterError(draft, fact.meta)) return;
  const started = bodyAt(draft, ask.offset) as Started | undefined;
  const facts = bodyAt(draft, gates.facts) as TasksEvents['FactsChecked'] | undefined;
  const isLast = gates.index + 1 >= gates.of;
  const earlier = isLast ? finishedSoFar(draft, gates.finished) : [];
  // Everything that the conclusion needs is asked for at once.
  const waived = isLast ? waivedForSpec(draft) : [];
  if (isLast) resultInReserve(draft);
  if (started === undefined || facts === undefined || earlier === undefined || waived === undefined) return;
  const finished = finishedBy(started, fact);
  emit(draft, 'GateFinished', finished);
  if (!isLast) return startGate(draft, headOf(started), facts.gates, gates.index + 1);
  concludeGates(draft, facts, [...earlier, finished]);
};

/** A gate that could not be run, and that is nobody's doing. */
const isOutage = ({ outcome, failureClass }: GateReported): boolean =>
  outcome !== 'PASS' &&
  outcome !== 'FAIL' &&
  (failureClass === null || failureClass === 'INFRASTRUCTURE' || failureClass === 'UNKNOWN');

const finishedSoFar = (draft: Draft, offsets: readonly number[]): readonly GateFinished[] | undefined => {
  const bodies = offsets.map((offset) => bodyAt(draft, offset) as GateFinished | undefined);
  const there = bodies.filter((body) => body !== undefined);
  return there.length === bodies.length ? there : undefined;
};

const headOf = (started: Started): StartedHead => {
  const { meta: _meta, index: _index, of: _of, order: _order, ...rest } = started;
  const { taskId: _taskId, ...head } = rest;
  return head;
};

type Finished = Omit<GateFinished, 'meta' | 'taskId'>;

/**
 * The outcome of a gate as it counts. The gate's own clause stands in it with the severity that was ordered, and is a pass
 * only if the whole answer is one: an answer can not leave it out, soften it or waive it (law 10, D-15).
 */
const finishedBy = ({ token, index, of, order }: Started, fact: GateReported): Finished => {
  const { outcome, measured, evidence, violations, exitCode, durationMs, output } = fact;
  const severity = order.severity === 'SHOULD' ? 'SHOULD' : 'MUST';
  const own = fact.clauses.find(({ id }) => id === order.clause) ?? missing(order);
  const others = measuresOf(
    order,
    fact.clauses.filter(({ id }) => id !== order.clause),
  ).map(asReported);
  const standing = [asReported(own), ...others].some(fallsShort);
  const result = isOutage(fact) ? 'ERROR' : outcome === 'PASS' || standing ? asReported(own).result : 'FAIL'; // It did not pass, and no clause says why.
  const clauses = [{ ...own, severity, result, waivers: [] } as const, ...others];
  return {
    ...{ token, index, of, gate: order.gate, outcome, measured, evidence, violations, exitCode, durationMs },
    failureClass: isOutage(fact) ? 'INFRASTRUCTURE' : fact.failureClass,
    clauses: clauses.map((clause) => withShortfall(clause, order, measured)),
    output: output.slice(-MOST_OUTPUT),
  };
};

/** The clauses below the gate's own: one for every measure of the order, with the severity that was ordered (law 10, D-15). */
const measuresOf = (order: GateOrder, reported: readonly ClauseResult[]): readonly ClauseResult[] => {
  const severities = new Map<string, ClauseResult['severity']>(
    (orderFromLog(order)?.measures ?? []).map(({ kind, severity }) => [`${order.clause}.${kind}`, severity]),
  );
  const known = new Set(reported.map(({ id }) => id));
  const leftOut = [...severities.keys()].filter((id) => !known.has(id));
  const added = leftOut.map((id) => ({
    ...missing(order),
    id,
    title: id,
    message: 'the gate said nothing about this measure',
  }));
  return [...reported, ...added].map((one) => ({ ...one, severity: severities.get(one.id) ?? one.severity }));
};

/** Kinds whose figures are percentages, and whose waivers grant points. */
const SHARES: ReadonlySet<string> = new Set(['coverage', 'mutation']);

/** Figures beside their thresholds, as shares of one: what a waiver would have to grant can be told from the clause alone. */
const withShortfall = (
  clause: ClauseResult,
  { clause: gate, thresholds }: GateOrder,
  measured: GateReported['measured'],
): ClauseResult => {
  const kind = clause.id.startsWith(`${gate}.`) ? clause.id.slice(gate.length + 1) : '';
  if (!SHARES.has(kind)) return clause;
  const observed: Record<string, string> = { ...clause.observed };
  for (const [key, limit] of Object.entries(thresholds)) {
    if (!key.startsWith(`${kind}.`)) continue;
    const name = key.slice(kind.length + 1);
    if (kind === 'mutation' && name !== 'score') {
      // A count: no points make up for one that is exceeded, and one that is kept needs none.
      if ((measured[key] ?? Number.NaN) <= limit) continue;
      observed[`threshold.${name}`] = 'none';
      observed[`measured.${name}`] = 'none';
      continue;
    }
    observed[`threshold.${name}`] = asShare(limit);
    // A change without a line that could be reached has no figure, and keeps the threshold.
    const unmeasured = key === 'coverage.changed_lines' && measured[`${kind}.changed_lines_total`] === 0;
    observed[`measured.${name}`] = asShare(measured[key] ?? (unmeasured ? limit : Number.NaN));
  }
  return { ...clause, observed };
};

/** What is no percentage stays no share, so that no waiver can be large enough for it. */
const asShare = (percent: number): string =>
  percent >= 0 && percent <= 100 ? String(Number((percent / 100).toFixed(6))) : 'none';

const missing = (order: GateOrder): ClauseResult => ({
  id: order.clause,
  title: order.title || `Gate ${order.gate}`,
  severity: 'MUST',
  result: 'NOT_EVALUATED',
  message: 'the gate said nothing about its own clause',
  observed: {},
  waivers: [],
  evidence: [],
});

/** Only the saga waives. */
const asReported = (clause: ClauseResult): ClauseResult =>
  clause.result === 'WAIVED' ? { ...clause, result: 'UNKNOWN', waivers: [] } : clause;

const concludeGates = (
  draft: Draft,
  facts: TasksEvents['FactsChecked'],
  finished: readonly Finished[],
): void => {
  const clauses = [...facts.clauses, ...finished.flatMap((gate) => gate.clauses)];
  const violations = [...facts.violations, ...finished.flatMap((gate) => gate.violations)];
  const broken = clauses.filter(fallsShort);
  const passed = facts.outcome === 'PASS' && broken.length === 0;
  // Nobody's doing only where nothing else is broken: a program that never ends is its author's.
  const standing = finished.filter((gate) => gate.clauses.some(fallsShort));
  const outages = standing.filter(({ failureClass }) => failureClass === 'INFRASTRUCTURE');
  const error = facts.outcome === 'PASS' && !passed && outages.length === standing.length;
  const rejection = { outcome: 'FAIL' as const, clauses, violations };
  concludeResult(draft, {
    ...facts,
    clauses,
    violations,
    passed,
    error,
    hopeful: !passed && waitFor(draft, rejection, facts.waiverWaitMs) !== undefined,
    failureClass: error ? 'INFRASTRUCTURE' : 'CONSTITUTION',
  });
};

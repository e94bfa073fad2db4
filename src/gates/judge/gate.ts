import type { GateClause, GateViolation } from '../clause.js';
import { stands } from '../clause.js';
import type { ChangeFacts } from '../change/facts.js';
import { contractFiles } from '../change/contracts.js';
import { dependencyChanges } from '../change/dependencies.js';
import { findSecrets } from '../change/secrets.js';
import type { GateOrder, Measure } from '../declared/order.js';
import { readEvidence } from '../evidence/read.js';
import type { Measurement } from '../evidence/measurement.js';
import type { Problem, Read } from '../problem.js';
import { visible } from '../words.js';
import { acceptanceFinding, mapCriteria } from './acceptance.js';
import { shortfall } from './shortfall.js';
import { judgeMeasure } from './measures.js';
import {
  TITLES,
  type CommandEnd,
  type Evidence,
  type GateResult,
  type MeasureFinding,
  type MeasureResult,
} from './result.js';

export interface GateFacts {
  /** null: the gate has no command. */
  readonly command: CommandEnd | null;
  /** One for each measure of the order that is read from a file or attestation; others are ignored. */
  readonly evidence: readonly (Evidence | null)[];
  readonly change: ChangeFacts;
}

/**
 * Judges one gate. The same order, evidence and facts give the same result for ever: no clock, no chance, no I/O.
 */
export async function judgeGate(order: GateOrder, facts: GateFacts): Promise<GateResult> {
  const main = commandFinding(order, facts.command);
  const clauses: GateClause[] = [];
  const violations: GateViolation[] = [];
  const measured: Record<string, number> = {};
  const add = (
    id: string,
    title: string,
    severity: GateClause['severity'],
    finding: MeasureFinding,
  ): void => {
    const { result, message, observed = {} } = finding;
    const safe = Object.entries(observed).map(([key, value]) => [key, visible(value)] as const);
    clauses.push({
      id,
      title,
      severity,
      result,
      message: visible(message),
      observed: Object.fromEntries(safe),
    });
    violations.push(...(finding.violations ?? []));
  };
  add(order.clause, order.title, order.severity, main);
  for (const [index, measure] of order.measures.entries()) {
    const id = `${order.clause}.${measure.kind}`;
    const result = await measureResult(order, measure, facts.evidence[index] ?? null, facts);
    for (const [name, value] of Object.entries(result.figures)) measured[`${measure.kind}.${name}`] = value;
    add(id, TITLES[measure.kind], measure.severity, result);
    if (measure.criteria.length === 0) continue;
    const cases =
      result.measurement !== null && 'cases' in result.measurement ? result.measurement.cases : [];
    const severity = order.tier === 1 ? 'MUST' : 'SHOULD';
    const finding = acceptanceFinding(mapCriteria(measure.criteria, cases));
    add(`${order.clause}.acceptance`, 'Every acceptance criterion is tested', severity, finding);
  }
  const standing = clauses.filter(stands);
  const outcome =
    standing.length === 0 ? 'PASS' : standing.some(({ result }) => result === 'ERROR') ? 'ERROR' : 'FAIL';
  const refused = facts.command?.end === 'refused' && standing.length > 0;
  const failure = outcome === 'PASS' ? null : refused ? 'INFRASTRUCTURE' : 'CONSTITUTION';
  return { outcome, failure, clauses, violations, measured };
}

async function measureResult(
  order: GateOrder,
  measure: Measure,
  evidence: Evidence | null,
  { command, change }: GateFacts,
): Promise<MeasureResult> {
  try {
    const read = await measurementOf(order, measure, evidence, command, change);
    if (!read.ok) return missing(read.problem);
    if (measure.format === 'files' && order.contracts.length === 0) {
      const message = 'the spec declares no contract with a path';
      return { result: 'NOT_APPLICABLE', message, figures: {}, measurement: null };
    }
    const result = judgeMeasure(measure, read.value, change);
    const digest = evidence?.found === true ? { 'evidence.sha256': evidence.sha256 } : {};
    const points = result.result === 'FAIL' ? shortfall(measure, result.figures) : undefined;
    // What a waiver has to be worth.
    const short = points === undefined ? {} : { 'gate.shortfall': String(points) };
    return { ...result, observed: { ...result.observed, ...short, ...digest } };
  } catch (error) {
    const message = `this measure could not be decided: ${error instanceof Error ? error.message : String(error)}`;
    const violation = {
      rule: 'arbiter.gate.error',
      path: '/',
      message: visible(message),
      repair: 'Report this: it is a fault of Arbiter.',
    };
    return { result: 'ERROR', message, violations: [violation], figures: {}, measurement: null };
  }
}

async function measurementOf(
  order: GateOrder,
  measure: Measure,
  evidence: Evidence | null,
  command: CommandEnd | null,
  change: ChangeFacts,
): Promise<Read<Measurement>> {
  if (measure.format === 'diff') return { ok: true, value: await findSecrets(change.added, change.unread) };
  if (measure.format === 'manifests') return dependencyChanges(change.manifests);
  if (measure.format === 'files') return { ok: true, value: contractFiles(order.contracts, change) };
  if (command !== null && command.end !== 'exited') return { ok: false, problem: notEnded(command) };
  if (evidence === null) return { ok: false, problem: NO_EVIDENCE };
  if (!evidence.found) return { ok: false, problem: evidence.problem };
  return readEvidence(measure, evidence.bytes, { gate: order.gate, keys: order.trustedKeys });
}

const NO_EVIDENCE: Problem = {
  rule: 'arbiter.evidence.missing',
  message: 'there is no evidence',
  repair: 'Let the command write its report where the policy says.',
};

function notEnded({ message, repair }: CommandEnd): Problem {
  return {
    rule: 'arbiter.evidence.not_ended',
    message: `its command did not end by itself: ${message}`,
    repair,
  };
}

/** Evidence that is missing or that nobody can read decides nothing: a MUST fails by it, and the record says why. */
function missing({ rule, message, repair }: Problem): MeasureResult {
  const violation: GateViolation = { rule, path: '/', message: visible(message), repair };
  return { result: 'NOT_EVALUATED', message, violations: [violation], figures: {}, measurement: null };
}

function commandFinding(order: GateOrder, command: CommandEnd | null): MeasureFinding {
  if (command === null) {
    if (order.command.length === 0) return { result: 'PASS', message: 'there is nothing to run' };
    return { result: 'ERROR', message: 'the command was not run' };
  }
  const { end, exitCode, message, repair, held } = command;
  const observed = {
    ...held,
    'command.end': end,
    ...(exitCode === null ? {} : { 'command.exit_code': String(exitCode) }),
  };
  if (end === 'exited' && exitCode !== null && order.exitCodes.includes(exitCode)) {
    return { result: 'PASS', message: `the command ended with ${exitCode}`, observed };
  }
  const violation: GateViolation = {
    rule: `arbiter.gate.command.${end}`,
    path: '/',
    message: visible(message),
    repair,
  };
  const result = end === 'exited' ? 'FAIL' : 'ERROR';
  return { result, message, observed, violations: [violation] };
}

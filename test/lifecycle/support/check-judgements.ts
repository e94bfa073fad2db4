import type {
  ClauseResult,
  GateFinished,
  GateReported,
  GateStarted,
  TasksEvents,
  WaiverApplied,
  WaiverDecided,
} from '../../../src/events/generated/events.js';
import type { LoggedEvent } from '../../../src/log/index.js';
import { violated } from '../../log/support/sequential-run.js';
import type { ReadFact } from './records.js';

/** What a task's log says of its result so far, counted anew. */
interface Seen {
  rejected: readonly ClauseResult[];
  facts: readonly ClauseResult[] | undefined;
  of: number;
  finished: GateFinished[];
  waiting: boolean;
}

const short = ({ severity, result }: ClauseResult): boolean =>
  severity !== 'SHOULD' && !['PASS', 'WAIVED', 'NOT_APPLICABLE'].includes(result);

/**
 * Law 10: nothing passes while a MUST clause is not passed, waived or without object; a waiver cures its own clause, and only one
 * that was found broken; all gates have spoken, in order.
 */
export const checkJudgements = (tasks: readonly LoggedEvent[], facts: readonly ReadFact[]): void => {
  const byOffset = new Map(facts.map((fact) => [fact.offset, fact]));
  const seen = new Map<string, Seen>();
  for (const { type, body } of tasks) {
    const { taskId } = body as unknown as { taskId: string };
    const one = seen.get(taskId) ?? { rejected: [], facts: undefined, of: 0, finished: [], waiting: false };
    seen.set(taskId, one);
    const fact = body.meta.trigger === 'INPUT' ? byOffset.get(body.meta.cause)?.record : undefined;
    if (type === 'WaiverApplied') mustBeGranted(taskId, body as never, fact as WaiverDecided | undefined);
    if (type === 'GateFinished') mustBeReported(taskId, body as never, fact as GateReported | undefined);
    step(taskId, type as keyof TasksEvents, body as never, one);
  }
};

const step = (taskId: string, type: keyof TasksEvents, body: never, one: Seen): void => {
  const clauses = (): readonly ClauseResult[] => (body as { clauses: readonly ClauseResult[] }).clauses;
  if (type === 'SpecApproved') mustPass(taskId, clauses(), one);
  else if (type === 'SpecRejected') one.rejected = clauses();
  else if (type === 'VerificationStarted') Object.assign(one, { facts: undefined, of: 0, finished: [] });
  else if (type === 'FactsChecked') Object.assign(one, { facts: clauses(), finished: [] });
  else if (type === 'GateStarted') {
    const { index, of } = body as GateStarted;
    if (index !== one.finished.length) violated(`${taskId}: gate ${index} is not the next one`);
    one.of = of;
  } else if (type === 'GateFinished') one.finished.push(body);
  else if (type === 'WaiverAwaited') one.waiting = true;
  else if (type === 'WaiverApplied' && !one.waiting) violated(`${taskId}: a waiver that nobody waited for`);
  else if (type === 'VerificationFailed') one.rejected = clauses();
  else if (type === 'VerificationPassed') {
    mustPass(taskId, clauses(), one);
    const names = new Set(clauses().map(({ id }) => id));
    const all = [...(one.facts ?? []), ...one.finished.flatMap((gate) => gate.clauses)];
    if (one.finished.length !== one.of || all.some(({ id }) => !names.has(id)))
      violated(`${taskId}: passed without all of its gates`, { of: one.of, finished: one.finished.length });
  }
};

const mustPass = (taskId: string, clauses: readonly ClauseResult[], one: Seen): void => {
  const standing = clauses.find(short);
  if (standing !== undefined) violated(`${taskId}: passed over ${standing.id}, which is ${standing.result}`);
  for (const { id, result, waivers } of clauses) {
    if (result !== 'WAIVED') continue;
    if (waivers.length === 0 || waivers.some((waiver) => waiver.clause !== id))
      violated(`${taskId}: ${id} is waived by a waiver of another clause`, waivers);
    const found = one.rejected.find((clause) => clause.id === id);
    if (found === undefined || (found.result !== 'WAIVED' && !short(found)))
      violated(`${taskId}: ${id} is waived and was not broken`);
  }
};

/** What is applied was granted, for that clause, and nothing else. */
const mustBeGranted = (taskId: string, { waivers }: WaiverApplied, fact: WaiverDecided | undefined): void => {
  const granted = new Set(fact?.outcome === 'CURED' ? fact.waivers.map((one) => JSON.stringify(one)) : []);
  const other = waivers.find((one) => !granted.has(JSON.stringify(one)));
  if (other !== undefined) violated(`${taskId}: a waiver that nobody granted`, other);
};

/** A clause that the report did not pass has not passed, and one that it left out neither. */
const mustBeReported = (taskId: string, finished: GateFinished, fact: GateReported | undefined): void => {
  for (const { id, result } of finished.clauses) {
    const said = fact?.clauses.find((clause) => clause.id === id)?.result;
    if (result === 'PASS' && said !== 'PASS') violated(`${taskId}: ${id} passed, and the gate said ${said}`);
  }
};

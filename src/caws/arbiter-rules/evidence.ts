import type { Diagnostic } from '../diagnostic.js';
import { errorAt, warningAt } from '../diagnostic.js';
import { momentOf } from '../formats.js';
import type { EvidenceEntry, Spec } from '../model.js';
import type { RuleContext } from './context.js';

/** Evidence that contradicts itself, or says that something passed and not where to look. */
export function evidenceRules(spec: Spec, { now }: RuleContext): Diagnostic[] {
  const entries = spec.evidence ?? [];
  return [
    ...entries.flatMap((entry, i) => [...passRules(entry, i), ...timeRules(entry, i, now)]),
    ...contradictions(entries),
    ...unproven(spec),
  ];
}

function passRules(
  { criterion_id: id, status, exit_code, evidence_ref, test_nodeid, artifact_path }: EvidenceEntry,
  index: number,
): Diagnostic[] {
  if (status !== 'pass') return [];
  const found: Diagnostic[] = [];
  if (exit_code !== undefined && exit_code !== 0) {
    const message = `${id} is recorded as passed, but its command ended with ${exit_code}`;
    const place = { pointer: `/evidence/${index}/exit_code` };
    found.push(
      errorAt(
        'arbiter.evidence.pass_with_exit_code',
        message,
        place,
        'Record it as `fail`, or run it again.',
      ),
    );
  }
  const refs = [evidence_ref, test_nodeid, artifact_path];
  if (refs.every((ref) => (ref ?? '').trim() === '')) {
    const message = `${id} is recorded as passed, and nothing says what shows it`;
    const place = { pointer: `/evidence/${index}` };
    found.push(
      errorAt(
        'arbiter.evidence.pass_without_ref',
        message,
        place,
        'Add `evidence_ref`: a test, a report, a commit.',
      ),
    );
  }
  return found;
}

function timeRules({ criterion_id: id, recorded_at }: EvidenceEntry, index: number, now: Date): Diagnostic[] {
  const at = momentOf(recorded_at);
  if (at !== null && at <= now.getTime()) return [];
  const message = `the evidence for ${id} was recorded at ${recorded_at}, which is yet to come`;
  const place = { pointer: `/evidence/${index}/recorded_at` };
  return [warningAt('arbiter.evidence.from_the_future', message, place, 'Write when it was recorded.')];
}

/** A failure is answered by a pass that was recorded after it; any other pass of the same criterion contradicts it. */
function contradictions(entries: readonly EvidenceEntry[]): Diagnostic[] {
  return entries.flatMap((entry, i) => {
    if (entry.status !== 'fail') return [];
    const passes = entries.filter(
      (other) => other.criterion_id === entry.criterion_id && other.status === 'pass',
    );
    const at = momentOf(entry.recorded_at);
    if (passes[0] === undefined || passes.some((pass) => isLater(pass, at))) return [];
    const message = `${entry.criterion_id} is recorded as passed at ${passes[0].recorded_at} and as failed at ${entry.recorded_at}`;
    const repair = 'Run it again, and keep what came out last.';
    return [errorAt('arbiter.evidence.contradiction', message, { pointer: `/evidence/${i}/status` }, repair)];
  });
}

function isLater(entry: EvidenceEntry, than: number | null): boolean {
  const at = momentOf(entry.recorded_at);
  return at !== null && than !== null && at > than;
}

/** Completed work has shown every criterion, or somebody has waived it. CAWS warns on closing; here the spec itself says so. */
function unproven(spec: Spec): Diagnostic[] {
  if (spec.resolution !== 'completed' || spec.evidence === undefined) return [];
  const shown = new Set(
    spec.evidence.filter(({ status }) => status === 'pass' || status === 'waived').map(idOf),
  );
  return spec.acceptance.flatMap(({ id }, i) => {
    if (shown.has(id)) return [];
    const message = `the work is completed, but no evidence shows ${id}`;
    const place = { pointer: `/acceptance/${i}/id` };
    return [warningAt('arbiter.evidence.criterion_unproven', message, place, `Add evidence for ${id}.`)];
  });
}

function idOf(entry: EvidenceEntry): string {
  return entry.criterion_id;
}

import type { Diagnostic } from './diagnostic.js';
import { errorAt } from './diagnostic.js';
import type { Spec, Successor } from './model.js';

/** The rules of `successors` (`spec.semantic.successor.*`): who carries on what this spec leaves open. */
export function successorRules(spec: Spec): Diagnostic[] {
  const seen = new Set<string>();
  return (spec.successors ?? []).flatMap((entry, i) => {
    const repeated = seen.has(entry.target_spec_id);
    seen.add(entry.target_spec_id);
    return entryRules(spec.id, entry, i, repeated);
  });
}

function entryRules(specId: string, entry: Successor, index: number, repeated: boolean): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (rule: string, field: keyof Successor, message: string, repair: string): void => {
    found.push(
      errorAt(
        `spec.semantic.successor.${rule}`,
        message,
        { pointer: `/successors/${index}/${field}` },
        repair,
      ),
    );
  };
  const blank = entry.rationale !== undefined && entry.rationale.trim() === '';
  if (entry.disposition === 'declined' && (entry.rationale === undefined || blank)) {
    add(
      'declined_rationale_required',
      'rationale',
      'a declined successor needs a rationale',
      'Say why in `rationale`.',
    );
  }
  if (entry.disposition === 'absorbed' && entry.absorbed_by === undefined) {
    add(
      'absorbed_by_required',
      'absorbed_by',
      'an absorbed successor needs absorbed_by',
      'Name the spec that took it over.',
    );
  }
  if (blank)
    add('rationale_empty', 'rationale', 'the rationale is blank', 'Write the rationale, or remove the key.');
  if (repeated) {
    add(
      'duplicate_target',
      'target_spec_id',
      `${entry.target_spec_id} is named twice`,
      'Keep one entry for each successor.',
    );
  }
  if (entry.target_spec_id === specId) {
    add('self_reference', 'target_spec_id', 'a spec cannot be its own successor', 'Name another spec.');
  }
  if (entry.absorbed_by !== undefined && entry.absorbed_by === specId) {
    add(
      'absorbed_by_self_reference',
      'absorbed_by',
      'a spec cannot absorb its own successor',
      'Name another spec.',
    );
  }
  if (entry.absorbed_by !== undefined && entry.absorbed_by === entry.target_spec_id) {
    add(
      'absorbed_by_equals_target',
      'absorbed_by',
      'a successor cannot be absorbed by itself',
      'Name the absorbing spec.',
    );
  }
  return found;
}

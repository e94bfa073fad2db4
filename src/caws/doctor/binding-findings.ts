import type { WorktreeRegistry } from '../binding.js';
import { deriveBindingState, recordOf, recordsOf } from '../binding.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { DoctorSpec, ProjectState } from './state.js';

/** Bindings that are not what both sides say, seen from the registry and from the specs. */
export function bindingFindings(state: ProjectState): Finding[] {
  const registry = state.worktrees ?? {};
  const specs = new Map(state.specs.map((spec) => [spec.id, spec]));
  const worktrees = recordsOf(registry).flatMap(([name, record]) => {
    const specId = record.specId ?? '';
    return specId === '' ? [] : fromRegistry(name, specId, specs.get(specId), registry);
  });
  return [...worktrees, ...state.specs.flatMap((spec) => fromSpec(spec, registry))];
}

function fromRegistry(
  name: string,
  specId: string,
  spec: DoctorSpec | undefined,
  registry: WorktreeRegistry,
): Finding[] {
  const wrong = (rule: string, message: string, repair: string): Finding[] => [
    finding(`binding.${rule}`, 'error', name, message, repair),
  ];
  if (spec === undefined) {
    const message = `the worktree ${name} is bound to ${specId}, and there is no such spec`;
    return wrong('registry_missing_spec', message, `Restore ${specId}, or destroy the worktree.`);
  }
  const binding = deriveBindingState(spec, registry, name);
  if (binding.kind !== 'bound') {
    const message = `the worktree ${name} names ${specId}, but ${specId} does not name ${name}`;
    return wrong(
      'one_sided',
      message,
      `Write \`worktree: ${name}\` in ${specId}, or clear the worktree's specId.`,
    );
  }
  if (spec.lifecycle_state === 'active') return [];
  const message = `the worktree ${name} is bound to ${specId}, which is ${spec.lifecycle_state} and permits nothing`;
  return wrong('spec_not_governable', message, 'Destroy the worktree, or bind it to an active spec.');
}

function fromSpec(spec: DoctorSpec, registry: WorktreeRegistry): Finding[] {
  const name = spec.worktree ?? '';
  if (name === '') return [];
  const record = recordOf(registry, name);
  if (record === undefined) {
    const ended = spec.lifecycle_state === 'closed' || spec.lifecycle_state === 'archived';
    const message = `${spec.id} names the worktree ${name}, which is not registered`;
    const repair = `Remove \`worktree\` from ${spec.id}, or create the worktree.`;
    return [finding('binding.spec_missing_registry', ended ? 'info' : 'error', spec.id, message, repair)];
  }
  const holder = record.specId ?? '';
  if (holder === spec.id) return [];
  if (holder === '') {
    const message = `${spec.id} names the worktree ${name}, which names no spec`;
    return [
      finding('binding.one_sided', 'error', spec.id, message, `Set the specId of ${name} to ${spec.id}.`),
    ];
  }
  const message = `${spec.id} names the worktree ${name}, which is bound to ${holder}`;
  const repair = `Remove \`worktree\` from ${spec.id}, or bind ${name} to it.`;
  return [finding('binding.spec_points_to_foreign_binding', 'error', spec.id, message, repair)];
}

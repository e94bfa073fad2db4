import { recordsOf } from '../binding.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { ProjectState } from './state.js';

/** Worktrees of which registry, disk, git, specs and log tell different stories. */
export function worktreeFindings(state: ProjectState): Finding[] {
  return [...ghosts(state), ...contradictions(state), ...foreign(state), ...orphans(state), ...unseen(state)];
}

/** Registered, but its folder is gone and git does not know it elsewhere. */
function ghosts({ worktrees, filesystem, gitWorktrees }: ProjectState): Finding[] {
  const present = filesystem?.worktreeDirByName;
  if (present === undefined) return [];
  const known = new Set(gitWorktrees?.map(({ path }) => path));
  return recordsOf(worktrees).flatMap(([name, record]) => {
    if (present[name] === true) return [];
    if (record.path !== undefined && known.has(record.path)) return [];
    const message = `the worktree ${name} is registered, but its folder is gone`;
    return [
      finding(
        'worktree.ghost_registry_entry',
        'error',
        name,
        message,
        `Remove ${name} from .caws/worktrees.json.`,
      ),
    ];
  });
}

/** The registry says one spec, another spec says it is its own, and the first one says nothing. */
function contradictions({ worktrees, specs }: ProjectState): Finding[] {
  return recordsOf(worktrees).flatMap(([name, record]) => {
    const holder = specs.find((spec) => spec.id === record.specId);
    if (holder === undefined || holder.worktree === name) return [];
    const claimant = specs.find((spec) => spec.worktree === name && spec.id !== holder.id);
    if (claimant === undefined) return [];
    const message = `the registry binds the worktree ${name} to ${holder.id}, ${claimant.id} claims it, and ${holder.id} does not`;
    return [
      finding(
        'worktree.binding_contradiction_3way',
        'error',
        name,
        message,
        'A person must decide which spec owns the worktree.',
      ),
    ];
  });
}

function foreign({ worktrees, gitWorktrees }: ProjectState): Finding[] {
  const registered = new Set(recordsOf(worktrees).map(([, { path }]) => path));
  return (gitWorktrees ?? [])
    .filter(({ path }) => !registered.has(path))
    .map(({ path }) => {
      const message = `git has a worktree at ${path} that is not registered`;
      const repair = 'Bind it if specs shall govern it; otherwise leave it.';
      return finding('worktree.foreign_physical', 'info', path, message, repair);
    });
}

/** The log says it was created, and nothing else knows it or says that it was destroyed. */
function orphans({ worktrees, specs, events = [] }: ProjectState): Finding[] {
  const named = (type: string, key: string): unknown[] =>
    events.filter(({ event }) => event === type).map(({ data }) => data[key]);
  const accounted = new Set<unknown>([
    ...recordsOf(worktrees).map(([name]) => name),
    ...specs.map((spec) => spec.worktree),
    ...named('worktree_destroyed', 'worktree_name'),
  ]);
  const created = new Set(named('worktree_created', 'name').filter((name) => typeof name === 'string'));
  return [...created]
    .filter((name) => !accounted.has(name))
    .map((name) =>
      finding(
        'worktree.event_without_control_plane_binding',
        'warning',
        name,
        `the log says that the worktree ${name} was created, but neither registry nor specs know it`,
        'Create the binding again, or accept the entry: the log is never changed.',
      ),
    );
}

function unseen({ gitObservationFailure }: ProjectState): Finding[] {
  if ((gitObservationFailure ?? '') === '') return [];
  return [
    finding(
      'worktree.git_observation_unavailable',
      'info',
      null,
      'git could not be asked for its worktrees; what depends on that was not examined',
      'Check that git runs in this repository, and run the doctor again.',
    ),
  ];
}

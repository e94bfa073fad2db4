import { recordsOf } from '../binding.js';
import { isRecord } from '../formats.js';
import type { Finding } from './finding.js';
import { finding } from './finding.js';
import type { Lease, ProjectState } from './state.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const PRIOR_OWNERS = 25;

/** Owners without a sign of life, and signs that say nothing. Ownership itself never lapses by silence. */
export function leaseFindings(state: ProjectState): Finding[] {
  const leases = Object.values(state.leases ?? {}).filter(isLease);
  const alive = new Set(
    leases.filter((lease) => lease.status !== 'stopped' && isFresh(lease, state)).map(sessionOf),
  );
  const silent = recordsOf(state.worktrees).flatMap(([name, record]) => {
    const owner = record.owner?.session_id;
    if (typeof owner !== 'string' || alive.has(owner)) return [];
    const message = `the worktree ${name} belongs to the session ${owner}, which gives no sign of life`;
    return [
      finding(
        'worktree.owner_lease_missing',
        'warning',
        name,
        message,
        'Nothing is taken away. If the session is gone, take the worktree over explicitly.',
      ),
    ];
  });
  return [...silent, ...processIds(leases, state), ...manyOwners(state)];
}

function isLease(value: unknown): value is Lease {
  return isRecord(value) && typeof value.session_id === 'string' && typeof value.status === 'string';
}

function sessionOf(lease: Lease): string {
  return lease.session_id;
}

/** A lease without a readable time is not fresh. */
function isFresh(lease: Lease, { now, staleAgentTtlMs = DAY_MS }: ProjectState): boolean {
  return now.getTime() - Date.parse(lease.last_active ?? '') <= staleAgentTtlMs;
}

/** Where every running session is alive and has left a process id, that id is of a short-lived child and proves nothing. */
function processIds(leases: readonly Lease[], state: ProjectState): Finding[] {
  const running = leases.filter(({ status }) => status === 'active' || status === 'stopping');
  const all = running.every((lease) => isFresh(lease, state) && typeof lease.pid === 'number');
  if (running.length === 0 || !all) return [];
  return [
    finding(
      'agent.pid_oracle_unreliable',
      'info',
      '.caws/leases/',
      `all ${running.length} running sessions are alive and have a process id; the id does not tell when one ends`,
      'Judge by the last sign of life, not by the process id.',
    ),
  ];
}

function manyOwners({ worktrees, priorOwnersGrowthThreshold = PRIOR_OWNERS }: ProjectState): Finding[] {
  return recordsOf(worktrees).flatMap(([name, record]) => {
    const owners = record.prior_owners?.length ?? 0;
    if (owners <= priorOwnersGrowthThreshold) return [];
    const message = `the worktree ${name} has had ${owners} owners before; more than ${priorOwnersGrowthThreshold} is unusual`;
    return [
      finding(
        'ownership.prior_owner_growth',
        'warning',
        name,
        message,
        'Find out why it changes hands so often.',
      ),
    ];
  });
}

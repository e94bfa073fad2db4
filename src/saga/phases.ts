import type { StateName } from './table.js';

/** What a task spends time on, as the durations by phase name it. */
export type Phase =
  | 'validation'
  | 'queue'
  | 'routing'
  | 'offer'
  | 'execution'
  | 'verification'
  | 'gates'
  | 'waiver'
  | 'suspension'
  | 'signing';

/** The phase of each state that a task rests in; undefined: it is passed through within one decision, or final. */
export const PHASES: Readonly<Record<StateName, Phase | undefined>> = {
  unseen: undefined,
  received: undefined,
  validating_spec: 'validation',
  spec_approved: undefined,
  spec_rejected: undefined,
  awaiting_spec_waiver: 'waiver',
  spec_waived: undefined,
  queued: 'queue',
  routing: 'routing',
  route_failed: undefined,
  routed: 'offer',
  executing: 'execution',
  execution_complete: undefined,
  execution_failed: undefined,
  verifying: 'verification',
  facts_checked: undefined,
  running_gates: 'gates',
  gate_finished: undefined,
  verification_failed: undefined,
  awaiting_waiver: 'waiver',
  waiver_refused: undefined,
  result_waived: undefined,
  verified: undefined,
  suspended: 'suspension',
  sealed: 'signing',
  completed: undefined,
  failed: undefined,
  rejected: undefined,
  cancelled: undefined,
};

/** Time that is not Arbiter's own: agents, the commands of gates, people, and waiting for one that is free. */
const OUTSIDE: ReadonlySet<Phase> = new Set(['execution', 'gates', 'waiver', 'suspension', 'queue']);

export const isOutside = (state: StateName): boolean => {
  const phase = PHASES[state];
  return phase !== undefined && OUTSIDE.has(phase);
};

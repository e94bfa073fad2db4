import type { AgentReported, FailureClass, Usage } from '../../events/generated/events.js';
import { attemptsLeft } from './asks.js';
import { budgetUse } from './budget.js';
import { after, emit, known, MICROS, taskOf, type Draft } from './draft.js';
import { nameOf, start, verify } from './execution.js';
import { isOutage } from './folds.js';
import { endRival, finishBeside, isAtWork, promote, promoteNext } from './race.js';
import { startRouting } from './routing.js';
import { seal } from './seal.js';
import type { Assignment, Rival } from './state.js';

/**
 * A worker's report. It counts with the current token, agent and instance only, and only while the task is with them:
 * late, repeated and foreign reports have no effect. Any report of the work implies its acceptance.
 */
export const agentReported = (draft: Draft, fact: AgentReported): void => {
  const { assignment, state, rivals } = taskOf(draft);
  if (assignment === null || fact.report === 'UNKNOWN') return;
  const rival = rivals.find((one) => isFrom(fact, one));
  if (rival !== undefined) return rivalReported(draft, fact, rival);
  if (!isFrom(fact, assignment) || !isAtWork(state)) return;
  if (state === 'routed') {
    if (fact.report === 'DECLINED') return endOffer(draft, fact.busy ? 'BUSY' : 'DECLINED', fact.reason);
    start(draft, assignment);
    if (fact.report !== 'RESULT' && fact.report !== 'FAILED') return;
  }
  if (fact.report === 'RESULT') finish(draft, fact);
  else if (fact.report === 'FAILED') reportedFailure(draft, fact);
  else if (fact.report === 'HEARTBEAT' || fact.report === 'PROGRESS') renew(draft, fact);
};

const isFrom = (fact: AgentReported, { token, agentId, workerInstance }: Assignment): boolean =>
  fact.token === token && fact.agentId === agentId && fact.workerInstance === workerInstance;

/**
 * A report of a run beside the one that the task stands on. Signs of life change nothing: should the task come to stand on
 * this run, it has a whole lease for the next. A result is checked at once, or kept while another one is being checked.
 */
const rivalReported = (draft: Draft, fact: AgentReported, rival: Rival): void => {
  if (rival.result !== null) return;
  const { report, reason, result } = fact;
  if (report === 'DECLINED') {
    endRival(draft, rival, { failureClass: fact.busy ? null : 'REFUSED', reason });
  } else if (report === 'FAILED') {
    endRival(draft, rival, failureOf(draft, fact));
  } else if (report === 'RESULT') {
    if (result === null) endRival(draft, rival, WITHOUT_CONTENT);
    else if (!isAtWork(taskOf(draft).state)) finishBeside(draft, rival, result);
    else {
      promote(draft, rival);
      start(draft, rival);
      verify(draft, result);
    }
  }
};

/**
 * A sign of life counts once (law 5): one whose number is not above that of the last that renewed the lease is a repeat, or
 * came late. At most one LeaseRenewed per third of a lease, and none beyond the longest run; besides one for each mark of the budget
 * that the run's own report passes. Over its budget the run ends, where the policy says so.
 */
const renew = (draft: Draft, fact: AgentReported): void => {
  const { assignment, approval } = taskOf(draft);
  if (assignment === null || fact.number <= assignment.reportNumber) return;
  const { percent, diff, number } = fact;
  const budget = approval?.budget ?? null;
  const use = diff === null || budget === null ? null : budgetUse(diff, budget);
  if (use?.over === true && budget?.revokeOver === true) {
    const reason = `caws.budget: the run reports ${use.percent} % of its budget of ${budget.maxFiles} files and ${budget.maxLines} lines`;
    return executionFailed(draft, { failureClass: 'OVER_BUDGET', reason });
  }
  const passes = use !== null && use.mark > assignment.budgetMark;
  const { now } = draft.situation.context;
  const third = (assignment.leaseMs * MICROS) / 3;
  if (!passes && now < (assignment.renewedAt ?? 0) + third) return;
  const end = (assignment.startedAt ?? now) + draft.situation.limits.executionMs * MICROS;
  if (now + third > end) return;
  const message = fact.report === 'PROGRESS' ? fact.reason : null;
  const told = { budgetPercent: use?.percent ?? null, budgetWarning: passes ? use.mark : null };
  emit(
    draft,
    'LeaseRenewed',
    { token: known(draft, assignment.token), message, percent, diff, number, ...told },
    Math.min(end, after(draft, assignment.leaseMs)),
  );
};

const finish = (draft: Draft, fact: AgentReported): void => {
  if (fact.result === null) return executionFailed(draft, WITHOUT_CONTENT);
  verify(draft, fact.result);
};

/** Ends an offer without work. No attempt is spent, but offers are bounded (law 13). */
export const endOffer = (draft: Draft, end: 'DECLINED' | 'BUSY' | 'NOT_ACCEPTED', reason: string): void => {
  const { assignment } = taskOf(draft);
  if (assignment === null) return;
  emit(draft, 'OfferEnded', { ...nameOf(draft, assignment), end, reason });
  const { limits } = draft.situation;
  if (taskOf(draft).offers >= limits.offers) {
    return seal(draft, 'FAILED', `${limits.offers} offers ended without work`);
  }
  const { agentId, workerInstance } = assignment;
  if (promoteNext(draft, end === 'DECLINED' ? { agent: agentId } : { instance: workerInstance })) return;
  startRouting(draft, end === 'DECLINED' ? { excludeAgent: agentId } : { excludeInstance: workerInstance });
};

interface Failure {
  readonly failureClass: FailureClass;
  readonly reason: string;
  readonly output?: string;
  readonly usage?: Usage | null;
  readonly quotaResetsAt?: number | null;
}

const REPORTABLE: ReadonlySet<FailureClass> = new Set(['INFRASTRUCTURE', 'TIME_LIMIT', 'QUOTA']);

const WITHOUT_CONTENT: Failure = { failureClass: 'AGENT', reason: 'a result without content' };

/** What a worker may say about its own failure; anything else is the agent's doing. */
const failureOf = (draft: Draft, fact: AgentReported): Failure => {
  const { failureClass, reason, result } = fact;
  const ours = failureClass !== null && REPORTABLE.has(failureClass) ? failureClass : 'AGENT';
  const output = result?.output ?? '';
  const quotaResetsAt = ours === 'QUOTA' ? believed(fact.quotaResetsAt, draft.situation.context.now) : null;
  return { failureClass: ours, reason, output, usage: result?.usage ?? null, quotaResetsAt };
};

/** No quota of an account is longer than a month; a moment beyond is a mistake, and would keep the agent from work for ever. */
const LONGEST_QUOTA = 35 * 86_400 * MICROS * 1000;

const believed = (resetsAt: number | null, now: number): number | null =>
  resetsAt !== null && resetsAt > now && resetsAt <= now + LONGEST_QUOTA ? resetsAt : null;

const reportedFailure = (draft: Draft, fact: AgentReported): void =>
  executionFailed(draft, failureOf(draft, fact));

/**
 * The run failed: another agent tries while attempts are left. What was nobody's doing (infrastructure, a lost
 * instance) spends no attempt and leaves only the instance out, as long as the budget of outages lasts.
 */
export const executionFailed = (draft: Draft, failure: Failure): void => {
  const { assignment, outages, attempt } = taskOf(draft);
  if (assignment === null) return;
  const { failureClass, reason, output = '', usage = null, quotaResetsAt = null } = failure;
  const told = { failureClass, reason, output, usage, quotaResetsAt };
  emit(draft, 'ExecutionFailed', { ...nameOf(draft, assignment), ...told });
  const { agentId, workerInstance } = assignment;
  const isNobodysDoing = isOutage(failureClass) && outages < draft.situation.limits.outages;
  if (promoteNext(draft, isNobodysDoing ? { instance: workerInstance } : { agent: agentId })) return;
  if (isNobodysDoing) {
    return startRouting(draft, { excludeInstance: workerInstance });
  }
  if (attemptsLeft(draft)) return startRouting(draft, { attempt: attempt + 1, excludeAgent: agentId });
  seal(draft, 'FAILED', `attempt ${attempt} failed: ${reason}`);
};

import { z } from 'zod';
import { greedy, pulls, shrunk, totalPulls, type Question, type Rule } from '../arms.js';
import { carriedRates } from '../carried.js';
import { planCascade, planRace, type Option } from '../cascade.js';
import { cellOf } from '../experience.js';
import { ln } from '../portable.js';
import { kind, loanParameter, memoryOf, memoryParameters, withMemory } from './kind.js';

const schema = z.strictObject({
  /** attempts at a task at most, each by another agent after a failed check */
  attempts: z.int().min(1).max(5).default(2),
  /** what a solved task is worth, US dollars */
  solvedUsd: z.number().min(0).max(1e6).default(5),
  /** what a wrong result costs that the check lets pass, US dollars */
  wrongUsd: z.number().min(0).max(1e6).default(5),
  /** expected cost of a task at most, US dollars; null: no cap */
  capUsd: z.number().min(0).max(1e6).nullable().default(null),
  /** the check's own errors: wrong results let pass, right ones turned down */
  falseAccept: z.number().min(0).max(1).default(0.05),
  falseReject: z.number().min(0).max(1).default(0.05),
  /** width of the optimism about who is little known */
  c: z.number().min(0).max(10).default(0.1),
  prior: z.number().min(0.1).max(1000).default(2),
  /** says which agents a race would take, beside the plan */
  race: z.boolean().default(false),
  ...loanParameter,
  ...memoryParameters,
  memory: memoryParameters.memory.unwrap().default('alarm'),
});

type Parameters = z.output<typeof schema>;

/**
 * A cheap agent first, another after a failed check: the plan with the highest worth, from optimistic rates, so that who is little known
 * gets its turn. Its first agent is the choice; at each later attempt the rest is planned anew with what is known then.
 */
const rule = (p: Parameters): Rule =>
  withMemory(memoryOf(p), (question) => {
    const options = optionsOf(question, p);
    const most = Math.max(1, p.attempts - question.context.attempt + 1);
    const worth = { solved: p.solvedUsd, wrong: p.wrongUsd, cap: p.capUsd };
    const asked = { most, checker: p, worth };
    const plan = planCascade(options, { ...asked, isFirst: question.first === null });
    const lead = options.find(({ agentId }) => agentId === plan.agentIds[0]);
    // Who is known to be just like it would lead as well.
    const scores = options.map(({ first, later, cost }) =>
      first === lead?.first && later === lead.later && cost === lead.cost ? 1 : 0,
    );
    return {
      shares: greedy(scores),
      scores,
      details: {
        plan: plan.agentIds.join(' → '),
        expectedSolved: plan.solved,
        expectedWrong: plan.wrong,
        expectedAttempts: plan.attempts,
        expectedCostUsd: plan.cost,
        falseAccept: p.falseAccept,
        falseReject: p.falseReject,
        ...(p.race ? { race: planRace(options, asked).agentIds.join(' + ') } : {}),
      },
    };
  });

function optionsOf({ arms, scope, first, later }: Question, { c, prior, loan }: Parameters): Option[] {
  const carried = carriedRates(arms, first ?? scope, later, loan);
  const each = totalPulls(arms) / arms.length;
  return arms.map((arm, i) => {
    const n = Math.max(1, pulls(arm));
    const width = Math.sqrt((c * ln(1 + each / n)) / n);
    const { successes, failures } = cellOf(later, arm.agentId);
    const after = (successes + prior * (carried[i] ?? 0)) / (successes + failures + prior);
    const { costed, costMicros } = arm.cell;
    return {
      agentId: arm.agentId,
      first: Math.min(1, shrunk(arm, prior, loan) + width),
      later: Math.min(1, after + (first === null ? 0 : width)),
      cost: (costed > 0 ? costMicros / costed : (arm.priceMicros ?? 0)) / 1e6,
    };
  });
}

export const cascadeKind = kind({
  id: 'cascade',
  version: '2',
  summary: 'a plan of agents, each after a failed check, worth most for its cost',
  schema,
  rule,
});

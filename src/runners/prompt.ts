import type { Assignment } from './assignment.js';

/** What the agent is told: the task, its working spec, its limits. */
export function promptOf({ offer, attempt }: Assignment): string {
  const { title, description, spec, deadline, tokenBudget, costBudgetMicros } = offer;
  const limits = [
    deadline === null ? [] : [`- finish before ${new Date(deadline / 1000).toISOString()}`],
    tokenBudget === null ? [] : [`- use at most ${tokenBudget} tokens`],
    costBudgetMicros === null ? [] : [`- spend at most ${(costBudgetMicros / 1e6).toFixed(2)} US dollars`],
    attempt > 1 ? [`- this is attempt ${attempt}; an earlier one was not accepted`] : [],
  ].flat();
  return [
    `# ${title}\n`,
    ...(description === '' ? [] : [`${description}\n`]),
    ...(spec === null
      ? []
      : [
          '## Working spec',
          'Stay within its scope and change budget; the result is checked against it.\n',
          `${spec}\n`,
        ]),
    ...(limits.length === 0 ? [] : ['## Limits', ...limits, '']),
  ].join('\n');
}

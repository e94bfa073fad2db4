import Table from 'cli-table3';
import type { TaskView } from '../../src/projections/index.js';
import { paint, printable } from '../../src/cli/output.js';
import type { DemoTask } from './plan.js';
import type { Share } from './shares.js';
import type { Checked } from './verify.js';

/** One task of the demo, at its end. */
export interface Ended {
  readonly label: string;
  readonly plan: DemoTask;
  readonly task: TaskView;
  readonly checked: Checked | undefined;
}

const PLAIN = { head: [], border: [], compact: true } as const;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const made = new Table({
    head: [...head],
    style: { head: [...PLAIN.head], border: [...PLAIN.border], compact: true },
  });
  for (const row of rows) made.push(row.map(String));
  return made.toString();
};

const WHY = 60;

export const taskTable = (ended: readonly Ended[]): string =>
  table(
    ['TASK', 'STATE', 'AGENT', 'ATTEMPTS', 'CHANGE', 'VERDICT', 'WHY'],
    ended.map(({ label, task, checked }) => [
      label,
      task.state,
      task.agentId ?? '',
      task.attempts,
      task.result.files === null
        ? ''
        : `${task.result.files} files +${task.result.insertions ?? 0} -${task.result.deletions ?? 0}`,
      `${checked?.result ?? 'none'}${checked?.verified === true ? ', verified' : ', NOT VERIFIED'}`,
      short(whyOf(task)),
    ]),
  );

const short = (text: string): string => {
  const line = printable(text).replace(/\s+/gu, ' ');
  return line.length <= WHY ? line : `${line.slice(0, WHY - 1)}…`;
};

const whyOf = ({ violations, reason, state }: TaskView): string => {
  if (state === 'completed') return '';
  const [first] = violations;
  if (first === undefined) return reason ?? '';
  return violations.length === 1 ? first.message : `${first.message}, and ${violations.length - 1} more`;
};

export const shareTable = (shares: readonly Share[]): string =>
  table(
    ['TASK TYPE', 'AGENT', 'CHOSEN', 'SUCCESSES', 'FAILURES', 'PROPENSITY OF THE LAST'],
    shares.map((s) => [
      s.taskType,
      s.agentId,
      s.chosen,
      s.successes,
      s.failures,
      s.lastPropensity.toFixed(3),
    ]),
  );

/** What is not as the plan says; empty when all is well. */
export const surprises = (ended: readonly Ended[]): readonly string[] =>
  ended.flatMap(({ label, plan, task, checked }) => [
    ...(task.state === plan.end
      ? []
      : [`${label}: expected ${plan.end}, found ${task.state} (${task.reason ?? ''})`]),
    ...(task.attempts >= (plan.atLeast ?? 0)
      ? []
      : [`${label}: expected ${plan.atLeast ?? 0} attempts or more, found ${task.attempts}`]),
    ...(checked?.verified === true ? [] : [`${label}: its final verdict was not verified`]),
  ]);

export const lastLine = (ended: readonly Ended[], kafkaVersion: string): string => {
  const count = (state: string): number => ended.filter(({ task }) => task.state === state).length;
  const verified = ended.filter(({ checked }) => checked?.verified === true).length;
  return (
    `demo: ${ended.length} tasks, ${count('completed')} completed, ${count('rejected')} rejected, ` +
    `${count('failed')} failed; ${verified} verdicts verified; bus kafka ${kafkaVersion}`
  );
};

export const heading = (text: string): string => `\n${paint('bold', text)}`;

import path from 'node:path';
import type { Cli } from './cli.js';
import { EXAMPLES } from './places.js';
import type { DemoTask } from './plan.js';

export interface Submitted {
  readonly taskId: string;
  readonly plan: DemoTask;
}

/** Submits the tasks, in one command for all that have the same options. */
export const submitTasks = async (
  cli: Cli,
  tasks: readonly DemoTask[],
  repository: string,
  onSubmitted: (submitted: readonly Submitted[]) => void,
): Promise<readonly Submitted[]> => {
  const groups = new Map<string, DemoTask[]>();
  for (const task of tasks) {
    const key = [task.type, task.capability, task.attempts].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  const submitted: Submitted[] = [];
  // One after the other: every command starts a process and looks its schemas up, and the machine may be small.
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const lines = await cli.json<{ readonly task_id: string }>([
      ...['submit', ...group.map(({ file }) => path.join(EXAMPLES, 'tasks', file)), '--repo', repository],
      ...['--type', first.type, '--capability', first.capability, '--attempts', String(first.attempts)],
    ]);
    const added = group.map((plan, at) => ({ taskId: lines[at]?.task_id ?? '', plan }));
    onSubmitted(added);
    submitted.push(...added);
  }
  return submitted;
};

/** What a task is called on the screen: its file, without number and ending. */
export const labelOf = ({ file }: DemoTask): string => file.replace(/^\d+-/, '').replace(/\.yaml$/, '');

import { Option, type Command } from 'commander';
import { STATES } from '../../saga/table.js';
import { duration, wholeNumber } from '../arguments.js';
import { act, addCommand, addGroup, type JsonOption } from '../command.js';
import { DONE } from '../failure.js';
import { noSuchTask } from '../tasks/no-such-task.js';
import { json, moment, note, table } from '../output.js';
import { withQueries } from '../session.js';
import { findTask, showTask, taskDocument, taskLine } from '../tasks/task-document.js';

interface ListOptions extends JsonOption {
  readonly state?: string;
  readonly agent?: string;
  readonly limit: number;
  readonly after?: string;
}

export interface CommandOptions extends JsonOption {
  readonly reason: string;
  readonly ifToken?: number;
  readonly ifVersion?: number;
  readonly timeout: number;
}

export interface RetryOptions extends JsonOption {
  readonly id?: string;
  readonly wait?: boolean;
  readonly timeout: number;
}

/** A task that is unseen is in no view. */
const SHOWN = STATES.filter((state) => state !== 'unseen');

/** Tasks: see them, and give orders about them. */
export const addTasks = (program: Command): void => {
  const group = addGroup(program, 'tasks', 'see tasks, cancel, suspend, resume or retry them', [
    'arbiter tasks list --state executing',
    'arbiter tasks show T-1 --json',
    'arbiter tasks cancel T-1 --reason "not needed any more"',
  ]);
  addCommand(group, {
    usage: 'list',
    summary: 'tasks, newest first',
    examples: ['arbiter tasks list', 'arbiter tasks list --state failed --json'],
    json: 'lines',
  })
    .addOption(new Option('--state <state>', 'in this state only (docs/states.md)').choices(SHOWN))
    .option('--agent <name>', 'of this agent only')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1000), 100)
    .option('--after <cursor>', 'go on where the list before ended (its cursor is told on stderr)')
    .action(act(list));
  addCommand(group, {
    usage: 'show <task-id>',
    summary: 'one task: state, result, violations, timeline, verdicts',
    examples: ['arbiter tasks show T-1', 'arbiter tasks show T-1 --json | jq .violations'],
  }).action(act(show));
  addCommand(group, {
    usage: 'watch [task-id]',
    summary: 'print what happens: of one task until it ends, or of all tasks until interrupted',
    examples: ['arbiter tasks watch T-1', 'arbiter tasks watch --json'],
    json: 'lines',
  })
    .option('--timeout <duration>', 'stop after this long', duration)
    .action(
      act(async (taskId: string | undefined, options: JsonOption & { timeout?: number }) => {
        const { watchTasks } = await import('../tasks/watch-tasks.js');
        return watchTasks(taskId, options);
      }),
    );
  for (const [name, summary] of ORDERS) {
    addCommand(group, {
      usage: `${name} <task-id>`,
      summary,
      examples: [`arbiter tasks ${name} T-1 --reason "…"`],
    })
      .option('--reason <text>', 'why', '')
      .option(
        '--if-token <n>',
        'only if this is the current fencing token',
        wholeNumber(0, Number.MAX_SAFE_INTEGER),
      )
      .option(
        '--if-version <n>',
        'only if this is the current version',
        wholeNumber(0, Number.MAX_SAFE_INTEGER),
      )
      .option('--timeout <duration>', 'how long to wait for the decision', duration, 30_000)
      .action(
        act(async (taskId: string, options: CommandOptions) => {
          const { orderTask } = await import('../tasks/task-order.js');
          return orderTask(name, taskId, options);
        }),
      );
  }
  addCommand(group, {
    usage: 'retry <task-id>',
    summary: 'submit a new task with the request of a finished one; the old one stays as it is',
    examples: ['arbiter tasks retry T-1 --wait'],
  })
    .option('--id <task-id>', 'id of the new task; default: the old one with a suffix')
    .option('--wait', 'wait for the end; exits 0 only if it is completed')
    .option('--timeout <duration>', 'with --wait: how long', duration, 600_000)
    .action(
      act(async (taskId: string, options: RetryOptions) => {
        const { retryTask } = await import('../tasks/task-retry.js');
        return retryTask(taskId, options);
      }),
    );
};

const ORDERS = [
  ['cancel', 'end a task as cancelled'],
  ['suspend', 'take a task out of work until it is resumed'],
  ['resume', 'route a suspended task again'],
] as const;

const list = (options: ListOptions): Promise<number> =>
  withQueries(async (queries) => {
    const { state, agent, limit, after } = options;
    const { tasks, next } = await queries.listTasks({
      limit,
      ...(state === undefined ? {} : { state }),
      ...(agent === undefined ? {} : { agentId: agent }),
      ...(after === undefined ? {} : { after }),
    });
    if (options.json === true) for (const task of tasks) json(taskLine(task));
    else {
      await table(
        ['TASK', 'STATE', 'AGENT', 'ATTEMPTS', 'UPDATED (UTC)', 'TITLE', 'REASON'],
        tasks.map((t) => [
          t.taskId,
          t.state,
          t.agentId,
          `${t.attempts}/${t.maxAttempts}`,
          moment(t.updatedAt),
          t.title,
          t.reason,
        ]),
        'no tasks',
      );
    }
    if (next !== undefined) note(`more: --after ${next}`);
    return DONE;
  });

const show = (taskId: string, { json: asJson }: JsonOption): Promise<number> =>
  withQueries(async (queries) => {
    const found = await findTask(queries, taskId);
    if (found === undefined) throw noSuchTask(taskId);
    if (asJson === true) json(taskDocument(found));
    else await showTask(found);
    return DONE;
  });

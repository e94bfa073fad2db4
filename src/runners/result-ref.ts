import { TASK_ID } from '../producers/request-check.js';

/**
 * The ref that a run pushes its result to: `refs/arbiter/<task>/<attempt>-<token>`. The few task ids that git would refuse in a ref
 * (two dots, a dot or `.lock` at the end) have their dots written as `+2E`; no task id holds a plus sign, so no two meet.
 * @throws RangeError on an id that is none
 */
export function resultRef(taskId: string, attempt: number, token: number): string {
  if (!TASK_ID.test(taskId))
    throw new RangeError(`taskId: expected ${String(TASK_ID)}, found ${JSON.stringify(taskId)}`);
  const odd = taskId.includes('..') || taskId.endsWith('.') || taskId.endsWith('.lock');
  return `refs/arbiter/${odd ? taskId.replaceAll('.', '+2E') : taskId}/${attempt}-${token}`;
}

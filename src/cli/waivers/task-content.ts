import type { Queries } from '../../projections/index.js';

/**
 * What the task is about, as the views have it: a waiver for the task is signed for that, and a retry of the same work carries it.
 * Null: not judged yet, or no such task.
 */
export const taskContent = async (
  { queries }: { readonly queries: Queries },
  taskId: string | null | undefined,
): Promise<{ readonly repository: string | null; readonly specSha256: string } | null> => {
  const task = typeof taskId === 'string' ? await queries.findTask(taskId) : undefined;
  return task === undefined || task.specSha256 === null
    ? null
    : { repository: task.repository, specSha256: task.specSha256 };
};

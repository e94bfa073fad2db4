import type { ClauseResult, TasksEvents } from '../../events/generated/events.js';
import { bodyAt, taskOf, type Draft } from './draft.js';

/** The exact spec: inline in the request, or as read at its approval; undefined: it has to be loaded. */
export const specText = (
  draft: Draft,
  request?: Pick<TasksEvents['TaskReceived'], 'request'>,
): string | null | undefined => {
  const task = taskOf(draft);
  if (task.request.hasSpec) {
    const body = request ?? (bodyAt(draft, task.request.offset) as TasksEvents['TaskReceived'] | undefined);
    return body?.request.spec;
  }
  if (!task.approval?.hasSpec) return null;
  return (bodyAt(draft, task.approval.offset) as TasksEvents['SpecApproved'] | undefined)?.spec;
};

/** What was waived for the spec: the final verdict says it too. Undefined: it has to be loaded first. */
export const waivedForSpec = (draft: Draft): readonly ClauseResult[] | undefined => {
  const { approval } = taskOf(draft);
  if (approval?.waived !== true) return [];
  const body = bodyAt(draft, approval.offset) as TasksEvents['SpecApproved'] | undefined;
  return body?.clauses.filter(({ result }) => result === 'WAIVED');
};

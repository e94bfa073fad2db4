/** What every waiver is held to, however it comes about: its end, its paths, room on the desk, the content that it is for. */
import { whyUnsafe } from '../../caws/scope.js';
import type { ClauseRule } from './clause-rules.js';
import { isSameContent, type Content } from './content.js';
import { contentOfTask, refuse, settingsOf } from './desk.js';
import type { Desk, Refusal } from './desk.js';
import { parseInstant } from './instants.js';
import { placeOfWaiver, type WaiverState } from './state.js';

const HOURS = 3_600_000;

/** Longest validity of a waiver, ms. */
export const longest = (desk: Desk, critical: boolean): number => {
  const { maxDurationMs, maxCriticalDurationMs } = settingsOf(desk);
  return critical ? Math.min(maxCriticalDurationMs, maxDurationMs) : maxDurationMs;
};

/** The end of a validity: readable, ahead, and not too far: who asks for more gets nothing, not the most (D-41). */
export const checkEnd = (
  desk: Desk,
  text: string,
  mostMs: number,
): { readonly at: number } | NonNullable<Refusal> => {
  const at = parseInstant(text);
  if (at === undefined)
    return { code: 'INVALID', message: 'expiresAt: expected RFC 3339 with a zone, found something else' };
  if (at <= desk.context.now)
    return { code: 'EXPIRED', message: 'expiresAt: expected a time ahead, found one past' };
  if (at > desk.context.now + mostMs * 1000)
    return { code: 'TOO_LONG', message: `expiresAt: at most ${mostMs / HOURS} h from now` };
  return { at };
};

/** Whether paths are said where they must be, and not where nothing would be compared with them. */
export const pathsProblem = (
  rule: Pick<ClauseRule, 'paths'>,
  paths: readonly string[],
  clause: string,
): Refusal => {
  if (rule.paths && paths.length === 0)
    return refuse('INVALID', `paths: expected at least one, as ${clause} is about paths`);
  if (!rule.paths && paths.length > 0)
    return refuse('INVALID', `paths: expected none, as violations of ${clause} name no paths`);
  for (const entry of paths) {
    const why = entry.startsWith('!') ? 'name what is allowed, not what is not' : whyUnsafe(entry);
    if (why !== null) return refuse('INVALID', `paths: ${entry}: ${why}`);
  }
  return undefined;
};

/** When the end of a granted waiver is announced; null: it is too near already. */
export const noticeOf = (desk: Desk, expiresAt: number): number | null => {
  const at = expiresAt - settingsOf(desk).noticeMs * 1000;
  return at > desk.context.now ? at : null;
};

/** Whether the desk has room for one more at those places. */
export const roomFor = (desk: Desk, waiver: Pick<WaiverState, 'clauses' | 'taskId' | 'specId'>): Refusal => {
  const { limits, index } = desk;
  if (index.liveWaivers >= limits.waivers)
    return refuse('TOO_MANY', `at most ${limits.waivers} waivers at once`);
  if (index.keptWaivers >= limits.keptWaivers)
    return refuse('TOO_MANY', `at most ${limits.keptWaivers} waivers, counting those lately over`);
  const full = waiver.clauses.find(
    (clause) => index.waiversAt(placeOfWaiver(clause, waiver)).length >= limits.waiversAtPlace,
  );
  if (full === undefined) return undefined;
  return refuse(
    'TOO_MANY',
    `at most ${limits.waiversAtPlace} waivers of ${full} at once for one task or spec`,
  );
};

/**
 * The content of the task that a waiver names: as its author read it, or as the task itself says. Null: nobody knows yet. It must
 * not be another than the desk knows.
 */
export const pinned = (
  desk: Desk,
  taskId: string | null,
  said: Content | null | undefined,
): { readonly content: Content | null } | NonNullable<Refusal> => {
  const known = taskId === null ? null : contentOfTask(desk, taskId);
  if (said === null || said === undefined) return { content: known };
  if (known !== null && !isSameContent(known, said))
    return { code: 'OTHER_CONTENT', message: 'repository or spec is not that of the task' };
  return { content: said };
};

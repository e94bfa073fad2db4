import type { DeskSettings } from '../../events/generated/events.js';

const HOUR = 3_600_000;

/** What holds until somebody makes it stricter. Also the hard bounds: a person cannot go beyond them (D-41). */
export const DEFAULT_SETTINGS: DeskSettings = {
  approvers: 1,
  criticalApprovers: 2,
  maxDurationMs: 7 * 24 * HOUR,
  maxCriticalDurationMs: 24 * HOUR,
  maxUses: 100,
  noticeMs: HOUR,
  overridesPerHour: 5,
  maxOverrideMs: 24 * HOUR,
  escalateAfter: 3,
  criticalClauses: [],
  nonWaivableClauses: [],
};

/** Which way is stricter, and how far it goes. */
const STRICTER: Readonly<Record<string, { readonly way: 'more' | 'less'; readonly end: number }>> = {
  approvers: { way: 'more', end: 10 },
  criticalApprovers: { way: 'more', end: 10 },
  maxDurationMs: { way: 'less', end: 60_000 },
  maxCriticalDurationMs: { way: 'less', end: 60_000 },
  maxUses: { way: 'less', end: 1 },
  overridesPerHour: { way: 'less', end: 0 },
  maxOverrideMs: { way: 'less', end: 60_000 },
  escalateAfter: { way: 'less', end: 1 },
};
const MOST_NOTICE = 7 * 24 * HOUR;

/** What is wrong with settings; undefined: nothing. Nothing may be laxer than what is built in. */
export const settingsProblem = (settings: DeskSettings): string | undefined => {
  for (const [name, { way, end }] of Object.entries(STRICTER)) {
    const [found, limit] = [settings, DEFAULT_SETTINGS].map((s) => s[name as keyof DeskSettings] as number);
    if (found === undefined || limit === undefined) continue;
    const [low, high] = way === 'more' ? [limit, end] : [end, limit];
    if (!Number.isInteger(found) || found < low || found > high)
      return `settings.${name}: expected ${low} to ${high}, found ${found}`;
  }
  const { noticeMs, approvers, criticalApprovers } = settings;
  if (!Number.isInteger(noticeMs) || noticeMs < 0 || noticeMs > MOST_NOTICE)
    return `settings.noticeMs: expected 0 to ${MOST_NOTICE}, found ${noticeMs}`;
  if (criticalApprovers < approvers)
    return `settings.criticalApprovers: expected at least approvers (${approvers}), found ${criticalApprovers}`;
  return undefined;
};

import type { AgentPrice, AgentQuota, AgentReach } from '../../events/generated/events.js';
import type { AgentLimits } from './rules.js';

type Problem = string | undefined;

/** How an agent is reached, what it costs, what it may use. */
export interface Terms {
  readonly reach: AgentReach | null;
  readonly price: AgentPrice | null;
  readonly quotas: readonly AgentQuota[];
}

const said = (value: unknown): string => JSON.stringify(value).slice(0, 120);
const isUrl = (text: string): boolean => {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:', 'grpc:', 'grpcs:'].includes(protocol) && username === '' && password === '';
};

const reachProblem = (reach: AgentReach, limits: AgentLimits): Problem => {
  const { kind, url, argv, binding, protocolVersion } = reach;
  if (kind === 'UNKNOWN') return 'reach: KAFKA, COMMAND, HTTP, A2A or ACP, found UNKNOWN';
  const isRemote = kind === 'HTTP' || kind === 'A2A';
  const isProgram = kind === 'COMMAND' || kind === 'ACP';
  if (isRemote && !isUrl(url))
    return `reach: an absolute URL without a password for ${kind}, found ${said(url)}`;
  if (!isRemote && url !== '') return `reach: no url for ${kind}, found ${said(url)}`;
  if (isProgram && (argv.length === 0 || argv[0] === '')) return `reach: a program for ${kind}, found none`;
  if (!isProgram && argv.length > 0) return `reach: no argv for ${kind}, found ${argv.length} words`;
  if (argv.length > 64 || argv.some((word) => word.length > 1024 || word.includes('\0')))
    return 'reach: at most 64 words of at most 1024 characters, without NUL';
  if (binding.length > limits.textLength || protocolVersion.length > limits.textLength)
    return `reach: binding and protocolVersion of at most ${limits.textLength} characters`;
  return undefined;
};

const isAmount = (value: number | null): boolean =>
  value === null || (Number.isSafeInteger(value) && value >= 0);

const priceProblem = (price: AgentPrice): Problem => {
  if (!/^[A-Z]{3}$/.test(price.currency))
    return `price: a currency of three capital letters (ISO 4217), found ${said(price.currency)}`;
  const amounts = [price.perTaskMicros, price.inputPerMillionMicros, price.outputPerMillionMicros];
  const bad = amounts.find((value) => !isAmount(value));
  if (bad !== undefined) return `price: amounts of 0 or more, found ${bad}`;
  return amounts.every((value) => value === null) ? 'price: at least one amount, found none' : undefined;
};

/** A year and a day: longer windows are meant otherwise. */
const LONGEST_WINDOW_MS = 366 * 86_400_000;

const quotaProblem = (quota: AgentQuota): Problem => {
  if (quota.unit === 'UNKNOWN') return 'quotas: TASKS, TOKENS or COST_MICROS, found UNKNOWN';
  if (!Number.isSafeInteger(quota.amount) || quota.amount < 0)
    return `quotas: an amount of 0 or more, found ${quota.amount}`;
  if (!Number.isSafeInteger(quota.windowMs) || quota.windowMs < 1000 || quota.windowMs > LONGEST_WINDOW_MS)
    return `quotas: a window from 1 s to 366 days, found ${quota.windowMs} ms`;
  return undefined;
};

/** What is wrong with terms; undefined: nothing. */
export const termsProblem = ({ reach, price, quotas }: Terms, limits: AgentLimits): Problem => {
  if (quotas.length > limits.quotas) return `quotas: at most ${limits.quotas}, found ${quotas.length}`;
  const keys = quotas.map(({ unit, windowMs }) => `${unit} ${windowMs}`);
  if (new Set(keys).size < keys.length) return 'quotas: one for a unit and window, found two';
  return (
    (reach === null ? undefined : reachProblem(reach, limits)) ??
    (price === null ? undefined : priceProblem(price)) ??
    quotas.map(quotaProblem).find((problem) => problem !== undefined)
  );
};

/**
 * The window of a quota that holds at `now`, µs since the epoch: from ≤ now < until. A window with a reset time repeats
 * from it in both directions; without one it slides (until: null).
 */
export const quotaWindow = (
  { windowMs, resetAt }: Pick<AgentQuota, 'windowMs' | 'resetAt'>,
  now: number,
): { readonly from: number; readonly until: number | null } => {
  const length = windowMs * 1000;
  if (resetAt === null) return { from: now - length, until: null };
  const until = resetAt + Math.ceil((now - resetAt) / length) * length;
  return until === now ? { from: now, until: now + length } : { from: until - length, until };
};

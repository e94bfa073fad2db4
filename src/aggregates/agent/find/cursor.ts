import { createHash } from 'node:crypto';
import type { Place } from './fleet-agent.js';
import { BadQuery, type AgentQuery } from './query.js';

/** The question without its page: a cursor of another question would leave out agents without a word. */
const digestOf = (query: AgentQuery): string => {
  const { limit: _limit, page: _page, ...asked } = query;
  const sorted = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 12);
};

/** The place behind which the next page begins. It holds, whatever happens to the agents before it. */
export const encodeCursor = (query: AgentQuery, { successes, failures, agentId }: Place): string =>
  Buffer.from(JSON.stringify([digestOf(query), successes, failures, agentId])).toString('base64url');

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Throws `BAD_QUERY`. */
export const decodeCursor = (query: AgentQuery, cursor: string): Place => {
  const [digest, successes, failures, agentId] = partsOf(cursor);
  if (typeof digest !== 'string' || !isCount(successes) || !isCount(failures) || typeof agentId !== 'string')
    throw new BadQuery('page', '`next` of the page before', JSON.stringify(cursor.slice(0, 40)));
  if (digest !== digestOf(query))
    throw new BadQuery('page', 'a page of this question', 'one of another', 'ask the same, or begin anew');
  return { successes, failures, agentId };
};

const partsOf = (cursor: string): readonly unknown[] => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor.slice(0, 2048), 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
};

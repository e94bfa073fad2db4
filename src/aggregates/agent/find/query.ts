/** A question to the registry. Everything that is left out asks for nothing. */
export interface AgentQuery {
  /** Agents of this tenant only. From the authenticated channel, where there is one; never from the caller's own words. */
  readonly tenant?: string;
  /** Agents that take it; rates are those of this type. */
  readonly taskType?: string;
  /** All of them. */
  readonly capabilities?: readonly string[];
  /** All of them. */
  readonly languages?: readonly string[];
  /** All of them. */
  readonly specialisations?: readonly string[];
  /** Per cent; strictly below. */
  readonly belowUtilisation?: number;
  /** From 0 to 1. */
  readonly minSuccess?: number;
  /** What must reach `minSuccess`: the rate (default), or the lower end of its 95 % interval. */
  readonly bound?: 'rate' | 'interval';
  /** As it stands, e.g. `AVAILABLE` (default) or `OFFLINE`; `any`. */
  readonly standing?: string;
  /** 1 to 1000, default 100. */
  readonly limit?: number;
  /** `next` of the page before, of the same question. */
  readonly page?: string;
}

/** What is wrong with a question. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery';
  readonly code = 'BAD_QUERY';
  constructor(
    readonly place: string,
    readonly expected: string,
    readonly found: string,
    readonly repair = `correct ${place}`,
  ) {
    super(`BAD_QUERY: ${place}: expected ${expected}, found ${found}`);
  }
}

const MAX_WORDS = 50;
const MAX_LENGTH = 256;

const within = (place: string, value: number | undefined, least: number, most: number): void => {
  if (value !== undefined && !(value >= least && value <= most))
    throw new BadQuery(place, `a number from ${least} to ${most}`, String(value));
};

const words = (place: string, list: readonly string[] | undefined): void => {
  if (list === undefined) return;
  if (list.length > MAX_WORDS) throw new BadQuery(place, `at most ${MAX_WORDS}`, String(list.length));
  const bad = list.find((word) => word === '' || word.length > MAX_LENGTH);
  if (bad !== undefined)
    throw new BadQuery(place, `words of 1 to ${MAX_LENGTH} characters`, JSON.stringify(bad.slice(0, 60)));
};

/** Throws `BAD_QUERY`: place, expected, found. */
export const checkQuery = (query: AgentQuery): void => {
  words('taskType', query.taskType === undefined ? undefined : [query.taskType]);
  words('capabilities', query.capabilities);
  words('languages', query.languages);
  words('specialisations', query.specialisations);
  within('belowUtilisation', query.belowUtilisation, 0, 1e6);
  within('minSuccess', query.minSuccess, 0, 1);
  const { limit } = query;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= 1000))
    throw new BadQuery('limit', 'a whole number from 1 to 1000', String(limit));
};

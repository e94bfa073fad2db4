import { z } from 'zod';
import { kind } from './kind.js';

/** The fall-back: turns by the number of the decision, so it needs no state of its own and rests on no outcome. */
export const roundRobinKind = kind({
  id: 'round-robin',
  version: '1',
  summary: 'one after the other by id, whatever they achieve',
  schema: z.strictObject({}),
  rule:
    () =>
    ({ arms, context }) => {
      const count = arms.length;
      const turn = ((Math.floor(context.ordinal) % count) + count) % count;
      const shares = arms.map((_, i) => (i === turn ? 1 : 0));
      return { shares, scores: shares, details: { turn } };
    },
});

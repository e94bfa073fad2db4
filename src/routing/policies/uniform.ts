import { z } from 'zod';
import { even } from '../arms.js';
import { kind } from './kind.js';

export const uniformKind = kind({
  id: 'uniform',
  version: '2',
  summary: 'everybody with the same probability',
  schema: z.strictObject({}),
  rule:
    () =>
    ({ arms }) => ({ shares: even(arms.length), scores: even(arms.length) }),
});

import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import { momentOf } from '../formats.js';
import type { Spec } from '../model.js';
import type { RuleContext } from './context.js';

/** An experiment ends when it said it would: at that moment it is over, as a waiver is. One that is closed may keep its date. */
export function experimentRules(spec: Spec, { now }: RuleContext): Diagnostic[] {
  const { experimental_mode: experiment, lifecycle_state: state } = spec;
  if (experiment?.enabled !== true || state === 'closed' || state === 'archived') return [];
  const end = momentOf(experiment.expires_at);
  if (end !== null && end > now.getTime()) return [];
  const message = `the experiment ended at ${experiment.expires_at}; it is ${now.toISOString()}`;
  const place = { pointer: '/experimental_mode/expires_at' };
  return [
    errorAt('arbiter.experiment.expired', message, place, 'Remove `experimental_mode`, or set a new end.'),
  ];
}

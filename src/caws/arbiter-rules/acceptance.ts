import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import type { Spec } from '../model.js';

/** An id stands for one criterion: evidence and tests name criteria by it. */
export function acceptanceRules({ acceptance }: Spec): Diagnostic[] {
  const first = new Map<string, number>();
  return acceptance.flatMap(({ id }, i) => {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, i);
      return [];
    }
    const message = `${id} is the id of acceptance/${earlier} already`;
    const place = { pointer: `/acceptance/${i}/id` };
    return [
      errorAt('arbiter.acceptance.duplicate_id', message, place, 'Give this criterion an id of its own.'),
    ];
  });
}

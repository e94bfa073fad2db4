import { TOPICS } from '../../events/topics.js';
import { openGate, type Input } from '../../log/index.js';
import type { Component, ComponentContext } from '../../platform/component.js';
import { startOwning } from '../owning.js';
import { dispatcherDomain, type TaskEvent } from './dispatcher-domain.js';

export const DISPATCHER_GROUP = 'arbiter.dispatcher';

/** Event types that leave an offer standing. */
const KEEPS = new Set(['TaskRouted', 'ExecutionStarted', 'LeaseRenewed', 'CommandRefused', 'AskRepeated']);

/** Reads ahead, in one partition, which routings are over: the offsets of TaskRouted that a later event left behind. */
class LookAhead {
  readonly superseded = new Set<number>();
  readonly #open = new Map<string, number>();

  see({ type, offset, record: { taskId } }: Input<TaskEvent> & { kind: 'record' }): void {
    if (type === 'TaskRouted') this.#open.set(taskId, offset);
    else if (!KEEPS.has(type)) {
      const routed = this.#open.get(taskId);
      if (routed !== undefined) this.superseded.add(routed);
      this.#open.delete(taskId);
    }
  }
}

/** The dispatcher: owner of `arbiter.assignments`. */
export const startDispatcher = (context: ComponentContext): Promise<Component> => {
  const ahead = new Map<number, LookAhead>();
  return startOwning(context, {
    groupId: DISPATCHER_GROUP,
    inboxTopic: TOPICS.tasks,
    logTopic: TOPICS.assignments,
    inboxOwned: true,
    domain: dispatcherDomain((partition, token) => ahead.get(partition)?.superseded.has(token) ?? false),
    gate: openGate,
    perPartition: (partition) => {
      const look = new LookAhead();
      ahead.set(partition, look);
      return { lookAhead: (input) => look.see(input) };
    },
  });
};

/** What is taken from kafkajs' RequestQueue (`src/network/requestQueue`, 2.2.4). */
export interface PendingRequests {
  readonly pending: readonly unknown[];
}

/**
 * kafkajs looks for pending requests again and again on every connection, by a timer whose delay is negative where no
 * broker throttles: a thousand times a second, for as long as the connection lives (kafkajs issue 1704). An empty
 * queue has nothing to be looked for; whatever enters it sets the timer itself.
 */
export const letEmptyQueuesRest = (queueClass: { readonly prototype: PendingRequests }): void => {
  const { prototype } = queueClass;
  const name = 'scheduleCheckPendingRequests';
  const schedule = Reflect.get(prototype, name) as () => void;
  Reflect.set(prototype, name, function (this: PendingRequests): void {
    if (this.pending.length > 0) schedule.call(this);
  });
};

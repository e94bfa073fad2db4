import { expect } from 'chai';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
// Takes effect when the adapter is loaded.
import '../../../src/bus/kafka/kafkajs-protocol.js';

interface Queue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  maybeThrottle(milliseconds: number): void;
  push(request: object): void;
}

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

describe('queues of requests in kafkajs 2.2.4', () => {
  let sent: number[];
  const queueOf = (): Queue =>
    new RequestQueue({
      maxInFlightRequests: null,
      requestTimeout: 1000,
      enforceRequestTimeout: false,
      clientId: 'test',
      broker: 'none',
      logger: { debug: () => undefined },
      isConnected: () => true,
    });
  const request = (correlationId: number): object => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: false,
    sendRequest: () => sent.push(correlationId),
  });

  beforeEach(() => (sent = []));

  it('busy timers: an empty queue sets none', () => {
    const queue = queueOf();
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });

  it('busy timers: what a broker throttles leaves when the throttle is over, and the timer with it', async () => {
    const queue = queueOf();
    queue.maybeThrottle(50);
    queue.checkPendingRequests();
    queue.push(request(1));
    queue.push(request(2));
    expect(sent).to.deep.equal([]);
    expect(queue.throttleCheckTimeoutId).not.to.equal(null);
    await sleep(150);
    expect(sent).to.deep.equal([1, 2]);
    expect(queue.throttleCheckTimeoutId).to.equal(null);
  });
});

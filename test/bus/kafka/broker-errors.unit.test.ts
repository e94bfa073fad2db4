import { createRequire } from 'node:module';
import { expect } from 'chai';
import { toBusError } from '../../../src/bus/kafka/broker-errors.js';

describe('errors of kafkajs', () => {
  it('hazard: "Broker not connected" is a plain error; it is retriable, or an owner would halt over a broker restart', async () => {
    const require = createRequire(import.meta.url);
    const Broker = require('kafkajs/src/broker/index.js') as new (options: object) => {
      metadata(topics: string[]): Promise<unknown>;
    };
    const connectionPool = { isConnected: () => false, host: 'h', port: 1 };
    const logger = { namespace: () => logger, debug: () => undefined };
    const broker = new Broker({ connectionPool, logger });
    // Thrown as kafkajs throws it, so that a version that does otherwise shows here.
    const thrown = await Promise.resolve()
      .then(() => broker.metadata(['t']))
      .catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(Error).with.property('name', 'Error');
    const error = toBusError(thrown, 'metadata of topic t');
    expect([error.code, error.retriable]).to.deep.equal(['UNREACHABLE', true]);
    expect(error.message).to.equal('metadata of topic t: Broker not connected');
  });

  it('any other plain error is not retried', () => {
    const error = toBusError(new TypeError('x is not a function'), 'metadata');
    expect([error.code, error.retriable]).to.deep.equal(['BROKER', false]);
  });
});

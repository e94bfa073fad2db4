import { UNDECLARED } from '../../../src/aggregates/agent/index.js';
import type { MemoryBus } from '../../../src/bus/memory/index.js';
import { BusError, type LogRecord, type Publisher } from '../../../src/bus/port.js';
import { TOPICS } from '../../../src/events/topics.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/edge.js';
import type { Order } from './orders.js';
import { textCodec } from './text-codec.js';

/** Those who want something of Arbiter: their publisher gives up only where it is told to. */
export class People {
  /** Orders that Kafka has acknowledged. */
  readonly acknowledged: Order[] = [];

  private constructor(
    private readonly publisher: Publisher,
    private readonly edge: EdgePublisher,
    private readonly fail: (error: unknown) => void,
  ) {}

  static async open(bus: MemoryBus, fail: (error: unknown) => void): Promise<People> {
    const process = bus.process('people');
    const publisher = await bus.run(process.openPublisher());
    return new People(
      publisher,
      await bus.run(createEdgePublisher(publisher, textCodec, process.admin)),
      fail,
    );
  }

  register(agentId: string, costPerTaskMicros: number | null): void {
    const record = {
      commandId: `register-${agentId}`,
      agentId,
      displayName: agentId,
      modelFamily: 'm',
      version: '1',
      capabilities: ['typescript'],
      taskTypes: [],
      maxConcurrency: 10,
      costPerTaskMicros,
      ...UNDECLARED,
      tags: {},
      ifVersion: null,
      tenant: 'acme',
      actor: 'ann',
      occurredAt: 0,
      traceparent: null,
    };
    const send = (): void => {
      this.edge.publish(TOPICS.agentCommands, 'RegisterAgent', agentId, record).catch(send);
    };
    send();
  }

  /** @param tries how often it is sent again when nobody acknowledges it */
  order(order: Order, tries: number): void {
    const topic = order.name === 'TaskRequested' ? TOPICS.taskRequests : TOPICS.commands;
    this.edge.publish(topic as never, order.name as never, order.taskId, order.record as never).then(
      () => this.acknowledged.push(order),
      (error: unknown) => {
        if (!(error instanceof BusError)) this.fail(error);
        else if (tries > 0) this.order(order, tries - 1);
      },
    );
  }

  /** Publishes a fact once more, byte for byte. */
  again({ key, value, headers }: LogRecord): void {
    this.publisher.publish(TOPICS.facts, 0, { key, value, headers }).catch(() => undefined);
  }
}

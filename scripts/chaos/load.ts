import { setTimeout as sleep } from 'node:timers/promises';
import { UNDECLARED } from '../../src/aggregates/agent/index.js';
import type { Publisher } from '../../src/bus/port.js';
import { TOPICS } from '../../src/events/topics.js';
import type { EdgePublisher, Published } from '../../src/producers/index.js';
import { AGENTS, nextOrder, SPEC, type Order } from './orders.js';
import type { Chance } from './random.js';

/** What was said to Arbiter and acknowledged by the broker: must be found in the topics, and answered. */
export interface Said {
  /** By taskId, in the order of asking. */
  readonly orders: Map<string, Order>;
  readonly requests: { readonly requestId: string; readonly taskId: string; readonly at: Published }[];
  readonly commands: {
    readonly commandId: string;
    readonly taskId: string;
    readonly name: string;
    readonly at: Published;
  }[];
  /** Records that can not be used: each must become a dead letter. */
  readonly unusable: { readonly what: string; readonly at: Published }[];
  /** Sends that were rejected and repeated with the same ids. */
  retries: number;
}

const RETRY_MS = 500;

/** The steady stream. What is not acknowledged is said again with the same ids, until it is. */
export class Load {
  readonly said: Said = { orders: new Map(), requests: [], commands: [], unusable: [], retries: 0 };
  readonly #waiting = new Set<Promise<void>>();
  #stopped = false;
  #number = 0;

  constructor(
    private readonly edge: EdgePublisher,
    private readonly publisher: Publisher,
    private readonly random: Chance,
    private readonly run: string,
  ) {}

  /** Sends still under way. */
  get unacknowledged(): number {
    return this.#waiting.size;
  }

  async registerAgents(): Promise<void> {
    for (const agentId of AGENTS) {
      await this.edge.publish(TOPICS.agentCommands, 'RegisterAgent', agentId, {
        commandId: `register-${this.run}-${agentId}`,
        agentId,
        displayName: agentId,
        modelFamily: 'chaos',
        version: '1',
        capabilities: ['work'],
        taskTypes: [],
        maxConcurrency: 8,
        costPerTaskMicros: null,
        ...UNDECLARED,
        tags: {},
        ifVersion: null,
        ...this.#head(),
      });
    }
  }

  #head(): { tenant: string; actor: string; occurredAt: number; traceparent: null } {
    return { tenant: 'chaos', actor: 'chaos', occurredAt: Date.now() * 1000, traceparent: null };
  }

  /** Asks for tasks, `perSecond` on average, until `stop`. */
  async stream(perSecond: number): Promise<void> {
    while (!this.#stopped) {
      // Bounded: while the broker is away, what waits is repeated before more is asked for.
      if (this.#waiting.size < 500) this.#begin(this.#one(this.#number++));
      await sleep((2 * this.random.next() * 1000) / perSecond);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async settled(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all([...this.#waiting]);
  }

  #begin(work: Promise<void>): void {
    const tracked = work.finally(() => this.#waiting.delete(tracked));
    this.#waiting.add(tracked);
  }

  async #one(number: number): Promise<void> {
    if (this.random.next() < 0.03) await this.#unusable(number);
    const order = nextOrder(this.random, this.run, number);
    const { request, repeatAfter, duplicateAfter, commands } = order;
    const { taskId } = request;
    this.said.orders.set(taskId, order);
    for (const { name } of commands.filter(({ after }) => after < 0)) await this.#command(name, taskId);
    await this.#request(request);
    if (repeatAfter !== null) this.#begin(sleep(repeatAfter).then(() => this.#request(request)));
    if (duplicateAfter !== null) {
      const other = { ...request, requestId: `other-${request.requestId}`, title: 'another task, same id' };
      this.#begin(sleep(duplicateAfter).then(() => this.#request(other)));
    }
    let since = 0;
    for (const { name, after } of commands.filter((command) => command.after >= 0)) {
      await sleep(after - since);
      since = after;
      await this.#command(name, taskId);
      // A command said twice takes effect once (law 5).
      if (this.random.next() < 0.2) await this.#command(name, taskId);
    }
  }

  async #request(request: Order['request']): Promise<void> {
    const { requestId, taskId } = request;
    const at = await this.#until(() =>
      this.edge.publish(TOPICS.taskRequests, 'TaskRequested', taskId, request),
    );
    this.said.requests.push({ requestId, taskId, at });
  }

  async #command(name: 'CancelTask' | 'SuspendTask' | 'ResumeTask', taskId: string): Promise<void> {
    const commandId = `${name}-${taskId}`;
    const body = { commandId, taskId, reason: 'chaos', ifToken: null, ifVersion: null, ...this.#head() };
    const at = await this.#until(() => this.edge.publish(TOPICS.commands, name, taskId, body));
    this.said.commands.push({ commandId, taskId, name, at });
  }

  async #unusable(number: number): Promise<void> {
    const what = this.random.pick(['no Avro', 'path in the task id', 'unknown schema id']);
    if (what === 'path in the task id') {
      const order = nextOrder(this.random, this.run, number);
      const request = { ...order.request, taskId: '../../etc/passwd', spec: SPEC };
      const at = await this.#until(() =>
        this.edge.publish(TOPICS.taskRequests, 'TaskRequested', request.taskId, request),
      );
      this.said.unusable.push({ what, at });
      return;
    }
    const value =
      what === 'no Avro' ? Buffer.from('certainly not Avro') : Buffer.from([0, 0x7f, 0xff, 0xff, 0, 1, 2]);
    const topic = this.random.pick([TOPICS.taskRequests, TOPICS.commands, TOPICS.agentReports]);
    const at = await this.#until(async () => {
      const { offset } = await this.publisher.publish(topic, 0, { key: null, value });
      return { topic, partition: 0, offset };
    });
    this.said.unusable.push({ what, at });
  }

  async #until<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await send();
      } catch {
        this.said.retries++;
        await sleep(RETRY_MS);
      }
    }
  }
}

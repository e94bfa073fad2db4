import { randomUUID } from 'node:crypto';
import { UNDECLARED } from '../../../src/aggregates/agent/index.js';
import { TOPICS } from '../../../src/events/topics.js';
import type {
  AgentReportsEvents,
  AssignmentOffered,
  CommandsEvents,
  TaskRequest,
  VerdictIssued,
} from '../../../src/events/generated/events.js';
import { followAll, micros, systemClock, type Following, type LoggedEvent } from '../../../src/log/index.js';
import { createEdgePublisher, type EdgePublisher } from '../../../src/producers/index.js';
import type { Connection } from '../../../src/runtime/index.js';
import { taskRequest } from '../../support/requests.js';

export const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** What an agent without a repository hands in. */
export const RESULT: AgentReportsEvents['ResultSubmitted']['result'] = {
  commit: null,
  ref: null,
  resultSha256: null,
  exitCode: 0,
  output: '',
  usage: { inputTokens: 1, outputTokens: 2, costMicros: 3 },
  evidence: [],
};

type Body<N extends keyof AgentReportsEvents> = Omit<
  AgentReportsEvents[N],
  | 'reportId'
  | 'taskId'
  | 'token'
  | 'agentId'
  | 'workerInstance'
  | 'number'
  | 'tenant'
  | 'occurredAt'
  | 'traceparent'
>;

/** Everything said of one task, as an outsider reads it. */
export interface Seen {
  readonly events: LoggedEvent[];
  readonly offers: AssignmentOffered[];
  readonly revoked: number[];
  readonly verdicts: VerdictIssued[];
}

/** People, agents and subscribers of the tests: talks to a running Arbiter through the bus alone. */
export class Fleet {
  readonly #seen = new Map<string, Seen>();
  readonly #presence = new Map<string, NodeJS.Timeout>();
  readonly #following: Following[] = [];
  #number = 0;

  private constructor(
    private readonly edge: EdgePublisher,
    private readonly closePublisher: () => Promise<void>,
  ) {}

  static async open({ bus, logCodec: codec }: Connection): Promise<Fleet> {
    const publisher = await bus.openPublisher();
    const edge = await createEdgePublisher(publisher, codec, bus.admin);
    const fleet = new Fleet(edge, () => publisher.close());
    const { partitions } = await bus.admin.describeTopic(TOPICS.tasks);
    for (const topic of [TOPICS.tasks, TOPICS.assignments, TOPICS.verdicts]) {
      const following = await followAll({
        bus,
        codec,
        clock: systemClock,
        topic,
        partitions,
        onRejected: () => undefined,
        onError: (error) => process.stderr.write(`${topic}: ${String(error)}\n`),
        onEvents: (_p, followed) => {
          for (const { event } of followed) fleet.#note(event);
        },
      });
      fleet.#following.push(following);
      await following.whenCaughtUp();
    }
    return fleet;
  }

  #note(event: LoggedEvent): void {
    const { taskId, token } = event.body as unknown as { taskId: string; token: number };
    const seen = this.of(taskId);
    if (event.type === 'AssignmentOffered') seen.offers.push(event.body as unknown as AssignmentOffered);
    else if (event.type === 'AssignmentRevoked') seen.revoked.push(token);
    else if (event.type === 'VerdictIssued') seen.verdicts.push(event.body as unknown as VerdictIssued);
    else seen.events.push(event);
  }

  of(taskId: string): Seen {
    const seen = this.#seen.get(taskId) ?? { events: [], offers: [], revoked: [], verdicts: [] };
    this.#seen.set(taskId, seen);
    return seen;
  }

  /** An agent with one instance, which shows itself until the end; its id is its capability. */
  async agent(capability: string, slots = 10): Promise<{ agentId: string; instance: string }> {
    const agentId = `${capability}-${randomUUID().slice(0, 8)}`;
    const instance = randomUUID();
    await this.edge.publish('arbiter.agent-commands', 'RegisterAgent', agentId, {
      commandId: randomUUID(),
      agentId,
      displayName: 'of a test',
      modelFamily: '',
      version: '',
      capabilities: [capability],
      taskTypes: [],
      maxConcurrency: slots,
      costPerTaskMicros: null,
      ...UNDECLARED,
      tags: {},
      ifVersion: null,
      tenant: 'default',
      actor: 'test',
      occurredAt: micros(systemClock),
      traceparent: null,
    });
    const see = (): void => {
      const presence = { agentId, instance, slots, freeSlots: slots, leaving: false, build: 'test' };
      const record = { ...presence, occurredAt: micros(systemClock) };
      this.edge.publish('arbiter.presence', 'WorkerSeen', instance, record).catch(() => undefined);
    };
    see();
    this.#presence.set(instance, setInterval(see, 1000));
    return { agentId, instance };
  }

  async submit(taskId: string, over: Partial<TaskRequest> = {}): Promise<void> {
    await this.edge.publish('arbiter.task-requests', 'TaskRequested', taskId, {
      ...taskRequest(taskId, { requestId: taskId, title: 'of a test', ...over }),
      occurredAt: micros(systemClock),
      traceparent: TRACE,
    });
  }

  async command(name: keyof CommandsEvents, taskId: string): Promise<void> {
    await this.edge.publish('arbiter.commands', name, taskId, {
      commandId: `${name}-${taskId}`,
      taskId,
      tenant: 'default',
      reason: 'a test',
      ifToken: null,
      ifVersion: null,
      actor: 'test',
      occurredAt: micros(systemClock),
      traceparent: null,
    });
  }

  async report<N extends keyof AgentReportsEvents>(
    name: N,
    offer: AssignmentOffered,
    body: Body<N>,
    reportId: string = randomUUID(),
  ): Promise<void> {
    const { taskId, token, agentId, workerInstance } = offer;
    const head = { reportId, taskId, token, agentId, workerInstance, number: this.#number++ };
    const record = {
      ...head,
      tenant: 'default',
      occurredAt: micros(systemClock),
      traceparent: offer.meta.traceparent,
    };
    await this.edge.publish('arbiter.agent-reports', name, taskId, { ...record, ...body } as never);
  }

  result(offer: AssignmentOffered, resultSha256 = 'a'.repeat(64), reportId?: string): Promise<void> {
    return this.report('ResultSubmitted', offer, { result: { ...RESULT, resultSha256 } }, reportId);
  }

  /** The nth offer of a task (from 1). */
  offer(taskId: string, nth = 1): Promise<AssignmentOffered> {
    return this.until(`offer ${nth} of ${taskId}`, () => this.of(taskId).offers[nth - 1]);
  }

  event(taskId: string, type: string): Promise<LoggedEvent> {
    return this.until(`${type} of ${taskId}`, () => this.of(taskId).events.find((e) => e.type === type));
  }

  verdict(taskId: string, phase: 'PRE' | 'FINAL' = 'FINAL'): Promise<VerdictIssued> {
    return this.until(`${phase} of ${taskId}`, () => this.of(taskId).verdicts.find((v) => v.phase === phase));
  }

  async until<T>(what: string, look: () => T | undefined, withinMs = 15_000): Promise<T> {
    const end = Date.now() + withinMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}; ${this.#summary()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #summary(): string {
    const last = [...this.#seen.keys()].slice(-3);
    return last
      .map(
        (id) =>
          `${id}: ${this.of(id)
            .events.map(({ type }) => type)
            .join(' ')}`,
      )
      .join('; ');
  }

  async close(): Promise<void> {
    for (const timer of this.#presence.values()) clearInterval(timer);
    await Promise.all(this.#following.map((one) => one.close()));
    await this.closePublisher();
  }
}

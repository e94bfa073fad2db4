/**
 * routing decisions a second, sustained, through the real broker, with 50 candidates and learning on. The router runs as it is (one
 * component of an Arbiter), asks stand in the tasks log, an answer counts when its fact is acknowledged, and every answered task ends
 * with an outcome in the outcomes log. The bench stands in for saga, performance and registrar: it writes those three logs itself, in
 * the same process as the router, so its own encoding is in the figures. `--minutes` (5), `--rate` (1000), `--agents` (50).
 * Not measured: execution, verification, several machines, replication.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { UNDECLARED } from '../src/aggregates/agent/index.js';
import { partitionFor } from '../src/bus/partition.js';
import type { AgentRegistered, OutcomeObserved, RouteDecided } from '../src/events/generated/events.js';
import { TOPICS } from '../src/events/topics.js';
import { micros, openFeeds, systemClock, Wake } from '../src/log/index.js';
import { createMetrics } from '../src/platform/metrics.js';
import { startStack, stopStack } from '../src/platform/stack/index.js';
import { createEdgePublisher } from '../src/producers/index.js';
import {
  connect,
  endpointsOf,
  parseSettings,
  setUp,
  startArbiter,
  type Connection,
} from '../src/runtime/index.js';
import { openLogWriter, type LogWriter } from './log-writer.js';

const FOLDER = fileURLToPath(new URL('../.arbiter/bench-routing', import.meta.url));
const SLOTS = 100_000;
const TICK_MS = 10;
const MOST_IN_FLIGHT = 2000;

interface Asked {
  /** ms, before the append of the ask */
  readonly at: number;
  readonly partition: number;
}

const round = (value: number): number => Math.round(value * 100) / 100;
const quantile = (sorted: readonly number[], q: number): number =>
  round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);

export const run = async (args: readonly string[]): Promise<object> => {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      minutes: { type: 'string', default: '5' },
      rate: { type: 'string', default: '1000' },
      agents: { type: 'string', default: '50' },
    },
  });
  const [minutes, rate, agents] = [Number(values.minutes), Number(values.rate), Number(values.agents)];
  // The logs begin empty: the bench is the only writer of what the owners write otherwise.
  await stopStack({ folder: path.resolve(FOLDER) });
  rmSync(FOLDER, { recursive: true, force: true });
  const stack = await startStack({ folder: FOLDER, quiet: true });
  const endpoints = endpointsOf(stack);
  await setUp(endpoints);
  const connection = await connect(endpoints, 'arbiter-bench');
  const metrics = createMetrics();
  const logger = pino({ level: 'error' });
  const arbiter = await startArbiter({
    endpoints,
    connection,
    settings: parseSettings({ explorationFloor: 0.05, logLevel: 'error' }),
    logger,
    metrics,
    only: ['router'],
  });
  const world = await openWorld(connection, agents);
  try {
    while (!arbiter.readiness().ready) await sleep(100);
    process.stderr.write('warming up\n');
    await load(world, rate, 5);
    const cpu = process.cpuUsage();
    const measured = await load(world, rate, minutes * 60);
    const spent = process.cpuUsage(cpu);
    return {
      ...measured,
      rate_asked: rate,
      minutes,
      candidates: agents,
      cpu_ms_per_decision: round((spent.user + spent.system) / 1000 / Math.max(1, measured.decisions)),
      rss_mb: Math.round(process.memoryUsage().rss / 1e6),
      kafka_version: stack.kafkaVersion,
    };
  } finally {
    await world.close();
    await arbiter.stop();
    await connection.close();
    await stopStack({ folder: path.resolve(FOLDER) });
  }
};

interface World {
  readonly tasks: readonly LogWriter[];
  readonly asked: Map<string, Asked>;
  readonly latencies: number[];
  answered: number;
  notRouted: number;
  /** not asked: too many were under way */
  held: number;
  close(): Promise<void>;
}

const load = async (world: World, rate: number, seconds: number) => {
  world.latencies.length = 0;
  [world.answered, world.notRouted, world.held] = [0, 0, 0];
  const begun = performance.now();
  let made = 0;
  let said = 0;
  for (;;) {
    const elapsed = (performance.now() - begun) / 1000;
    if (elapsed >= seconds) break;
    const due = Math.floor(elapsed * rate);
    for (; made < due; made += 1) {
      // As the saga does: so many are in flight at most, the others wait for their turn.
      if (world.asked.size < MOST_IN_FLIGHT) ask(world);
      else world.held += 1;
    }
    if (elapsed - said > 10) {
      said = elapsed;
      process.stderr.write(`${Math.round(elapsed)} s: ${made} asked, ${world.answered} answered\n`);
    }
    await sleep(TICK_MS);
  }
  const until = performance.now() + 30_000;
  while (world.asked.size > 0 && performance.now() < until) await sleep(20);
  const wall = (performance.now() - begun) / 1000;
  const sorted = [...world.latencies].sort((a, b) => a - b);
  return {
    decisions: world.answered,
    decisions_per_s: round(world.answered / wall),
    p50_ms: quantile(sorted, 0.5),
    p95_ms: quantile(sorted, 0.95),
    p99_ms: quantile(sorted, 0.99),
    not_routed: world.notRouted,
    held_back: world.held,
    unanswered: world.asked.size,
  };
};

let number = 0;

const ask = ({ tasks, asked }: World): void => {
  const taskId = `L-${number++}`;
  const partition = partitionFor(taskId, tasks.length);
  asked.set(taskId, { at: performance.now(), partition });
  tasks[partition]?.put('RoutingStarted', `task/${taskId}`, {
    taskId,
    attempt: 1,
    taskType: number % 3 === 0 ? 'review' : 'code-editing',
    requiredCapabilities: ['code'],
    excludedAgents: [],
    excludedInstances: [],
    riskTier: 2,
    priority: 5,
    deadline: null,
  });
};

const openWorld = async ({ bus, logCodec: codec }: Connection, agents: number): Promise<World> => {
  const { partitions } = await bus.admin.describeTopic(TOPICS.tasks);
  const write = (topic: string, n: number): Promise<LogWriter[]> =>
    Promise.all(Array.from({ length: n }, (_, partition) => openLogWriter(bus, codec, topic, partition)));
  const [tasks, outcomes, registry] = await Promise.all([
    write(TOPICS.tasks, partitions),
    write(TOPICS.outcomes, partitions),
    write(TOPICS.agents, 1),
  ]);
  const ids = Array.from({ length: agents }, (_, at) => `agent-${String(at).padStart(3, '0')}`);
  for (const agentId of ids) registry[0]?.put('AgentRegistered', `agent/${agentId}`, registered(agentId));

  const publisher = await bus.openPublisher();
  const edge = await createEdgePublisher(publisher, codec, bus.admin);
  const see = async (): Promise<void> => {
    await Promise.all(
      ids.map((agentId) =>
        edge.publish('arbiter.presence', 'WorkerSeen', `${agentId}-1`, {
          agentId,
          instance: `${agentId}-1`,
          slots: SLOTS,
          freeSlots: SLOTS,
          leaving: false,
          build: 'bench',
          occurredAt: micros(systemClock),
        }),
      ),
    );
  };
  await see();
  const presence = setInterval(() => void see().catch(() => undefined), 2000);

  const world: World = {
    tasks,
    asked: new Map(),
    latencies: [],
    answered: 0,
    notRouted: 0,
    held: 0,
    close: async () => {
      clearInterval(presence);
      stopped = true;
      for (const wake of wakes) wake.notify();
      await Promise.all([...tasks, ...outcomes, ...registry].map((one) => one.close()));
      await publisher.close();
    },
  };
  let stopped = false;
  const wakes: Wake[] = [];
  const feeds = await openFeeds(bus);
  const ends = await bus.admin.endOffsets(TOPICS.facts);
  const follow = async (partition: number, from: number): Promise<void> => {
    const wake = new Wake(systemClock);
    wakes.push(wake);
    const feed = feeds.open({ topic: TOPICS.facts, partition }, from, wake.notify);
    while (!stopped) {
      const records = feed.take(500);
      if (records.length === 0) await wake.wait();
      for (const record of records) {
        const decoded = await codec.decode(record);
        if (decoded.kind === 'event' && decoded.name === 'RouteDecided')
          answer(world, outcomes, decoded.record as unknown as RouteDecided);
      }
    }
    feed.close();
  };
  ends.forEach((end, partition) => void follow(partition, end));
  return world;
};

/** The decision has arrived: the assignment ends at once, and its outcome is learned. */
const answer = (world: World, outcomes: readonly LogWriter[], fact: RouteDecided): void => {
  const { taskId } = fact.meta;
  const known = world.asked.get(taskId);
  if (known === undefined) return;
  world.asked.delete(taskId);
  world.latencies.push(performance.now() - known.at);
  world.answered += 1;
  const { agentId, decision, workerInstance } = fact;
  if (agentId === null || decision === null || workerInstance === null) {
    world.notRouted += 1;
    return;
  }
  const token = world.answered;
  world.tasks[known.partition]?.put('OfferEnded', `task/${taskId}`, {
    taskId,
    token,
    agentId,
    workerInstance,
    end: 'BUSY',
    reason: 'of the bench',
  });
  const rate = 0.2 + 0.7 * (Number(agentId.slice(-3)) / 50);
  const now = micros(systemClock);
  const outcome: Omit<OutcomeObserved, 'meta'> = {
    taskId,
    token,
    attempt: 1,
    agentId,
    taskType: decision.taskType,
    result: Math.random() < rate ? 'SUCCESS' : 'FAILURE',
    failureClass: null,
    routedAt: now,
    finishedAt: now,
    usage: { inputTokens: 1000, outputTokens: 100, costMicros: 5000 },
    propensity: decision.propensity,
    policyId: decision.policyId,
    policyVersion: decision.policyVersion,
    kind: decision.kind,
    quotaResetsAt: null,
    features: decision.features,
  };
  outcomes[known.partition]?.put('OutcomeObserved', `partition/${known.partition}`, outcome);
};

const registered = (agentId: string): Omit<AgentRegistered, 'meta'> => ({
  agentId,
  displayName: agentId,
  modelFamily: '',
  version: '',
  capabilities: ['code'],
  taskTypes: [],
  maxConcurrency: SLOTS,
  costPerTaskMicros: null,
  tags: {},
  ...UNDECLARED,
});

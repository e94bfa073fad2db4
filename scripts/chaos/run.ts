import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stopStack } from '../../src/platform/stack/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { hardware } from '../../bench/hardware.js';
import { connect, endpointsOf, setUp } from '../../src/runtime/index.js';
import { check, type Checked } from './check.js';
import { injectFaults, type Fault } from './faults.js';
import { Load } from './load.js';
import { AGENTS } from './orders.js';
import { ownEnvironment, Parts } from './parts.js';
import { quiesce } from './quiesce.js';
import { chance } from './random.js';
import { residentSets } from './resident-sets.js';
import { Supervised } from './supervised.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Tasks per second on average. */
  readonly rate: number;
  /** Longest outage, ms. */
  readonly longestMs: number;
  /** Longest wait for the end of all tasks afterwards, ms. */
  readonly quiesceMs: number;
  /** Keep the folder with data and logs, whatever comes out. */
  readonly keep: boolean;
  /** Aborted: stop everything and reject. */
  readonly signal?: AbortSignal;
  tell(line: string): void;
}

/** Shorter than the outages, so that a timer that fires because of one would show. */
const SETTINGS = {
  presenceTtlMs: 8000,
  limits: {
    timers: {
      validating_spec: 5000,
      routing: 5000,
      routed: 8000,
      executing: 15_000,
      verifying: 8000,
      sealed: 5000,
    },
    queueRetryMs: 3000,
    capableGraceMs: 600_000,
    askMaxMs: 20_000,
  },
};

/** The whole run: stack, processes, stream, faults, rest, check. Resolves with the report; the folder is kept if it failed. */
export const runChaos = async (options: ChaosOptions): Promise<Record<string, unknown>> => {
  const { seed } = options;
  const tell = (line: string): void => options.tell(line);
  const run = `c${seed}`;
  const folder = path.join(ROOT, '.arbiter', 'chaos', `${run}-${Date.now()}`);
  const stackFolder = path.join(folder, 'stack');
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const processes: Supervised[] = [];
  let keep = true;
  try {
    const parts = await Parts.start(stackFolder);
    const endpoints = endpointsOf(parts.addresses);
    const { publicKeyPath } = await setUp(endpoints);
    const config = path.join(folder, 'settings.json');
    writeFileSync(config, JSON.stringify(SETTINGS));
    const env = {
      ...ownEnvironment(),
      KAFKA_BROKERS: endpoints.brokers,
      SCHEMA_REGISTRY_URL: endpoints.schemaRegistryUrl,
      DATABASE_URL: endpoints.databaseUrl,
      ARBITER_HOME: stackFolder,
      ARBITER_CONFIG: config,
    };
    const instances = new Map<string, readonly [Supervised, number]>();
    const script = (name: string, ...args: readonly string[]): Supervised => {
      const process_: Supervised = new Supervised({
        name,
        argv: [process.execPath, ...args],
        env,
        cwd: ROOT,
        log: path.join(folder, `${name}.log`),
        onLine: (line, incarnation) => {
          const instance = instanceIn(line);
          if (instance !== undefined) instances.set(instance, [process_, incarnation]);
        },
      });
      processes.push(process_);
      return process_;
    };
    const run_ = ['bin/arbiter.js', 'run', '--json', '--metrics-port', '0'];
    const arbiters = [script('arbiter-1', ...run_), script('arbiter-2', ...run_)];
    const workers = AGENTS.map((agent) =>
      script(
        `worker-${agent}`,
        '--import',
        'tsx',
        'scripts/chaos/worker-process.ts',
        agent,
        '8',
        path.join(folder, 'workers', agent),
      ),
    );
    const connection = await connect(endpoints, 'chaos');
    const publisher = await connection.bus.openPublisher();
    const edge = await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin);
    const load = new Load(edge, publisher, chance(seed), run);
    const sampler = setInterval(() => {
      for (const one of arbiters) one.sample();
    }, 2000);
    try {
      for (const one of [...arbiters, ...workers]) one.start();
      await load.registerAgents();
      tell(`seed ${seed}: two arbiter processes, ${workers.length} workers, ${options.rate} tasks/s`);
      const measuredOn = hardware();
      const began = Date.now();
      const streaming = load.stream(options.rate);
      const over = began + options.minutes * 60_000;
      const faults = await injectFaults(
        {
          random: chance(seed + 1),
          parts,
          arbiters,
          workers,
          longestMs: options.longestMs,
          onFault: ({ target, how, ms }) =>
            tell(
              `${since(began)} ${how} ${target} for ${(ms / 1000).toFixed(1)} s; ${load.said.orders.size} tasks asked for`,
            ),
        },
        () => Date.now() > over || options.signal?.aborted === true,
      );
      load.stop();
      await streaming;
      options.signal?.throwIfAborted();
      await parts.restore();
      tell(`${since(began)} everything is up; ${load.unacknowledged} sends under way`);
      await Promise.race([load.settled(), sleep(options.quiesceMs)]);
      const wanted = new Set(load.said.requests.map(({ taskId }) => taskId));
      const quiet = await quiesce(connection, endpoints.databaseUrl, wanted, options.quiesceMs, (line) =>
        tell(`${since(began)} ${line}`),
      );
      const lives = arbiters.flatMap((one) => one.lives);
      const ends = new Map<string, string>();
      for (const one of [...workers, ...arbiters]) ends.set(one.name, await one.end(40_000));
      clearInterval(sampler);
      tell(`${since(began)} processes ended: ${[...ends].map(([name, how]) => `${name} ${how}`).join(', ')}`);
      const checked = await check({
        brokers: endpoints.brokers,
        databaseUrl: endpoints.databaseUrl,
        publicKeyPem: readFileSync(publicKeyPath, 'utf8'),
        said: load.said,
        faultedInstances: faultedAmong(instances),
      });
      const violations = [
        ...(quiet ? [] : [`not at rest within ${options.quiesceMs / 1000} s`]),
        ...[...ends]
          .filter(([, how]) => how !== '0')
          .map(([name, how]) => `${name}: ended with ${how} on SIGTERM`),
        ...checked.violations,
      ];
      keep = options.keep || violations.length > 0;
      if (violations.length > 0) writeDump(folder, checked);
      const report = {
        ok: violations.length === 0,
        seed,
        minutes: options.minutes,
        rate_per_s: options.rate,
        duration_s: Math.round((Date.now() - began) / 1000),
        faults: tallyFaults(faults),
        restarts: arbiters.map(({ name, lives: list }) => ({ name, lives: list.length, ends: endsOf(list) })),
        ...checked.counts,
        finals: checked.finals,
        kinds: kindsOf(load),
        violations: violations.length,
        first_violations: violations.slice(0, 50),
        memory: residentSets(lives),
        kafka: endpoints.kafkaVersion,
        hardware: measuredOn,
        ...(keep ? { kept: path.relative(ROOT, folder) } : {}),
      };
      writeFileSync(
        path.join(folder, 'report.json'),
        JSON.stringify({ ...report, faultList: faults, violations }, null, 1),
      );
      return report;
    } finally {
      clearInterval(sampler);
      load.stop();
      await publisher.close().catch(() => undefined);
      await connection.close().catch(() => undefined);
    }
  } finally {
    await Promise.all(processes.map((one) => one.end(5000)));
    await stopStack({ folder: stackFolder, env: ownEnvironment() });
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
};

const since = (began: number): string => `${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s`;

const instanceIn = (line: string): string | undefined => {
  try {
    const { event, agentId, instance } = JSON.parse(line) as Record<string, unknown>;
    return event === 'ready' && agentId !== undefined && typeof instance === 'string' ? instance : undefined;
  } catch {
    return undefined;
  }
};

const faultedAmong = (instances: ReadonlyMap<string, readonly [Supervised, number]>): ReadonlySet<string> =>
  new Set(
    [...instances]
      .filter(([, [process_, number]]) => (process_.lives[number]?.faults.length ?? 0) > 0)
      .map(([instance]) => instance),
  );

const tallyFaults = (faults: readonly Fault[]): Record<string, number> => {
  const counts: Record<string, number> = { total: faults.length };
  for (const { target, how } of faults) counts[`${how} ${target}`] = (counts[`${how} ${target}`] ?? 0) + 1;
  return counts;
};

const endsOf = (lives: Supervised['lives']): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { how } of lives) counts[how ?? 'running'] = (counts[how ?? 'running'] ?? 0) + 1;
  return counts;
};

const kindsOf = ({ said }: Load): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of said.orders.values()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

/** One JSON line a record, in the folder of the failed run. */
const writeDump = (folder: string, { dump }: Checked): void => {
  for (const [topic, partitions] of dump.rows) {
    const lines = partitions.flat().map(({ partition, offset, timestamp, name, record, bytes }) =>
      JSON.stringify({
        partition,
        offset,
        timestamp,
        name,
        ...(record ? { record } : { bytes: bytes?.toString('base64') }),
      }),
    );
    writeFileSync(path.join(folder, `${topic}.jsonl`), `${lines.join('\n')}\n`);
  }
};

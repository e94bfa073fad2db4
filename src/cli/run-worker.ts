import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../log/clock.js';
import { logSink, openServiceLog } from '../platform/service-log.js';
import { createEdgePublisher } from '../producers/index.js';
import { AFTER_GRACE_MS, commandRunner, findOnPath, isProgram, startWorker } from '../runners/index.js';
import { connect } from '../runtime/connection.js';
import { BUILD, findEndpoints } from '../runtime/endpoints.js';
import { readSettings } from '../runtime/settings.js';
import { stopInOrder } from '../runtime/stop-in-order.js';
import { requireAgentId } from './agents/agent-id.js';
import type { WorkerCliOptions } from './commands/worker.js';
import { DONE, FAILED, misuse } from './failure.js';
import { json, note } from './output.js';
import { untilSignal } from './signals.js';

/** Of a shutdown, for publisher and connection. */
const CLOSING_MS = 2000;

/** Runs until SIGTERM or SIGINT: then no new offer is taken and what runs may end; a second signal ends it at once. */
export const runWorker = async (argv: readonly string[], options: WorkerCliOptions): Promise<number> => {
  const { agent: agentId, json: asJson = false } = options;
  requireAgentId(agentId, '--agent');
  const program = programOf(argv);
  const settings = readSettings();
  const logger = openServiceLog(settings.logLevel, logSink(asJson));
  const endpoints = await findEndpoints();
  const stateFolder = join(endpoints.folder, 'workers', agentId);
  if (!options.sandbox) {
    note('--no-sandbox: the program runs with all rights of this user and can read its keys and files');
  }
  const stopLimitMs = Math.max(0, settings.shutdownMs - CLOSING_MS);
  const graceMs = Math.min(options.grace, Math.max(0, stopLimitMs - AFTER_GRACE_MS));
  if (graceMs < options.grace)
    note(`--grace: ${graceMs} ms instead of ${options.grace}, for a stop may take ${settings.shutdownMs} ms`);
  const run = await commandRunner({
    argv: program.argv,
    stateFolder,
    hide: [endpoints.folder],
    sandbox: options.sandbox ? 'required' : 'off',
    network: options.network === true,
    timeoutMs: options.taskTimeout,
    graceMs,
    envAllow: options.env ?? [],
    readOnly: [...program.readOnly, ...(options.readOnly ?? []).map((path) => resolve(path))],
    logger,
  });
  const signal = untilSignal();
  const connection = await connect(endpoints, 'worker');
  const publisher = await connection.bus.openPublisher();
  try {
    let broken: Error | undefined;
    let onBroken = (): void => undefined;
    const brokenLog = new Promise<void>((resolve) => (onBroken = resolve));
    const worker = await startWorker({
      bus: connection.bus,
      codec: connection.logCodec,
      publisher: await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin),
      clock: systemClock,
      agentId,
      slots: options.concurrency,
      build: BUILD,
      run,
      logger,
      stateFolder,
      stopLimitMs,
      graceMs,
      onBroken: (error) => {
        broken = error;
        onBroken();
      },
    });
    const { instance } = worker;
    if (asJson) json({ event: 'ready', agent_id: agentId, instance, slots: options.concurrency });
    else note(`ready (agent ${agentId}, instance ${instance}, ${options.concurrency} at once)`);
    await Promise.race([signal, brokenLog]);
    note(`stopping; ${worker.active} at work`);
    await worker.stop();
    if (broken === undefined) return DONE;
    note(broken.message);
    return FAILED;
  } finally {
    const closing = [
      { name: 'publisher', stop: () => publisher.close() },
      { name: 'connection', stop: () => connection.close() },
    ];
    await stopInOrder(closing, CLOSING_MS, logger);
  }
};

interface Program {
  readonly argv: readonly string[];
  readonly readOnly: readonly string[];
}

/**
 * It runs in the clone, so a relative path is meant from here; in the sandbox it has to be there at all. What is not there is
 * said now: every task would fail, and the agent be blamed for it.
 */
const programOf = ([name = '', ...args]: readonly string[]): Program => {
  if (!name.includes('/')) {
    const path = process.env['PATH'] ?? '';
    if (findOnPath(name, path) === undefined)
      throw misuse(`a program ${name} on the PATH`, path, 'install it, or name its path', 'NO_SUCH_PROGRAM');
    return { argv: [name, ...args], readOnly: [] };
  }
  const file = resolve(name);
  if (!isProgram(file)) {
    const [found, repair] = existsSync(file)
      ? ['no file that may be executed', 'name a program, or make it one: chmod +x']
      : ['no such file', 'check the path'];
    throw misuse(`a program at ${file}`, found, repair, 'NO_SUCH_PROGRAM');
  }
  return { argv: [file, ...args], readOnly: [file] };
};

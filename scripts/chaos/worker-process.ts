/**
 * A worker process for the chaos run: does at once what the task's metadata asks for. Usage:
 * `tsx worker-process.ts AGENT SLOTS STATE_FOLDER`; endpoints from the environment; prints its instance as a JSON line.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { systemClock } from '../../src/log/index.js';
import { createEdgePublisher } from '../../src/producers/index.js';
import { startWorker, type Run } from '../../src/runners/index.js';
import { connect, findEndpoints } from '../../src/runtime/index.js';

const [agentId = 'alpha', slots = '8', stateFolder] = process.argv.slice(2);

/** Metadata: `workMs`, `failUntil` (attempts below it fail; the agent's doing), `declineBy` (an agent). */
const run: Run = (assignment, { signal }) => {
  const { workMs = '0', failUntil = '0', declineBy = '' } = assignment.offer.metadata;
  if (declineBy === assignment.agentId) return { kind: 'declined', reason: 'not mine' };
  const work = async (): Promise<Awaited<ReturnType<Run>> & { kind: 'done' | 'failed' }> => {
    await sleep(Number(workMs), undefined, { signal });
    if (assignment.attempt < Number(failUntil)) {
      return {
        kind: 'failed',
        failureClass: 'AGENT',
        reason: `attempt ${assignment.attempt} fails as asked`,
      };
    }
    const resultSha256 = createHash('sha256').update(assignment.taskId).digest('hex');
    const usage = { inputTokens: 10, outputTokens: 5, costMicros: 100 };
    return { kind: 'done', resultSha256, exitCode: 0, output: 'done', usage };
  };
  return work();
};

const connection = await connect(await findEndpoints(), `chaos-worker-${agentId}`);
const publisher = await connection.bus.openPublisher();
const logger = pino({ level: process.env.ARBITER_LOG_LEVEL ?? 'info' }, pino.destination(2));
const worker = await startWorker({
  bus: connection.bus,
  codec: connection.logCodec,
  publisher: await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin),
  clock: systemClock,
  agentId,
  slots: Number(slots),
  build: 'chaos',
  run,
  logger,
  ...(stateFolder === undefined ? {} : { stateFolder }),
});
process.stdout.write(`${JSON.stringify({ event: 'ready', agentId, instance: worker.instance })}\n`);

const stop = async (): Promise<void> => {
  await worker.stop();
  await publisher.close();
  await connection.close();
};
process.once('SIGTERM', () => {
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

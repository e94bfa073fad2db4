import type { Logger } from 'pino';
import type { Clock } from '../log/clock.js';
import type { EdgePublisher } from '../producers/edge.js';
import { derivedUuid } from '../producers/ids.js';
import { report, send, type ReportedRun } from './reports.js';
import { forgetInstance, lostInstances } from './run-folders.js';

/** The number of reports that a crashed instance made is not known; this is behind all of them. */
const LAST = 2 ** 31 - 1;

/**
 * Reports the runs that a crash has ended, under their old token and instance, so that nobody waits for their leases; then removes
 * what is left of them. The id derives from the run: two starts that find the same loss report it once.
 * Rejects as `publish` does; what is not reported then is found again by the next start.
 */
export const reportLosses = async (
  stateFolder: string,
  edge: EdgePublisher,
  clock: Clock,
  logger?: Logger,
): Promise<void> => {
  for (const lost of lostInstances(stateFolder)) {
    await Promise.all(lost.runs.map((run) => send(edge, 'ExecutionFailed', lossOf(run, clock))));
    if (lost.runs.length > 0)
      logger?.warn({ runs: lost.runs }, 'reported the loss of runs that a crash ended');
    await forgetInstance(lost).catch((error: unknown) => {
      logger?.warn({ err: error, folder: lost.folder }, 'the folder of a lost instance could not be removed');
    });
  }
};

const lossOf = (run: ReportedRun, clock: Clock) =>
  report<'ExecutionFailed'>(
    run,
    LAST,
    clock,
    {
      failureClass: 'INFRASTRUCTURE',
      reason: 'the worker ended without a word',
      output: '',
      usage: null,
      quotaResetsAt: null,
    },
    derivedUuid('lost-run', run.taskId, String(run.token), run.workerInstance),
  );

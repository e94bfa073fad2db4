import type { RunAborted, RunDone, RunFailed, RunResult } from './assignment.js';
import { plainText } from './plain-text.js';
import type { ReportBody } from './reports.js';

export interface FinalReport {
  readonly name: 'ResultSubmitted' | 'ExecutionFailed';
  readonly body: ReportBody<'ResultSubmitted'> | ReportBody<'ExecutionFailed'>;
  /** What to say instead where this can not be written. */
  readonly unwritten?: (why: string) => FinalReport;
}

const MOST_OUTPUT = 64 * 1024;
const MOST_REASON = 1000;
const NO_USAGE = { inputTokens: 0, outputTokens: 0, costMicros: 0 };

/**
 * What to report of a run that yielded `result` (undefined: it did not stop in time) and may have been aborted; undefined after
 * a revocation, when nobody wants to hear of it.
 */
export const finalReport = (
  result: RunResult | undefined,
  aborted: RunAborted | undefined,
): FinalReport | undefined => {
  const output = result?.output;
  switch (aborted?.code) {
    case 'REVOKED':
      return undefined;
    case 'DEADLINE':
      return failed({ failureClass: 'TIME_LIMIT', reason: aborted.message, output });
    case 'LEASE_LOST':
      return failed({ failureClass: 'INFRASTRUCTURE', reason: `lease lost: ${aborted.message}`, output });
    case 'STOPPING':
      if (result?.kind === 'done') return done(result);
      return failed({ failureClass: 'INFRASTRUCTURE', reason: aborted.message, output });
    case undefined:
      if (result === undefined)
        return failed({ failureClass: 'INFRASTRUCTURE', reason: 'the run did not end' });
      return result.kind === 'done' ? done(result) : failed(result);
  }
};

const done = (result: RunDone): FinalReport => ({
  name: 'ResultSubmitted',
  body: {
    result: {
      commit: result.commit ?? null,
      ref: result.ref ?? null,
      resultSha256: result.resultSha256 ?? null,
      exitCode: result.exitCode ?? null,
      output: tail(result.output),
      usage: result.usage ?? NO_USAGE,
      evidence: (result.evidence ?? []).slice(0, 100),
    },
  },
  unwritten: (why) =>
    failed({ failureClass: 'INFRASTRUCTURE', reason: `the result could not be written: ${why}` }),
});

type Failure = Omit<RunFailed, 'kind' | 'output'> & { readonly output?: string | undefined };

const failed = ({ failureClass, reason, output, usage, quotaResetsAt }: Failure): FinalReport => ({
  name: 'ExecutionFailed',
  body: {
    failureClass,
    reason: plainText(reason).slice(0, MOST_REASON),
    output: tail(output),
    usage: usage ?? null,
    quotaResetsAt: quotaResetsAt ?? null,
  },
  // The numbers are a stranger's: that it failed, and how, is told without them.
  ...(usage === undefined && quotaResetsAt === undefined
    ? {}
    : { unwritten: () => failed({ failureClass, reason, output }) }),
});

/** A run in memory may say anything, too: the end of it, well-formed, without control characters. */
const tail = (output: string | undefined): string => {
  if (output === undefined || output === '') return '';
  return plainText(Buffer.from(output.slice(-MOST_OUTPUT)).subarray(-MOST_OUTPUT));
};

import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GitError } from '../platform/git/errors.js';
import type { Protocol } from '../platform/git/repository.js';
import type { Assignment, Run, RunControls, RunFailed, RunResult } from './assignment.js';
import { allowedEnvironment, BASE_ENVIRONMENT } from './environment.js';
import { execute, ExecuteError, type Executed } from './execute.js';
import { plainText } from './plain-text.js';
import { promptOf } from './prompt.js';
import { readQuota, type QuotaUsedUp } from './quota-file.js';
import { resultRef } from './result-ref.js';
import { sandboxWrapper, type SandboxChoice, type Wrap } from './command-sandbox.js';
import { readUsage } from './usage-file.js';
import { openWorkspace, type Workspace } from './workspace.js';

export interface CommandRunnerOptions extends SandboxChoice {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Variables of this process that the program may see, besides PATH, HOME and the like; a prefix ends in `*`. */
  readonly envAllow?: readonly string[];
  /** Longest run of the program. Default 30 minutes. */
  readonly timeoutMs?: number;
  /** Between SIGTERM and SIGKILL. Default 10 s. */
  readonly graceMs?: number;
  readonly protocols?: readonly Protocol[];
  /** Longest single step of git: clone, commit, push. Default 5 minutes. */
  readonly gitTimeoutMs?: number;
}

const TIMEOUT_MS = 30 * 60_000;
const GRACE_MS = 10_000;
const GIT_TIMEOUT_MS = 5 * 60_000;
const LONGEST_MEASURE_MS = 10_000;
/** Free bytes of a disk that takes a change over. */
const LEAST_ROOM = 64 * 1024 * 1024;

/**
 * Makes any program an agent: a clone at the base commit, the prompt on its standard input and as a file, its result committed and
 * pushed, all of it removed afterwards. A task without a repository runs in an empty folder; the digest of its output is the result.
 * @throws RunnerRefused where no sandbox can be had and none was waived
 */
export async function commandRunner(options: CommandRunnerOptions): Promise<Run> {
  const wrap = await sandboxWrapper(options);
  // Refused now rather than at the first task.
  allowedEnvironment({}, options.envAllow ?? []);
  return (assignment, controls) => {
    const { folder } = controls;
    if (folder === null) throw new Error('a command runner needs a worker with a state folder');
    if (options.argv.length === 0)
      throw new ExecuteError('ARGV_INVALID', 'argv: expected a program, found nothing');
    return runCommand(options, wrap, assignment, controls, folder);
  };
}

async function runCommand(
  options: CommandRunnerOptions,
  wrap: Wrap | undefined,
  assignment: Assignment,
  controls: RunControls,
  folder: string,
): Promise<RunResult> {
  const from = options.env ?? process.env;
  const { repository, baseCommit } = assignment.offer;
  const { signal } = controls;
  let workspace: Workspace | undefined;
  const [work, out, prompt] = [join(folder, 'work'), join(folder, 'out'), join(folder, 'prompt.md')];
  const confine = wrap?.(work, out, prompt);
  try {
    await mkdir(out, { mode: 0o700 });
    await writeFile(prompt, promptOf(assignment), { mode: 0o600 });
    if (repository !== null && baseCommit !== null) {
      const { protocols } = options;
      const timeoutMs = options.gitTimeoutMs ?? GIT_TIMEOUT_MS;
      const more = {
        ...(protocols === undefined ? {} : { protocols }),
        ...(confine === undefined ? {} : { confine }),
      };
      workspace = await openWorkspace({ folder, repository, baseCommit, from, timeoutMs, signal, ...more });
    } else await mkdir(work, { mode: 0o700 });
  } catch (error) {
    return infrastructure(error);
  }

  const [usageFile, quotaFile] = [join(out, 'usage.json'), join(out, 'quota.json')];
  const stopMeasuring = workspace === undefined ? undefined : measuring(workspace, assignment, controls);
  let ran: Executed;
  try {
    ran = await execute({
      argv: options.argv,
      cwd: work,
      env: {
        ...allowedEnvironment(from, [...BASE_ENVIRONMENT, ...(options.envAllow ?? [])]),
        ...environmentOf(assignment),
        ARBITER_PROMPT_FILE: prompt,
        ARBITER_USAGE_FILE: usageFile,
        ARBITER_QUOTA_FILE: quotaFile,
      },
      stdin: Buffer.from(promptOf(assignment)),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      graceMs: options.graceMs ?? GRACE_MS,
      signal,
      ...(confine === undefined ? {} : { wrap: confine }),
    });
  } catch (error) {
    return infrastructure(error);
  } finally {
    await stopMeasuring?.();
  }
  const usage = await readUsage(usageFile);
  const said = { output: plainText(ran.output), ...(usage === undefined ? {} : { usage }) };
  const failure = failureOf(ran, options.timeoutMs ?? TIMEOUT_MS, await readQuota(quotaFile));
  if (failure !== undefined) return { kind: 'failed', ...failure, ...said };
  const done = { kind: 'done', exitCode: ran.exitCode, ...said } as const;
  if (workspace === undefined) {
    return { ...done, resultSha256: createHash('sha256').update(ran.output).digest('hex') };
  }
  let commit: string;
  try {
    commit = await workspace.commit(messageOf(assignment));
  } catch (error) {
    return { ...(await notTaken(error, folder)), ...said };
  }
  try {
    const ref = resultRef(assignment.taskId, assignment.attempt, assignment.token);
    if (!signal.aborted) await workspace.push(commit, ref);
    return { ...done, commit, ref };
  } catch (error) {
    return { ...infrastructure(error), ...said };
  }
}

/** What can not be taken over is the agent's doing, or it could fail without an attempt spent; unless the machine could take nothing. */
async function notTaken(error: unknown, folder: string): Promise<RunFailed> {
  const { bavail, bsize } = await statfs(folder);
  const machine = error instanceof ExecuteError || bavail * bsize < LEAST_ROOM;
  return { ...infrastructure(error), ...(machine ? {} : { failureClass: 'AGENT' }) };
}

function failureOf(
  ran: Executed,
  timeoutMs: number,
  quota: QuotaUsedUp | undefined,
): Pick<RunFailed, 'failureClass' | 'reason' | 'quotaResetsAt'> | undefined {
  if (ran.timedOut)
    return { failureClass: 'TIME_LIMIT', reason: `the program was still running after ${timeoutMs} ms` };
  if (ran.aborted) return { failureClass: 'INFRASTRUCTURE', reason: 'the program was stopped' };
  if (ran.exitCode === 0) return undefined;
  // Only who fails has hit its quota: with exit code 0 the result counts.
  if (quota !== undefined)
    return { failureClass: 'QUOTA', reason: 'the program says that its quota is used up', ...quota };
  return {
    failureClass: 'AGENT',
    reason: `the program ended with ${ran.exitCode ?? ran.signal ?? 'nothing'}`,
  };
}

/** Measures the change a little more often than heartbeats carry it; one at a time, and never longer than the run. */
function measuring(
  workspace: Workspace,
  { leaseMs }: Assignment,
  controls: RunControls,
): () => Promise<void> {
  let last: Promise<void> | undefined;
  const every = Math.min(LONGEST_MEASURE_MS, Math.max(200, leaseMs / 4));
  const timer = setInterval(() => {
    last ??= workspace
      .measure()
      // It fails when a file vanishes under it; the next one will do.
      .then(controls.diff, () => undefined)
      .finally(() => {
        last = undefined;
      });
  }, every);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

function environmentOf({ taskId, attempt, token, offer }: Assignment): Record<string, string> {
  return {
    ARBITER_TASK_ID: taskId,
    ARBITER_ATTEMPT: String(attempt),
    ARBITER_TOKEN: String(token),
    ...(offer.deadline === null ? {} : { ARBITER_DEADLINE: new Date(offer.deadline / 1000).toISOString() }),
  };
}

function messageOf({ taskId, attempt, token, offer }: Assignment): string {
  const title = plainText(offer.title).replace(/\s+/gu, ' ').trim();
  return `${title === '' ? taskId : title}\n\nTask: ${taskId}\nAttempt: ${attempt}\nToken: ${token}\n`;
}

function infrastructure(error: unknown): RunFailed {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof GitError || error instanceof ExecuteError ? `${error.code}: ` : '';
  return { kind: 'failed', failureClass: 'INFRASTRUCTURE', reason: `${code}${reason}` };
}

import type { CommandEnd, GateOrder } from '../../gates/index.js';
import { allowedEnvironment, BASE_ENVIRONMENT } from '../environment.js';
import { execute, ExecuteError, type Executed } from '../execute.js';
import { plainText } from '../plain-text.js';
import { findOnPath } from '../sandbox.js';
import { cageOf, type Cage, type GateSandboxOptions } from './gate-sandbox.js';
import type { SandboxSupport } from '../sandbox.js';
import { fenced, watchTree, type Watch } from './limits.js';

export interface GateCommandOptions extends GateSandboxOptions {
  /** Names of variables of this process that commands may see, besides the usual ones. The repository cannot choose them. */
  readonly env: readonly string[];
  readonly from: Readonly<Record<string, string | undefined>>;
  readonly support: SandboxSupport;
}

export interface CommandRun {
  readonly end: CommandEnd;
  /** Milliseconds since the epoch before the last command was started: no evidence is older. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** The last of what it wrote, made harmless. */
  readonly output: string;
}

const GRACE_MS = 2_000;
const MOST_OUTPUT = 4_000;

/** Runs the setup and the command of a gate in its checkout, to their end: afterwards nothing of them is left. */
export async function runGateCommand(
  order: GateOrder,
  folders: { readonly work: string; readonly home: string },
  options: GateCommandOptions,
  signal: AbortSignal,
): Promise<CommandRun> {
  const begun = Date.now();
  const cage = cageOf(options.support, options, order.network);
  const ended = (end: CommandEnd, startedAt = begun, output = ''): CommandRun => ({
    end,
    startedAt,
    durationMs: Date.now() - begun,
    output,
  });
  if (!cage.allowed) {
    return ended({ end: 'refused', exitCode: null, message: cage.message, repair: cage.repair, held: {} });
  }
  let output = '';
  for (const [index, argv] of [...order.setup, order.command].entries()) {
    const startedAt = Date.now();
    const step = await runStep(order, argv, folders, options, cage, begun, signal);
    output = `${output}${step.output}`.slice(-MOST_OUTPUT);
    const last = index === order.setup.length;
    if (last) return ended(step.end, startedAt, output);
    if (step.end.end === 'exited' && step.end.exitCode === 0) continue;
    const message = `setup step ${index + 1} (${argv[0] ?? ''}): ${step.end.message}`;
    const end = step.end.end === 'exited' ? 'setup_failed' : step.end.end;
    return ended({ ...step.end, end, message }, startedAt, output);
  }
  throw new Error('a gate without a command is not run');
}

async function runStep(
  order: GateOrder,
  argv: readonly string[],
  { work, home }: { readonly work: string; readonly home: string },
  options: GateCommandOptions,
  cage: Extract<Cage, { allowed: true }>,
  begun: number,
  signal: AbortSignal,
): Promise<{ readonly end: CommandEnd; readonly output: string }> {
  const prlimit = findOnPath('prlimit', options.from['PATH'] ?? '');
  const held = {
    ...cage.held,
    'held.memory': `${order.memoryMb} MB, watched${prlimit === undefined ? '' : ' and fenced (prlimit)'}`,
  };
  const stopping = new AbortController();
  const stopped = AbortSignal.any([signal, stopping.signal]);
  let watch: Watch | undefined;
  try {
    const ran = await execute({
      // The policy's variables are set inside: nothing of them reaches the sandbox's own start.
      argv: fenced(prlimit, order.memoryMb, ['env', ...assignments(order), ...argv]),
      cwd: work,
      env: {
        ...allowedEnvironment(options.from, [...BASE_ENVIRONMENT, ...options.env]),
        HOME: home,
        CI: 'true',
        ARBITER_GATE: order.gate,
      },
      stdin: null,
      timeoutMs: Math.max(1, order.timeoutMs - (Date.now() - begun)),
      graceMs: GRACE_MS,
      maxOutputBytes: MOST_OUTPUT,
      signal: stopped,
      onStart: (pid) => {
        watch = watchTree(pid, order.memoryMb, () => stopping.abort());
      },
      ...(cage.wrap === undefined ? {} : { wrap: cage.wrap(work, home) }),
    });
    return { end: endOf(ran, watch, order, held, signal), output: plainText(ran.output) };
  } catch (error) {
    if (!(error instanceof ExecuteError)) throw error;
    const repair = 'Correct `command` in the policy, or install the program.';
    return { end: { end: 'killed', exitCode: null, message: error.message, repair, held }, output: '' };
  } finally {
    watch?.end();
  }
}

function assignments({ environment }: GateOrder): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function endOf(
  ran: Executed,
  watch: Watch | undefined,
  { timeoutMs }: GateOrder,
  held: Readonly<Record<string, string>>,
  signal: AbortSignal,
): CommandEnd {
  if (signal.aborted) throw new GateInterrupted();
  const exceeded = watch?.exceeded();
  const base = { exitCode: ran.exitCode, held };
  if (exceeded !== undefined) {
    return {
      ...base,
      end: 'out_of_memory',
      message: `the command was stopped: ${exceeded}`,
      repair: 'Make it smaller, or raise `memory_mb`.',
    };
  }
  if (ran.timedOut) {
    const message = `the command was still running after ${timeoutMs} ms and was killed`;
    return { ...base, end: 'timed_out', message, repair: 'Make it faster, or raise `timeout_seconds`.' };
  }
  if (ran.exitCode === null) {
    const message = `the command was ended by ${ran.signal ?? 'a signal'}`;
    return {
      ...base,
      end: 'killed',
      message,
      repair: 'Find out what ended it; its last output is in the record.',
    };
  }
  const message = `the command ended with ${ran.exitCode}`;
  return { ...base, end: 'exited', message, repair: 'Repair what its output says.' };
}

/** Arbiter is stopping: nothing is decided, and the ask comes again. */
export class GateInterrupted extends Error {
  override readonly name = 'GateInterrupted';

  constructor() {
    super('the gate was interrupted because Arbiter stops');
  }
}

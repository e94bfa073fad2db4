import { treeUse } from './process-tree.js';

const MB = 1024 * 1024;
const LOOK_EVERY_MS = 200;
const MOST_PROCESSES = 1024;
/** Room between what a process may have in memory and what it may map: runtimes map more than they use. */
const MAPPED_BEYOND_MB = 2048;
const MOST_FILE_MB = 2048;

/**
 * Fences of the kernel for each process: private memory mapped, size of a file, no core dumps. The exact limit on memory is watched, for
 * the kernel has none for several processes without a cgroup of one's own.
 */
export function fenced(
  prlimit: string | undefined,
  memoryMb: number,
  argv: readonly string[],
): readonly string[] {
  if (prlimit === undefined) return argv;
  const data = (memoryMb + MAPPED_BEYOND_MB) * MB;
  return [prlimit, `--data=${data}`, `--fsize=${MOST_FILE_MB * MB}`, '--core=0', '--', ...argv];
}

export interface Watch {
  /** Why it had to be stopped, if it had. */
  readonly exceeded: () => string | undefined;
  readonly peakBytes: () => number;
  readonly end: () => void;
}

/** Watches the processes of a command and calls `stop` as soon as they are too many or too large together. */
export function watchTree(pid: number, memoryMb: number, stop: () => void): Watch {
  let exceeded: string | undefined;
  let peak = 0;
  const look = (): void => {
    const use = treeUse(pid);
    if (use === undefined) return;
    peak = Math.max(peak, use.bytes);
    if (use.bytes > memoryMb * MB)
      exceeded ??= `it used ${Math.round(use.bytes / MB)} MB, ${memoryMb} MB are allowed`;
    if (use.processes > MOST_PROCESSES) exceeded ??= `it started more than ${MOST_PROCESSES} processes`;
    if (exceeded !== undefined) stop();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return { exceeded: () => exceeded, peakBytes: () => peak, end: () => clearInterval(timer) };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TICKS_PER_SECOND = 100;

/** CPU milliseconds and resident megabytes of a process, from /proc. */
export const usageOf = (pid: number): { cpuMs: number; rssMb: number } => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssMb: Math.round((pages * 4096) / 1e6) };
};

/** CPU milliseconds of a process and of its living children: PostgreSQL works in processes of its own. */
export const cpuOfFamily = (pid: number): number => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isChild = (name: string): boolean => {
    try {
      return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
    } catch {
      return false; // It has ended meanwhile.
    }
  };
  return [pid, ...pids.filter(isChild).map(Number)].reduce((sum, one) => sum + usageOf(one).cpuMs, 0);
};

const BIN = fileURLToPath(new URL('../../bin/arbiter.js', import.meta.url));

/** As docs/scaling.md advises. */
const YOUNG_GENERATION = '--max-semi-space-size=64';

/** A process that is not ready by then never will be: say so, instead of waiting without a word. */
const READY_WITHIN_MS = 120_000;

/** One `arbiter run` with all components, started as its users start it; resolves when it is ready. */
export const startProcess = async (
  folder: string,
  env: NodeJS.ProcessEnv = {},
  onStderr: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<ChildProcess> => {
  const child = spawn(BIN, ['run', '--json'], {
    env: {
      ...process.env,
      ARBITER_HOME: folder,
      ARBITER_LOG_LEVEL: 'error',
      ...env,
      NODE_OPTIONS: `${YOUNG_GENERATION} ${env.NODE_OPTIONS ?? process.env.NODE_OPTIONS ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => onStderr(chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(
          `arbiter run was not ready within ${READY_WITHIN_MS} ms; if ${folder} is of an earlier build, delete it`,
        ),
      );
    }, READY_WITHIN_MS);
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString()).slice(-4000);
      if (!/"event":\s*"ready"/.test(seen)) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`arbiter run ended with ${code ?? 'a signal'} before it was ready`));
    });
  });
  return child;
};

/** Asks it to stop, and waits until it has; one that has ended already has stopped. */
export const stopProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
};

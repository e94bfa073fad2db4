import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type PartName, type Stack } from '../../src/platform/stack/index.js';

/** The environment without addresses of another stack. */
export const ownEnvironment = (): NodeJS.ProcessEnv => {
  const {
    KAFKA_BROKERS: _k,
    SCHEMA_REGISTRY_URL: _s,
    DATABASE_URL: _d,
    ARBITER_HOME: _a,
    ...env
  } = process.env;
  return env;
};

/** The parts that Arbiter stands on, to be killed and stopped. */
export class Parts {
  constructor(private stack: Stack) {}

  static async start(folder: string): Promise<Parts> {
    return new Parts(await startStack({ folder, env: ownEnvironment(), quiet: true }));
  }

  get addresses(): Stack {
    return this.stack;
  }

  #pid(name: PartName): number {
    const part = this.stack.parts.find((one) => one.name === name);
    if (part === undefined || part.pid === 0) throw new Error(`${name}: expected a process of this stack`);
    return part.pid;
  }

  /** kill -9, and up again after `downMs`. */
  async kill(name: PartName, downMs: number): Promise<void> {
    // PostgreSQL's children end by themselves when they notice that their parent is gone.
    signal(this.#pid(name), 'SIGKILL');
    await sleep(downMs);
    await this.restore();
  }

  /** SIGSTOP to the part and all its children, SIGCONT after `ms`. */
  async pause(name: PartName, ms: number): Promise<void> {
    const pids = familyOf(this.#pid(name));
    for (const pid of pids) signal(pid, 'SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      for (const pid of pids) signal(pid, 'SIGCONT');
    }
  }

  /** Everything up. */
  async restore(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const { folder } = this.stack;
        this.stack = await startStack({
          folder,
          env: ownEnvironment(),
          quiet: true,
          readyTimeoutMs: 120_000,
        });
        return;
      } catch (error) {
        if (tries === 4) throw error;
        await sleep(2000);
      }
    }
  }
}

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** A process and its children. */
const familyOf = (pid: number): readonly number[] => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone in the meantime.
    }
  }
  const children = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...children(child)]);
  return [pid, ...children(pid)];
};

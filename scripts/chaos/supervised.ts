import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SupervisedOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Standard error is appended here. */
  readonly log: string;
  /** A line of standard output, from the incarnation with this number. */
  onLine?(line: string, incarnation: number): void;
}

/** One life of a supervised process. */
export interface Incarnation {
  readonly number: number;
  readonly pid: number;
  readonly startedAt: number;
  endedAt: number | null;
  /** 0 and null: as asked; anything else is told in the report. */
  how: string | null;
  /** Killed or stopped by us at these times (ms since the epoch). */
  readonly faults: number[];
  /** Resident set over time. */
  readonly rss: { readonly at: number; readonly bytes: number }[];
}

const RESTART_MS = 500;

/** A process that is started again whenever it ends, as an init system would do it, and that can be killed or stopped. */
export class Supervised {
  readonly lives: Incarnation[] = [];
  #child: ChildProcess | undefined;
  #wanted = false;
  #running: Promise<void> = Promise.resolve();
  /** Not started again before this. */
  #notBefore = 0;

  constructor(readonly options: SupervisedOptions) {}

  get name(): string {
    return this.options.name;
  }

  get current(): Incarnation | undefined {
    const last = this.lives.at(-1);
    return last?.endedAt === null ? last : undefined;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#running = this.#keepRunning();
  }

  async #keepRunning(): Promise<void> {
    while (this.#wanted) {
      const wait = this.#notBefore - Date.now();
      if (wait > 0) {
        await sleep(Math.min(wait, 100));
        continue;
      }
      await this.#live();
      await sleep(RESTART_MS);
    }
  }

  async #live(): Promise<void> {
    const [program, ...args] = this.options.argv;
    if (program === undefined) throw new Error('argv: expected a program');
    const log = openSync(this.options.log, 'a', 0o600);
    const { env, cwd } = this.options;
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    this.#child = child;
    const life: Incarnation = {
      number: this.lives.length,
      pid: child.pid ?? 0,
      startedAt: Date.now(),
      endedAt: null,
      how: null,
      faults: [],
      rss: [],
    };
    this.lives.push(life);
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.options.onLine?.(line, life.number);
    });
    await new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', (code, signal) => {
        life.how = signal ?? String(code);
        resolve();
      });
    });
    life.endedAt = Date.now();
  }

  /** kill -9; started again after `downMs`. */
  kill(downMs: number): void {
    this.#notBefore = Date.now() + downMs;
    this.#fault('SIGKILL');
  }

  pause(): void {
    this.#fault('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  #fault(signal: NodeJS.Signals): void {
    this.current?.faults.push(Date.now());
    this.#child?.kill(signal);
  }

  sample(): void {
    const life = this.current;
    if (life === undefined) return;
    const bytes = residentBytes(life.pid);
    if (bytes !== undefined) life.rss.push({ at: Date.now(), bytes });
  }

  /** SIGTERM, then SIGKILL after `limitMs`. Resolves with how it ended. */
  async end(limitMs: number): Promise<string> {
    this.#wanted = false;
    const child = this.#child;
    if (this.current === undefined || child === undefined) {
      await this.#running;
      return 'was not running';
    }
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    await this.#running;
    clearTimeout(killer);
    return this.lives.at(-1)?.how ?? 'unknown';
  }
}

/** Resident set of a process; undefined where there is no /proc or no such process. */
export const residentBytes = (pid: number): number | undefined => {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return line?.[1] === undefined ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
};

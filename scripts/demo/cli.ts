import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ARBITER, PROJECT } from './places.js';

/** The command line of Arbiter, as a person would use it, on one state folder. */
export interface Cli {
  /** Runs a command to its end; stdout as text. Rejects when it exits with another code than those allowed. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same with `--json`: a document per line. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<readonly T[]>;
  /** Starts a command that goes on, and waits until it says that it is ready. */
  start(name: string, args: readonly string[]): Promise<Service>;
  /** `arbiter down`, also after an interruption. */
  down(): Promise<void>;
}

export interface RunOptions {
  /** Exit codes that are an answer. Default 0 only. */
  readonly codes?: readonly number[];
  /** Its progress goes to our stderr. */
  readonly show?: boolean;
  readonly stdin?: Buffer;
}

export interface Ran {
  readonly code: number;
  readonly stdout: Buffer;
}

export interface Service {
  readonly name: string;
  /** Resolves with its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const STOP_MS = 35_000;

export const openCli = (folder: string, signal: AbortSignal): Cli => {
  const env = { ...process.env, ARBITER_HOME: folder };
  const logs = path.join(folder, 'logs');

  // A process group of its own: Ctrl-C in the terminal reaches the demo alone, which then stops everything in order.
  const launch = (args: readonly string[], stdin: 'pipe' | 'ignore', stderr: 'pipe' | number): ChildProcess =>
    spawn(process.execPath, [ARBITER, ...args], {
      cwd: PROJECT,
      env,
      detached: true,
      stdio: [stdin, 'pipe', stderr],
    });

  const run: Cli['run'] = (args, { codes = [0], show = false, stdin } = {}) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Interrupted());
      const child = launch(args, stdin === undefined ? 'ignore' : 'pipe', show ? 2 : 'pipe');
      const [out, err]: [Buffer[], Buffer[]] = [[], []];
      const abort = (): void => void child.kill('SIGTERM');
      signal.addEventListener('abort', abort);
      child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
      child.once('error', reject);
      child.once('close', (code) => {
        signal.removeEventListener('abort', abort);
        if (signal.aborted) return reject(new Interrupted());
        if (code !== null && codes.includes(code)) return resolve({ code, stdout: Buffer.concat(out) });
        const said = Buffer.concat(err).toString('utf8').trim();
        reject(new Error(`arbiter ${args.slice(0, 2).join(' ')} ended with ${code ?? 'a signal'}: ${said}`));
      });
      child.stdin?.end(stdin);
    });

  const start: Cli['start'] = async (name, args) => {
    if (signal.aborted) throw new Interrupted();
    mkdirSync(logs, { recursive: true });
    const log = path.join(logs, `${name}.log`);
    const file = openSync(log, 'w');
    const child = launch(args, 'ignore', file);
    closeSync(file);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const service: Service = { name, ended, stop: () => stop(child, ended) };
    try {
      await ready(child, ended, signal);
    } catch (error) {
      await service.stop();
      if (error instanceof Interrupted) throw error;
      throw new Error(`${name} did not get ready (${log}):\n${tailOf(log)}`, { cause: error });
    }
    return service;
  };

  const json = async <T>(args: readonly string[], options?: RunOptions): Promise<readonly T[]> => {
    const { stdout } = await run([...args, '--json'], options);
    const lines = stdout.toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  };
  const down = async (): Promise<void> => {
    const child = launch(['down'], 'ignore', 'pipe');
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`arbiter down ended with ${code ?? 'a signal'}`);
  };
  return { run, json, start, down };
};

/** Asked to stop, by Ctrl-C or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const ready = (child: ChildProcess, ended: Promise<number | null>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_MS} ms`)), READY_MS);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const abort = (): void => settle(new Interrupted());
    signal.addEventListener('abort', abort);
    child.once('error', settle);
    void ended.then((code) => settle(new Error(`ended with ${code ?? 'a signal'}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"event":"ready"')) settle();
    });
  });

const stop = async (child: ChildProcess, ended: Promise<number | null>): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
};

const tailOf = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-8).join('\n');

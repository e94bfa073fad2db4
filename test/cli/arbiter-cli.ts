import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testStack } from '../support/stack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/arbiter.js', import.meta.url));

/** What one command left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** stdout, parsed: one document a line. */
  readonly lines: readonly Record<string, unknown>[];
}

/** A command that goes on until it is stopped. */
export interface Service {
  readonly process: ChildProcess;
  /** The JSON line that it prints once it is ready. */
  readonly ready: Record<string, unknown>;
  /** Its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ArbiterCli {
  run(...args: string[]): Promise<Ran>;
  start(...args: string[]): Promise<Service>;
}

/** The command line as its users have it: a process of its own, on the stack of the tests, with a state folder of its own. */
export const arbiterCli = async (home: string, more: NodeJS.ProcessEnv = {}): Promise<ArbiterCli> => {
  const { brokers, schemaRegistryUrl, databaseUrl } = await testStack();
  const env = {
    ...process.env,
    ARBITER_HOME: home,
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
    ARBITER_LOG_LEVEL: 'warn',
    NO_COLOR: '1',
    ...more,
  };
  const launch = (args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A test that gives up must not leave its process behind.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    return child;
  };

  return {
    run: async (...args) => {
      const child = launch(args);
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout?.on('data', (piece: Buffer) => stdout.push(piece));
      child.stderr?.on('data', (piece: Buffer) => stderr.push(piece));
      const [code] = (await once(child, 'close')) as [number | null];
      const bytes = Buffer.concat(stdout);
      const text = bytes.toString('utf8');
      const lines = (): readonly Record<string, unknown>[] =>
        text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      return {
        code,
        stdout: bytes,
        stderr: Buffer.concat(stderr).toString('utf8'),
        get lines() {
          return lines();
        },
      };
    },
    start: async (...args) => {
      const child = launch(args);
      let stderr = '';
      child.stderr?.on('data', (piece: Buffer) => (stderr = (stderr + piece.toString('utf8')).slice(-8000)));
      const ended = once(child, 'close') as Promise<[number | null]>;
      const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
        let text = '';
        child.stdout?.on('data', (piece: Buffer) => {
          text += piece.toString('utf8');
          const end = text.indexOf('\n');
          if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as Record<string, unknown>);
        });
        void ended.then(([code]) => reject(new Error(`ended with ${code ?? 'a signal'}: ${stderr}`)));
      });
      return {
        process: child,
        ready: await ready,
        stop: async (signal = 'SIGTERM') => {
          child.kill(signal);
          return (await ended)[0];
        },
      };
    },
  };
};

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StackError } from './errors.js';
import { noFolder } from './folder.js';

const part = z.strictObject({
  /** 0: a container. */
  pid: z.int().nonnegative(),
  /** Tells this process from a later one with the same pid (`identity.ts`). */
  identity: z.string().max(256),
  port: z.int().min(1).max(65535),
  log: z.string(),
  startedAt: z.iso.datetime(),
  origin: z.enum(['local', 'docker']),
  container: z.string().optional(),
});

const stateShape = z.strictObject({
  version: z.literal(1),
  clusterId: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** Chosen once and kept, so that addresses given to others hold after a restart. */
  ports: z.strictObject({
    kafka: z.int().optional(),
    controller: z.int().optional(),
    registry: z.int().optional(),
    postgres: z.int().optional(),
  }),
  /** Where PostgreSQL's data lies when it can not lie in the state folder. */
  postgresFolder: z.string().optional(),
  parts: z.strictObject({ kafka: part.optional(), registry: part.optional(), postgres: part.optional() }),
});

/** A part that was started and not yet stopped; whether it still lives is another question. */
export type RunningPart = z.infer<typeof part>;
/** What is remembered of a stack between two calls: `state.json` in the state folder. */
export type StackState = z.infer<typeof stateShape>;
export type PortName = keyof StackState['ports'];

export const stateFile = (folder: string): string => join(folder, 'state.json');

/** A stack that was never started, with a new Kafka cluster id (16 random bytes, base64url, as Kafka writes them). */
export function emptyState(): StackState {
  // A leading '-' would read as an option on a command line, and Kafka itself never makes one.
  let clusterId = '-';
  while (clusterId.startsWith('-')) clusterId = randomBytes(16).toString('base64url');
  return { version: 1, clusterId, ports: {}, parts: {} };
}

/** Reads `state.json`; undefined when there is none. Throws `BAD_STATE` when it is not ours, `BAD_SETTING` when it can not be read. */
export function readState(folder: string): StackState | undefined {
  const file = stateFile(folder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw noFolder(folder, error);
  }
  try {
    return stateShape.parse(JSON.parse(text));
  } catch (error) {
    const found = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    const repair =
      'Move the file away after stopping the processes it names; the data folders beside it are kept.';
    throw new StackError('BAD_STATE', `a state file of version 1 at ${file}`, found, repair, {
      cause: error,
    });
  }
}

/** Writes `state.json` so that a reader sees the old one or the new one, mode 0600. */
export function writeState(folder: string, state: StackState): void {
  const file = stateFile(folder);
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(fd, `${JSON.stringify(state, null, 2)}\n`);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

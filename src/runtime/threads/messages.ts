import { createBirpc, type BirpcReturn } from 'birpc';
import type { LogSink } from '../../platform/service-log.js';
import type { Thread, ThreadOptions } from './thread.js';

/** An error of another thread: a copy keeps the message alone, so what tells people the place and the repair goes beside it. */
export interface SentError {
  readonly message: string;
  readonly stack: string;
  readonly words: Readonly<Record<string, string>>;
}

/** What the main thread asks of another. */
export interface ThreadFunctions extends Pick<Thread, 'readiness' | 'alive' | 'figures' | 'stop' | 'close'> {
  /** The names of the components, or why they did not start. */
  start(options: ThreadOptions, log: LogSink): Promise<readonly string[] | SentError>;
}

interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** Calls by name over the port of a worker thread. Each caller bounds its own patience. */
export const callsOver = <Theirs extends object, Ours extends object>(
  port: Port,
  ours: Ours,
): BirpcReturn<Theirs, Ours> =>
  createBirpc<Theirs, Ours>(ours, {
    post: (message) => {
      port.postMessage(message);
    },
    on: (listener) => port.on('message', listener),
    timeout: -1,
  });

export const sendable = (error: unknown): SentError => {
  if (!(error instanceof Error)) return { message: String(error), stack: '', words: {} };
  const words = [['name', error.name], ...Object.entries(error)].filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  // Node's connection errors are aggregates without a message of their own.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const message = error.message === '' && first instanceof Error ? first.message : error.message;
  return { message, stack: error.stack ?? '', words: Object.fromEntries(words) };
};

export const received = ({ message, stack, words }: SentError): Error =>
  Object.assign(new Error(message), { stack }, words);

import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

const SECRETS = ['databaseUrl', 'password', '*.databaseUrl', '*.password'];

/** Where a log goes; plain data, for every thread of a process opens it for itself. */
export interface LogSink {
  readonly stream: 'stdout' | 'stderr';
  /** People read it on a terminal. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/**
 * The log of a long-running command is its output, so on stdout. With `--json` stdout belongs to the events of the command,
 * and the log goes to stderr.
 */
export const logSink = (asJson: boolean): LogSink => {
  const stream = asJson ? 'stderr' : 'stdout';
  return { stream, pretty: process[stream].isTTY, colour: !process.env['NO_COLOR'] };
};

/**
 * Readable on a terminal, JSON elsewhere. It goes over the streams of the process, of which a worker thread has its own that
 * lead to those of the main thread: a reader that stands still must not hold up whoever logs.
 */
export const openServiceLog = (level: string, sink: LogSink): Logger => {
  const stream = process[sink.stream];
  if (sink.pretty) {
    const options = { ignore: 'pid,hostname', colorize: sink.colour, destination: stream };
    return pino({ level, redact: SECRETS }, pretty(options));
  }
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, redact: SECRETS, formatters, timestamp: pino.stdTimeFunctions.isoTime }, stream);
};

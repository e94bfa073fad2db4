import { pino, type Logger } from 'pino';

const SECRETS = ['databaseUrl', 'password', '*.databaseUrl', '*.password'];

/** Where a log goes; every thread of a process opens it for itself. */
export interface LogSink {
  readonly fd: number;
  /** People read it on a terminal. */
  readonly pretty: boolean;
  readonly colour: boolean;
}

/**
 * The log of a long-running command is its output, so on stdout. With `--json` stdout belongs to the events of the command,
 * and the log goes to stderr.
 */
export const logSink = (asJson: boolean): LogSink => {
  const { fd, isTTY } = asJson ? process.stderr : process.stdout;
  return { fd, pretty: isTTY, colour: !process.env['NO_COLOR'] };
};

/** Readable on a terminal, JSON elsewhere. */
export const openServiceLog = (level: string, { fd, pretty, colour }: LogSink): Logger => {
  if (pretty) {
    const options = { destination: fd, ignore: 'pid,hostname', colorize: colour };
    return pino({ level, redact: SECRETS, transport: { target: 'pino-pretty', options } });
  }
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino(
    { level, redact: SECRETS, formatters, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: fd, sync: true }),
  );
};

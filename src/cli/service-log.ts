import { pino, type Logger } from 'pino';

const SECRETS = ['databaseUrl', 'password', '*.databaseUrl', '*.password'];

/**
 * The log of a long-running command: its output, so on stdout, readable on a terminal and JSON elsewhere. With `--json`
 * stdout belongs to the events of the command, and the log goes to stderr.
 */
export const openServiceLog = (level: string, asJson: boolean): Logger => {
  const stream = asJson ? process.stderr : process.stdout;
  if (stream.isTTY) {
    const options = { destination: stream.fd, ignore: 'pid,hostname', colorize: !process.env['NO_COLOR'] };
    return pino({ level, redact: SECRETS, transport: { target: 'pino-pretty', options } });
  }
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, redact: SECRETS, formatters, timestamp: pino.stdTimeFunctions.isoTime }, stream);
};

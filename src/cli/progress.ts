/** How far a long command is: a bar on a terminal, nothing elsewhere. */
export interface Progress {
  advance(by?: number): void;
  close(): void;
}

const SILENT: Progress = { advance: () => undefined, close: () => undefined };

/** On stderr. One item needs no bar. */
export const openProgress = (what: string, total: number): Progress => {
  if (!process.stderr.isTTY || total < 2) return SILENT;
  let bar: { increment(by: number): void; stop(): void } | undefined;
  let done = 0;
  let closed = false;
  void import('cli-progress').then(({ default: { SingleBar } }) => {
    if (closed) return;
    const made = new SingleBar({
      stream: process.stderr,
      format: `${what} [{bar}] {value}/{total} {duration_formatted}`,
    });
    made.start(total, done);
    bar = made;
  });
  return {
    advance: (by = 1) => {
      done += by;
      bar?.increment(by);
    },
    close: () => {
      closed = true;
      bar?.stop();
    },
  };
};

/** Exit code of a process that a signal ended, as shells count. */
const AT_ONCE = 130;

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(AT_ONCE);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

/** For commands that print until they are interrupted: a reader that has seen enough (`| head`) ends them, too. */
export const untilInterrupted = async (): Promise<void> => {
  const readerGone = new Promise<void>((resolve) => {
    process.stdout.on('error', () => resolve());
  });
  await Promise.race([untilSignal(), readerGone]);
};

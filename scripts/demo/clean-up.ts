/** What has to be undone at the end, whatever the end is: last in, first out. */
export interface CleanUp {
  add(what: string, undo: () => Promise<unknown>): void;
  /** Runs everything once, each whatever became of the others; returns what could not be undone. */
  run(): Promise<readonly string[]>;
}

export const createCleanUp = (): CleanUp => {
  const steps: { what: string; undo: () => Promise<unknown> }[] = [];
  let running: Promise<readonly string[]> | undefined;
  const undoAll = async (): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failed.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failed;
  };
  return {
    add: (what, undo) => void steps.push({ what, undo }),
    // A step added while it runs (something was just starting) is undone as well.
    run: () => (running ??= undoAll()),
  };
};

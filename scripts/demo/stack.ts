import { rmSync } from 'node:fs';
import type { CleanUp } from './clean-up.js';
import type { Cli } from './cli.js';

/** What the demo needs of `arbiter status --json`. */
export interface StackDocument {
  readonly kafka_version: string;
  readonly brokers: string;
  readonly schema_registry_url: string;
  readonly database_url: string;
  readonly public_key_path: string;
  readonly ready: boolean;
}

/** Brings the stack up. One that was running is used as it is and left running; one in the demo's own folder begins empty. */
export const bringUp = async (
  cli: Cli,
  home: { readonly folder: string; readonly own: boolean },
  cleanUp: CleanUp,
): Promise<StackDocument> => {
  const [before] = await cli.json<{ ready: boolean; parts: readonly { condition: string }[] }>(['status'], {
    codes: [0, 1],
  });
  const running = before?.ready === true || before?.parts.some(({ condition }) => condition !== 'stopped');
  if (running !== true) {
    if (home.own) rmSync(home.folder, { recursive: true, force: true });
    cleanUp.add('the stack', () => cli.down());
  }
  const [stack] = await cli.json<StackDocument>(['up'], { show: true });
  if (stack?.ready !== true) throw new Error('the stack is not ready after arbiter up');
  return stack;
};

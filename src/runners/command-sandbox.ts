import { existsSync, realpathSync } from 'node:fs';
import type { Logger } from 'pino';
import { detectSandbox, sandboxArgv } from './sandbox.js';
import { secretPaths } from './secrets.js';

export interface SandboxChoice {
  /** `required`: bubblewrap, or no start. `off`: the program may do all that this user may. Default `required`. */
  readonly sandbox?: 'required' | 'off';
  /** In the sandbox: true shares the network, with Arbiter's own ports on the loopback. Default false. */
  readonly network?: boolean;
  /** Arbiter's state folder, keys, …: what the program must not see in the sandbox. The worker's own folder and credentials always are hidden. */
  readonly hide?: readonly string[];
  /** What it may read although it is, or lies under, something hidden; the worker's own folder apart. */
  readonly readOnly?: readonly string[];
  /** Folders it may write besides its clone, for programs that keep their state in the home folder. */
  readonly writable?: readonly string[];
  /** Where PATH is found; this process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The worker's state folder, as given to `startWorker`. */
  readonly stateFolder: string;
  readonly logger?: Logger;
}

/** The sandbox that was asked for can not be had. */
export class RunnerRefused extends Error {
  override readonly name = 'RunnerRefused';
  readonly code = 'SANDBOX_UNAVAILABLE';
}

/** Puts the sandbox of one run in front of a program: its folder, where it may leave its usage, and its prompt. */
export type Wrap = (
  work: string,
  out: string,
  prompt: string,
) => (argv: readonly string[]) => readonly string[];

/**
 * undefined: no sandbox, as was asked for.
 * @throws RunnerRefused where none can be had and none was waived
 */
export async function sandboxWrapper(options: SandboxChoice): Promise<Wrap | undefined> {
  const { network = false, logger } = options;
  if (options.sandbox === 'off') {
    logger?.warn(
      'no sandbox: the program runs with all rights of this user, and can read its keys, its files and Arbiter’s state',
    );
    return undefined;
  }
  const support = await detectSandbox(options.env?.['PATH'] ?? process.env['PATH'] ?? '');
  if (!support.available) {
    throw new RunnerRefused(
      `sandbox: expected bubblewrap, found none that works (${support.reason}); install it, or start with --no-sandbox, which gives the program all rights of this user`,
    );
  }
  if (!network && !support.networkIsolation) {
    throw new RunnerRefused(
      'sandbox: a network of its own is not permitted here; allow network namespaces, or start with --network, which lets the program reach the ports of this machine',
    );
  }
  const { hide = [], readOnly = [], writable = [] } = options;
  return (work, out, prompt) => (argv) => {
    const allowed = new Set(
      [...readOnly, ...writable].filter((path) => existsSync(path)).map((path) => realpathSync(path)),
    );
    const secrets = secretPaths(options.env ?? process.env).filter(
      (path) => !allowed.has(realpathSync(path)),
    );
    return sandboxArgv(
      {
        bwrap: support.bwrap,
        clone: work,
        extraWritable: [out, ...writable],
        extraReadOnly: [prompt, ...readOnly],
        hide: [options.stateFolder, ...hide, ...secrets],
        network,
      },
      argv,
    );
  };
}

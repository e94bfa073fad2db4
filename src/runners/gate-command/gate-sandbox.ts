import { existsSync } from 'node:fs';
import { secretPaths } from '../secrets.js';
import { detectSandbox, sandboxArgv, type SandboxSupport } from '../sandbox.js';

export interface GateSandboxOptions {
  /** `required`: bubblewrap, or the command is refused. `off`: it may do all that this user may. */
  readonly sandbox: 'required' | 'off';
  /** Whether gates whose policy asks for the network get it. */
  readonly network: boolean;
  /** Arbiter's state folder and whatever else no command must see. */
  readonly hide: readonly string[];
}

export type Cage =
  | {
      readonly allowed: true;
      readonly held: Readonly<Record<string, string>>;
      readonly wrap:
        ((work: string, home: string) => (argv: readonly string[]) => readonly string[]) | undefined;
    }
  | { readonly allowed: false; readonly message: string; readonly repair: string };

/** How the command of a gate is held; refused where that cannot be had and was not waived by the operator. */
export function cageOf(support: SandboxSupport, options: GateSandboxOptions, wantsNetwork: boolean): Cage {
  if (wantsNetwork && !options.network) {
    return {
      allowed: false,
      message: 'the policy gives this gate the network, and the operator does not',
      repair: 'Set `gates.network: true` in Arbiter’s settings, or make the gate work without a network.',
    };
  }
  if (options.sandbox === 'off') {
    return { allowed: true, held: { 'held.sandbox': 'none', 'held.network': 'shared' }, wrap: undefined };
  }
  if (!support.available) {
    return {
      allowed: false,
      message: `there is no sandbox for the command: ${support.reason}`,
      repair:
        'Install bubblewrap (bwrap), or set `gates.sandbox: off`, which gives the agent’s code all rights of this user.',
    };
  }
  if (!wantsNetwork && !support.networkIsolation) {
    return {
      allowed: false,
      message: 'a network of its own is not permitted here, so the command would reach this machine’s ports',
      repair: 'Allow network namespaces, or set `gates.sandbox: off`.',
    };
  }
  const hide = [...options.hide.filter((path) => existsSync(path)), ...secretPaths(process.env)];
  return {
    allowed: true,
    held: { 'held.sandbox': 'bubblewrap', 'held.network': wantsNetwork ? 'shared' : 'none' },
    wrap: (work, home) => (argv) =>
      sandboxArgv(
        {
          bwrap: support.bwrap,
          clone: work,
          extraWritable: [home],
          extraReadOnly: [],
          hide,
          network: wantsNetwork,
        },
        argv,
      ),
  };
}

let detected: Promise<SandboxSupport> | undefined;

/** Tried out once for a process. */
export function sandboxSupport(): Promise<SandboxSupport> {
  return (detected ??= detectSandbox());
}

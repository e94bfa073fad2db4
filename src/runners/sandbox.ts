import { readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { execute } from './execute.js';

export interface Sandbox {
  /** absolute path of bubblewrap; 'bwrap' when left out */
  readonly bwrap?: string;
  /** the folder the program starts in and may write, besides its own /tmp */
  readonly clone: string;
  /** more folders it may write: where it leaves what is no part of its work */
  readonly extraWritable?: readonly string[];
  /** paths that stay readable although they lie under something hidden, or under /tmp or /run */
  readonly extraReadOnly: readonly string[];
  /** files and folders the program must not see: Arbiter's state folder, keys */
  readonly hide: readonly string[];
  /** true shares the machine's network, its loopback with Arbiter's own ports included; false gives an empty one */
  readonly network: boolean;
}

export type SandboxSupport =
  | { readonly available: true; readonly bwrap: string; readonly networkIsolation: boolean }
  | { readonly available: false; readonly reason: string };

/** A path given to the sandbox does not exist, or is given two meanings. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';

  constructor(
    readonly code: 'SANDBOX_PATH_MISSING' | 'SANDBOX_PATH_CONFLICT',
    message: string,
  ) {
    super(message);
  }
}

/** Everything a sandbox asks of the kernel, network apart; in a container some of it is often refused. */
const NAMESPACES = [
  '--die-with-parent',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  // As root the program could otherwise undo every mount below.
  '--cap-drop',
  'ALL',
] as const;

/** The machine to read, with devices and processes of its own. */
function system(): string[] {
  return [
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    ...settingsOfMachine().flatMap(readOnlyAt),
  ];
}

/**
 * What /proc shows of the whole machine and lets somebody write. Its owner is root, so a program that runs as root may, whatever
 * capabilities it has lost; bubblewrap covers a few folders, and those only where the folder itself can be written.
 */
function settingsOfMachine(): string[] {
  return readdirSync('/proc', { withFileTypes: true })
    .filter((entry) => !/^[0-9]+$/.test(entry.name) && !entry.isSymbolicLink())
    .map(({ name }) => join('/proc', name))
    .filter((path) => isFolder(path) || isWritable(path));
}

/**
 * Whether bubblewrap is there *and works here*: it may be installed and yet not permitted (no user namespaces, a container without
 * the right to mount /proc), so a program is really run in one.
 */
export async function detectSandbox(path = process.env['PATH'] ?? ''): Promise<SandboxSupport> {
  const bwrap = findOnPath('bwrap', path);
  if (bwrap === undefined)
    return { available: false, reason: 'bubblewrap (bwrap) is not on the PATH: install it' };
  const program = findOnPath('true', path);
  if (program === undefined) return { available: false, reason: 'the program `true` is not on the PATH' };
  const failure = await tryOut([bwrap, ...NAMESPACES, ...system(), '--tmpfs', '/tmp', '--', program]);
  if (failure !== undefined)
    return { available: false, reason: `bubblewrap is installed but not permitted: ${failure}` };
  const netless = await tryOut([bwrap, ...NAMESPACES, '--unshare-net', ...system(), '--', program]);
  return { available: true, bwrap, networkIsolation: netless === undefined };
}

/**
 * The argument list that runs `argv` in a sandbox: everything read-only but the clone, a /tmp of its own, no sockets of /run, the
 * hidden paths empty, own process, IPC and host-name spaces, gone when the worker is gone.
 * @throws SandboxError: a path that is missing now could appear later and would then be visible
 */
export function sandboxArgv(sandbox: Sandbox, argv: readonly string[]): string[] {
  const clone = resolved(sandbox.clone);
  if (clone === '/')
    throw new SandboxError('SANDBOX_PATH_CONFLICT', 'clone: expected a folder of its own, found /');
  const mounts: Mount[] = [
    { path: '/tmp', args: ['--tmpfs', '/tmp'] },
    ...(isFolder('/run') ? [{ path: '/run', args: ['--tmpfs', '/run'] }] : []),
    ...sandbox.hide.map(resolved).map((path) => ({ path, args: hiding(path) })),
    ...[...sandbox.extraReadOnly.map(resolved), ...nameServers(sandbox.network)].map(readOnly),
    ...(sandbox.extraWritable ?? []).map(resolved).map(writable),
    writable(clone),
  ];
  return [
    sandbox.bwrap ?? 'bwrap',
    ...NAMESPACES,
    ...(sandbox.network ? [] : ['--unshare-net']),
    ...system(),
    ...inOrder(mounts).flatMap(({ args }) => args),
    '--chdir',
    clone,
    '--',
    ...argv,
  ];
}

interface Mount {
  readonly path: string;
  readonly args: readonly string[];
}

/** The outer before the inner, for a later mount covers an earlier one: a clone inside a hidden folder stays, and the reverse. */
function inOrder(mounts: readonly Mount[]): Mount[] {
  const byPath = new Map<string, Mount>();
  for (const mount of mounts) {
    const other = byPath.get(mount.path);
    if (other !== undefined && other.args.join('\0') !== mount.args.join('\0')) {
      throw new SandboxError(
        'SANDBOX_PATH_CONFLICT',
        `${mount.path}: expected one use in the sandbox, found two`,
      );
    }
    byPath.set(mount.path, mount);
  }
  const depth = ({ path }: Mount): number => path.split('/').filter((part) => part !== '').length;
  return [...byPath.values()].sort((a, b) => depth(a) - depth(b));
}

function hiding(path: string): string[] {
  return isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];
}

function writable(path: string): Mount {
  return { path, args: ['--bind', path, path] };
}

function readOnly(path: string): Mount {
  return { path, args: readOnlyAt(path) };
}

function readOnlyAt(path: string): string[] {
  return ['--ro-bind', path, path];
}

/** Where /etc/resolv.conf points into /run, names would not resolve without it. */
function nameServers(network: boolean): string[] {
  if (!network || statSync('/etc/resolv.conf', { throwIfNoEntry: false }) === undefined) return [];
  const path = realpathSync('/etc/resolv.conf');
  return path.startsWith('/run/') ? [path] : [];
}

/** The real path: a mount over a symbolic link would leave what it points to uncovered. */
function resolved(path: string): string {
  if (!isAbsolute(path) || statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new SandboxError(
      'SANDBOX_PATH_MISSING',
      `sandbox: expected an absolute path that exists, found ${path}`,
    );
  }
  return realpathSync(path);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWritable(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o222) !== 0;
}

export function findOnPath(program: string, path: string): string | undefined {
  // A relative entry would make the answer depend on the folder one stands in.
  const places = path.split(delimiter).filter(isAbsolute);
  return places.map((place) => join(place, program)).find(isProgram);
}

/** A file that somebody may execute. */
export function isProgram(file: string): boolean {
  try {
    const stat = statSync(file);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    // Nothing there, or a folder that is not for us to look into.
    return false;
  }
}

/** undefined when it ran and ended with 0; else what it said. */
async function tryOut(argv: readonly string[]): Promise<string | undefined> {
  try {
    const run = await execute({
      argv,
      cwd: '/',
      env: {},
      stdin: null,
      timeoutMs: 5000,
      graceMs: 500,
      maxOutputBytes: 500,
    });
    if (run.exitCode === 0) return undefined;
    const said = run.output
      .toString('utf8')
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim();
    return said === '' ? `ended with ${run.exitCode ?? run.signal ?? 'nothing'}` : said;
  } catch (error) {
    return error instanceof Error ? error.message : 'it could not be started';
  }
}

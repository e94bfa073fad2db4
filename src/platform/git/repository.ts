import { GitError } from './errors.js';

export type Protocol = 'file' | 'https' | 'http' | 'ssh' | 'git';
export const DEFAULT_PROTOCOLS: readonly Protocol[] = ['file', 'https', 'ssh'];

export interface Repository {
  /** What git is given. */
  readonly address: string;
  readonly protocol: Protocol;
  /** The folder, if it is on this machine. */
  readonly localPath: string | null;
}

const MAX_ADDRESS = 2_000;
const CONTROL = /[\u0000-\u001f\u007f]/u; // eslint-disable-line no-control-regex -- refused, not matched by accident
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/iu;
const SCP = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!:)(?!\/\/)([^-].*)$/u;
const PROTOCOLS: ReadonlySet<string> = new Set(['file', 'https', 'http', 'ssh', 'git']);

/**
 * Reads a repository string that a stranger wrote. Nothing in it can be an option of git (`-…`), a remote helper (`ext::…`, which
 * runs a command), or a protocol that is not allowed here.
 * @throws GitError REPOSITORY_REFUSED
 */
export function parseRepository(text: string, allowed: readonly Protocol[] = DEFAULT_PROTOCOLS): Repository {
  const refuse = (found: string): never => {
    throw new GitError({
      code: 'REPOSITORY_REFUSED',
      place: 'repository',
      expected: `an absolute path or an address with ${allowed.join(', ')}`,
      found,
      repair: 'Name the repository as /absolute/path, https://host/path or ssh://host/path.',
    });
  };
  if (text === '' || text.length > MAX_ADDRESS) return refuse(`${text.length} characters`);
  if (CONTROL.test(text)) return refuse('a control character');
  if (text.startsWith('-')) return refuse('a leading `-`, which git would read as an option');
  if (/^[^/]*::/u.test(text)) return refuse('a remote helper (`name::address`), which can run commands');
  const parsed = classify(text);
  if (parsed === null) return refuse('neither an absolute path nor a known kind of address');
  if (!allowed.includes(parsed.protocol)) return refuse(`the protocol ${parsed.protocol}`);
  return parsed;
}

function classify(text: string): Repository | null {
  if (text.startsWith('/')) return { address: text, protocol: 'file', localPath: text };
  const url = SCHEME.exec(text);
  if (url !== null) return fromUrl((url[1] ?? '').toLowerCase(), url[2] ?? '', text);
  return SCP.test(text) ? { address: text, protocol: 'ssh', localPath: null } : null;
}

function fromUrl(scheme: string, rest: string, text: string): Repository | null {
  if (!PROTOCOLS.has(scheme)) return null;
  const protocol = scheme as Protocol;
  if (protocol === 'file') return rest.startsWith('/') ? { address: text, protocol, localPath: rest } : null;
  const host = (rest.split('/')[0] ?? '').replace(/^[^@]*@/u, '');
  return host === '' || host.startsWith('-') ? null : { address: text, protocol, localPath: null };
}

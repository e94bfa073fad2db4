import type { Protocol, Repository } from './repository.js';

/** Variables of this process that git may see: how to find programs, keys, proxies and certificates. Nothing named GIT_*. */
const ALLOWED = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

export type Environment = Readonly<Record<string, string>>;

export interface EnvironmentOptions {
  readonly configFile: string;
  readonly protocols: readonly Protocol[];
  readonly from: Readonly<Record<string, string | undefined>>;
}

/** The whole environment of every git process: an allow-list, and our own configuration in place of the user's and the system's. */
export function gitEnvironment({ configFile, protocols, from }: EnvironmentOptions): Environment {
  const env: Record<string, string> = {};
  for (const name of ALLOWED) {
    const value = from[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configFile,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oPermitLocalCommand=no -oClearAllForwardings=yes',
    // Wins over every configuration, also over the source's own.
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/**
 * Our own configuration file. It takes the place of the user's (GIT_CONFIG_GLOBAL) because the process that serves a repository on
 * this machine sees it too, which `-c` options do not reach; that is also the only place where `safe.directory` counts.
 */
export function gitConfig(repository: Repository, protocols: readonly Protocol[]): string {
  const lines = [
    '[core]',
    'hooksPath = /dev/null',
    'attributesFile = /dev/null',
    'excludesFile = /dev/null',
    'fsmonitor = false',
    'quotePath = false',
    'symlinks = false',
    'bigFileThreshold = 64m',
    '[protocol]',
    'allow = never',
    'version = 2',
    ...protocols.flatMap((name) => [`[protocol "${name}"]`, 'allow = always']),
    '[fetch]',
    'recurseSubmodules = false',
    'writeCommitGraph = false',
    'unpackLimit = 500',
    '[submodule]',
    'recurse = false',
    '[gc]',
    'auto = 0',
    '[maintenance]',
    'auto = false',
    '[diff]',
    'ignoreSubmodules = none',
    '[credential]',
    'helper =',
    '[uploadpack]',
    'allowAnySHA1InWant = true',
  ];
  if (repository.localPath !== null) {
    const path = repository.localPath.replace(/\/+$/u, '');
    // Serving objects runs nothing of the repository; git's check of the owner would refuse every repository of another user.
    lines.push(
      '[safe]',
      ...[path, `${path}/.git`, `${path}.git`].map((each) => `directory = ${quoted(each)}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function quoted(value: string): string {
  return `"${value.replace(/\\/gu, '\\\\').replace(/"/gu, '\\"')}"`;
}

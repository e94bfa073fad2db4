import { parse as parseToml } from 'smol-toml';
import { isObject, readJson, type Json } from '../evidence/bounded-json.js';
import { decode } from '../evidence/decode.js';
import { readXml } from '../evidence/bounded-xml.js';

/** One dependency as a manifest names it. */
export interface Dependency {
  readonly version: string;
  /** It does not come from the ecosystem's registry, but from an address or folder. */
  readonly foreign: boolean;
  /** Where a lock file has it from (scheme, host and port); undefined: it says none. */
  readonly origin?: string;
}

export type Dependencies = ReadonlyMap<string, Dependency>;
type Reader = (bytes: Uint8Array) => Dependencies;

/** The reader of a manifest by its file name; undefined for other files. */
export function manifestReader(path: string): Reader | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (Object.hasOwn(READERS, name)) return READERS[name];
  return /^requirements[\w.-]*\.txt$/u.test(name) ? readRequirements : undefined;
}

/** Longest manifest that is read; lock files of large projects are long. */
export const MOST_MANIFEST_BYTES = 8 * 1024 * 1024;

const READERS: Readonly<Record<string, Reader>> = {
  'package.json': readPackage,
  'package-lock.json': readPackageLock,
  'npm-shrinkwrap.json': readPackageLock,
  'go.mod': readGoMod,
  'Cargo.toml': readCargo,
  'pyproject.toml': readPyproject,
  'pom.xml': readPom,
};

const ADDRESS =
  /^(?:git|https?|ssh|file|link|github|gitlab|bitbucket|gist)(?:\+[a-z]+)?:|^[\w.-]+\/[\w.-]+(?:#|$)|^\.{0,2}\//iu;

function readPackage(bytes: Uint8Array): Dependencies {
  const manifest = readJson(bytes, 'package.json');
  const found = new Map<string, Dependency>();
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const [name, version] of Object.entries(objectOf(manifest[group]))) {
      const text = String(version);
      found.set(name, { version: text, foreign: ADDRESS.test(text) });
    }
  }
  return found;
}

function readPackageLock(bytes: Uint8Array): Dependencies {
  const lock = readJson(bytes, 'package-lock.json');
  const found = new Map<string, Dependency>();
  for (const [place, entry] of Object.entries(objectOf(lock['packages'] ?? lock['dependencies']))) {
    if (place === '' || !isObject(entry)) continue;
    const { version, resolved } = entry;
    const origin = typeof resolved === 'string' ? originOf(resolved) : undefined;
    const foreign = typeof resolved === 'string' && origin === undefined;
    // By its place: the same package may be there several times, and none may hide another.
    found.set(place.replace(/^node_modules\//u, ''), {
      version: textOf(version),
      foreign,
      ...(origin === undefined ? {} : { origin }),
    });
  }
  return found;
}

/** Of an address that a registry could have; undefined for every other place. */
function originOf(address: string): string | undefined {
  return /^https:\/\//iu.test(address) && URL.canParse(address) ? new URL(address).origin : undefined;
}

function readRequirements(bytes: Uint8Array): Dependencies {
  const found = new Map<string, Dependency>();
  for (const raw of decode(bytes, 'requirements')
    .replace(/\\\r?\n/gu, ' ')
    .split(/\r?\n/u)) {
    const line = raw.replace(/(?:^|\s)#.*$/u, '').trim();
    if (line === '') continue;
    const editable = /^(?:-e|--editable)[ =](.+)$/u.exec(line);
    if (editable !== null) found.set(editable[1] ?? line, { version: '', foreign: true });
    else if (!line.startsWith('-')) addRequirement(found, line);
  }
  return found;
}

/** PEP 508: `name[extra] >=1 ; marker`, or `name @ address`. */
function addRequirement(found: Map<string, Dependency>, text: string): void {
  const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(@\s*)?([^;]*)/u.exec(text.slice(0, 2000));
  const name = named?.[1];
  if (name === undefined || /^[a-z+]+:\/\//iu.test(text)) {
    found.set(text.slice(0, 200), { version: '', foreign: true });
    return;
  }
  const version = (named?.[3] ?? '').replace(/\s+--hash=.*$/u, '').trim();
  found.set(name.toLowerCase().replace(/[._]+/gu, '-'), { version, foreign: named?.[2] !== undefined });
}

function readGoMod(bytes: Uint8Array): Dependencies {
  const found = new Map<string, Dependency>();
  let block = '';
  for (const raw of decode(bytes, 'go.mod').split(/\r?\n/u)) {
    const line = raw.replace(/\/\/.*$/u, '').trim();
    const opened = /^(\w+)\s*\($/u.exec(line);
    if (opened !== null) block = opened[1] ?? '';
    else if (line === ')') block = '';
    else {
      const words = line.split(/\s+/u);
      const verb = block === '' ? words.shift() : block;
      const [module = '', version = ''] = words;
      if (verb === 'require' && module !== '') {
        const known = found.get(module);
        found.set(module, known?.foreign === true ? known : { version, foreign: false });
      } else if (verb === 'replace' && module !== '') {
        found.set(module, { version: words.slice(words.indexOf('=>') + 1).join(' '), foreign: true });
      }
    }
  }
  return found;
}

const CARGO_GROUPS = ['dependencies', 'dev-dependencies', 'build-dependencies'] as const;

function readCargo(bytes: Uint8Array): Dependencies {
  const manifest = tomlOf(bytes, 'Cargo.toml');
  const found = new Map<string, Dependency>();
  const targets = Object.values(objectOf(manifest['target'])).map(objectOf);
  for (const place of [manifest, objectOf(manifest['workspace']), ...targets]) {
    for (const group of CARGO_GROUPS) addToml(found, objectOf(place[group]));
  }
  return found;
}

function readPyproject(bytes: Uint8Array): Dependencies {
  const manifest = tomlOf(bytes, 'pyproject.toml');
  const found = new Map<string, Dependency>();
  const project = objectOf(manifest['project']);
  const lists = [project['dependencies'], ...Object.values(objectOf(project['optional-dependencies']))];
  for (const list of [...lists, ...Object.values(objectOf(manifest['dependency-groups']))]) {
    if (Array.isArray(list))
      for (const each of list) if (typeof each === 'string') addRequirement(found, each);
  }
  const poetry = objectOf(objectOf(manifest['tool'])['poetry']);
  addToml(found, objectOf(poetry['dependencies']));
  for (const group of Object.values(objectOf(poetry['group'])))
    addToml(found, objectOf(objectOf(group)['dependencies']));
  return found;
}

function addToml(found: Map<string, Dependency>, group: Json): void {
  for (const [name, value] of Object.entries(group)) {
    const entry = objectOf(value);
    const foreign = ['git', 'path', 'url', 'registry'].some((key) => entry[key] !== undefined);
    const version =
      typeof value === 'string' ? value : textOf(entry['version'] ?? entry['git'] ?? entry['path']);
    found.set(name, { version, foreign });
  }
}

/** Maven: `group:artifact`, of every `dependency` and `plugin`. */
function readPom(bytes: Uint8Array): Dependencies {
  const found = new Map<string, Dependency>();
  const stack: string[] = [];
  let current: Record<string, string> | null = null;
  let depth = 0;
  readXml(bytes, 'pom.xml', {
    open: (name, _attributes, at) => {
      stack.push(name);
      if (name === 'dependency' || name === 'plugin') {
        current = {};
        depth = at;
      }
    },
    close: (name) => {
      if ((name === 'dependency' || name === 'plugin') && current !== null && stack.length === depth) {
        const { groupId = '', artifactId = '', version = '', systemPath } = current;
        found.set(`${groupId}:${artifactId}`, { version, foreign: systemPath !== undefined });
        current = null;
      }
      stack.pop();
    },
    text: (text) => {
      if (current === null || stack.length !== depth + 1 || text.trim() === '') return;
      const name = stack[stack.length - 1] ?? '';
      if (/^(?:groupId|artifactId|version|systemPath)$/u.test(name))
        current[name] = text.trim().slice(0, 200);
    },
  });
  return found;
}

function tomlOf(bytes: Uint8Array, name: string): Json {
  const value: unknown = parseToml(decode(bytes, name), { maxDepth: 64 });
  return objectOf(value);
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : '';
}

import { CodecError } from './errors.js';

/** A subject's level before its first version is registered: any build reads any record, whatever the order of roll-out. */
const COMPATIBILITY = 'FULL_TRANSITIVE';
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface RegistryOptions {
  /** Base of the Confluent API, e.g. `http://host:8081` or `…/apis/ccompat/v7`; may carry `user:password@`. */
  readonly url: string;
  /** One request at most; default 5000. */
  readonly timeoutMs?: number;
}

/** What is asked of a schema registry with the Confluent API. */
export interface Registry {
  /** The id of exactly this text under a subject; undefined: not registered there. */
  idOf(subject: string, text: string): Promise<number | undefined>;
  /** The text of an id; undefined: no such id. */
  textOfId(id: number): Promise<string | undefined>;
  /** The compatibility level set for the subject itself. */
  compatibilityOf(subject: string): Promise<string | undefined>;
  requireCompatibility(subject: string): Promise<void>;
  /** Null: compatible with every version there is (or there is none); else what the registry says. */
  incompatibility(subject: string, text: string): Promise<string | null>;
  register(subject: string, text: string): Promise<number>;
  subjects(): Promise<readonly string[]>;
  /** Removes a subject and its ids for good. For placeholders and tests. */
  erase(subject: string): Promise<void>;
}

type Json = Record<string, unknown>;

/**
 * Registry access over plain HTTP. Rejects with the retriable `REGISTRY_UNREACHABLE` when there is no answer or a server
 * error, with `REGISTRY_REFUSED` when the answer is a no that asking again does not change.
 */
export const connectRegistry = (options: RegistryOptions): Registry => {
  const call = caller(options);
  const at = (subject: string): string => encodeURIComponent(subject);
  const found = async (method: string, path: string, body?: Json): Promise<Json | undefined> => {
    const answer = await call(method, path, body);
    if (answer.status === 404) return undefined;
    return expectOk(method, path, answer) as Json;
  };
  const must = async (method: string, path: string, body?: Json): Promise<unknown> =>
    expectOk(method, path, await call(method, path, body));
  return {
    idOf: async (subject, text) => idIn(await found('POST', `/subjects/${at(subject)}`, { schema: text })),
    textOfId: async (id) => {
      const schema = (await found('GET', `/schemas/ids/${id}`))?.schema;
      return typeof schema === 'string' ? schema : undefined;
    },
    compatibilityOf: async (subject) => {
      const level = (await found('GET', `/config/${at(subject)}`))?.compatibilityLevel;
      return typeof level === 'string' ? level : undefined;
    },
    requireCompatibility: async (subject) => {
      await must('PUT', `/config/${at(subject)}`, { compatibility: COMPATIBILITY });
    },
    incompatibility: async (subject, text) => {
      const path = `/compatibility/subjects/${at(subject)}/versions?verbose=true`;
      const answer = await found('POST', path, { schema: text });
      if (answer === undefined || answer.is_compatible !== false) return null;
      const reasons = answer.messages ?? answer.reason;
      return Array.isArray(reasons)
        ? reasons.join('; ')
        : typeof reasons === 'string'
          ? reasons
          : 'incompatible';
    },
    register: async (subject, text) => {
      const path = `/subjects/${at(subject)}/versions`;
      const id = idIn((await must('POST', path, { schema: text })) as Json);
      if (id === undefined) throw refused('POST', path, 'an answer without an id');
      return id;
    },
    subjects: async () => (await must('GET', '/subjects')) as string[],
    erase: async (subject) => {
      await found('DELETE', `/subjects/${at(subject)}`);
      await found('DELETE', `/subjects/${at(subject)}?permanent=true`);
    },
  };
};

export const isFullTransitive = (level: string | undefined): boolean => level === COMPATIBILITY;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const caller = (
  options: RegistryOptions,
): ((method: string, path: string, body?: Json) => Promise<Answer>) => {
  const url = new URL(options.url);
  const headers: Record<string, string> = {
    accept: `${CONTENT_TYPE}, application/json`,
    'content-type': CONTENT_TYPE,
  };
  if (url.username !== '')
    headers.authorization = `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
  url.username = '';
  url.password = '';
  const base = url.href.replace(/\/+$/, '');
  return async (method, path, body) => {
    const answer = await request(`${base}${path}`, method, headers, body, options.timeoutMs ?? 5000);
    const json = parse(answer.text);
    if (answer.status >= 500 || answer.status === 429)
      throw unreachable(`${base} answered ${answer.status} to ${method} ${path}: ${messageOf(json) ?? ''}`);
    // A 404 of the registry is JSON with a code; any other 404 is a wrong address.
    if (json === undefined || (answer.status === 404 && !isNotFound(json)))
      throw refused(
        method,
        path,
        `${answer.status}, not in its words: is ${base} the Confluent API of a schema registry?`,
      );
    return { status: answer.status, body: json };
  };
};

const request = async (
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Json | undefined,
  timeoutMs: number,
): Promise<{ status: number; text: string }> => {
  try {
    const init: RequestInit = { method, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) };
    const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    return { status: response.status, text: await readBounded(response) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw unreachable(
      `no answer to ${method} ${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      error,
    );
  }
};

const readBounded = async (response: Response): Promise<string> => {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const member = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? (body as Json)[name] : undefined;
/** 40401 and its like; a wrong path has another code or none. */
const isNotFound = (body: unknown): boolean => Math.floor(Number(member(body, 'error_code')) / 100) === 404;
const messageOf = (body: unknown): string | undefined => {
  const message = member(body, 'message');
  return typeof message === 'string' ? message.slice(0, 500) : undefined;
};
const idIn = (body: Json | undefined): number | undefined =>
  typeof body?.id === 'number' ? body.id : undefined;

const expectOk = (method: string, path: string, { status, body }: Answer): unknown => {
  if (status >= 200 && status < 300) return body;
  throw refused(method, path, `${status} ${messageOf(body) ?? ''}`);
};

const unreachable = (message: string, cause?: unknown): CodecError =>
  new CodecError('REGISTRY_UNREACHABLE', message, cause === undefined ? {} : { cause }, true);

const refused = (method: string, path: string, found: string): CodecError =>
  new CodecError('REGISTRY_REFUSED', `${method} ${path}: ${found}`, { found });

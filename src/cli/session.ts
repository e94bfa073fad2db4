import { userInfo } from 'node:os';
import { newTraceparent } from '../producers/ids.js';
import type { EdgePublisher } from '../producers/index.js';
import type { Queries } from '../projections/index.js';
import type { Connection } from '../runtime/connection.js';
import type { Endpoints } from '../runtime/endpoints.js';

/** The views, opened for one command. */
export const withQueries = async <T>(
  work: (queries: Queries, endpoints: Endpoints) => Promise<T>,
): Promise<T> => {
  const [{ findEndpoints }, { openQueries }] = await Promise.all([
    import('../runtime/endpoints.js'),
    import('../projections/index.js'),
  ]);
  const endpoints = await findEndpoints();
  const queries = openQueries(endpoints.databaseUrl);
  try {
    return await work(queries, endpoints);
  } finally {
    await queries.close();
  }
};

/** What commands and workers write to. */
const EDGE = [
  'arbiter.task-requests',
  'arbiter.commands',
  'arbiter.agent-reports',
  'arbiter.agent-commands',
  'arbiter.policy-commands',
  'arbiter.presence',
] as const;

/** The bus with codec and registry, and the views. */
export interface Session {
  readonly endpoints: Endpoints;
  readonly connection: Connection;
  readonly queries: Queries;
}

/** Rejects with `NO_STACK`, or where the registry does not hold this build's schemas. */
export const withSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
  const { connect } = await import('../runtime/connection.js');
  return withQueries(async (queries, endpoints) => {
    const connection = await connect(endpoints, 'cli', { writes: EDGE });
    try {
      return await work({ endpoints, connection, queries });
    } finally {
      await connection.close();
    }
  });
};

/** A publisher to the edge topics, closed afterwards. */
export const withEdge = async <T>(
  { connection }: Session,
  work: (edge: EdgePublisher) => Promise<T>,
): Promise<T> => {
  const { createEdgePublisher } = await import('../producers/index.js');
  const publisher = await connection.bus.openPublisher();
  try {
    return await work(await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin));
  } finally {
    await publisher.close();
  }
};

/** Who gives the order; a name for the record, not a proof. */
export const actor = (): string => {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli';
  }
};

/** One trust domain so far: a label. */
export const TENANT = 'default';

/** The trace that this process was started in (TRACEPARENT), else a new one (W3C trace context, version 00). */
export const traceparent = (env: NodeJS.ProcessEnv = process.env): string => {
  const given = env['TRACEPARENT'];
  if (given !== undefined && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(given)) return given;
  return newTraceparent();
};

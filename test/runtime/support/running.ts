import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { createMetrics, type Metrics } from '../../../src/platform/metrics.js';
import {
  connect,
  parseSettings,
  setUp,
  startArbiter,
  type Arbiter,
  type ComponentName,
  type Connection,
  type Endpoints,
} from '../../../src/runtime/index.js';
import { testStack } from '../../support/stack.js';
import { Fleet } from './fleet.js';

export interface Running {
  readonly endpoints: Endpoints;
  readonly connection: Connection;
  readonly arbiter: Arbiter;
  readonly fleet: Fleet;
  readonly metrics: Metrics;
  /** What verdicts are checked with, as PEM. */
  readonly publicKey: string;
}

/** The components in this process on the tests' stack, ready, with `folder` for their state. The caller stops them. */
export const startRunning = async (
  folder: string,
  settings: object = {},
  only?: readonly ComponentName[],
): Promise<Running> => {
  const endpoints = { ...(await testStack()), kafkaVersion: '', folder };
  const { publicKeyPath } = await setUp(endpoints);
  const connection = await connect(endpoints, 'test');
  const metrics = createMetrics();
  const arbiter = await startArbiter({
    endpoints,
    connection,
    settings: parseSettings({ logLevel: 'silent', ...settings }),
    logger: pino({ level: process.env['ARBITER_LOG_LEVEL'] ?? 'silent' }),
    metrics,
    ...(only === undefined ? {} : { only }),
  });
  const fleet = await Fleet.open(connection);
  await fleet.until('ready', () => (arbiter.readiness().ready ? true : undefined), 90_000);
  return { endpoints, connection, arbiter, fleet, metrics, publicKey: await readFile(publicKeyPath, 'utf8') };
};

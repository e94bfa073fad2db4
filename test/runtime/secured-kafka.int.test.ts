import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createMetrics } from '../../src/platform/metrics.js';
import {
  connect,
  findEndpoints,
  openBus,
  parseSettings,
  setUp,
  startArbiter,
} from '../../src/runtime/index.js';
import { stackStatus } from '../../src/platform/stack/index.js';
import { testStack } from '../support/stack.js';
import { LOGIN, startSecuredBroker, type SecuredBroker } from './support/secured-broker.js';

describe('brokers with TLS and a login', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-secured-'));
  let broker: SecuredBroker;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    const { schemaRegistryUrl, databaseUrl } = await testStack();
    broker = await startSecuredBroker(folder);
    const passwordFile = path.join(folder, 'password');
    writeFileSync(passwordFile, `${LOGIN.password}\n`, { mode: 0o600 });
    env = {
      ARBITER_HOME: path.join(folder, 'home'),
      KAFKA_BROKERS: broker.brokers,
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      DATABASE_URL: databaseUrl,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA_FILE: broker.caFile,
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: LOGIN.username,
      KAFKA_SASL_PASSWORD_FILE: passwordFile,
    };
  });

  after(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const conditionOf = async (given: NodeJS.ProcessEnv): Promise<string | undefined> =>
    (await stackStatus({ env: given })).parts.find(({ name }) => name === 'kafka')?.condition;

  it('topics, schemas, a group and an owned log over SASL_SSL; its release is known', async () => {
    while ((await conditionOf(env)) !== 'ready') await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await stackStatus({ env })).stack?.kafkaVersion).to.match(/^\d+\.\d+\.x$/u);
    const endpoints = await findEndpoints(env);
    await setUp(endpoints);
    const connection = await connect(endpoints, 'secured');
    try {
      const logger = pino({ level: 'silent' });
      const parts = { endpoints, connection, settings: parseSettings({}), logger };
      const arbiter = await startArbiter({
        ...parts,
        metrics: createMetrics(),
        only: ['registrar'],
      });
      while (!arbiter.readiness().ready) await new Promise((resolve) => setTimeout(resolve, 20));
      await arbiter.stop();
      expect(await connection.bus.admin.endOffsets('arbiter.agents')).to.deep.equal([1]);
    } finally {
      await connection.close();
    }
  });

  it('a certificate of the client in place of a login; without it nobody gets in', async () => {
    const { SCHEMA_REGISTRY_URL, DATABASE_URL, ARBITER_HOME } = env;
    const known = {
      ...{ SCHEMA_REGISTRY_URL, DATABASE_URL, ARBITER_HOME },
      KAFKA_BROKERS: broker.mutualBrokers,
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CA_FILE: broker.caFile,
      KAFKA_SSL_CERT_FILE: broker.certFile,
      KAFKA_SSL_KEY_FILE: broker.keyFile,
    };
    while ((await conditionOf(known)) !== 'ready') await new Promise((resolve) => setTimeout(resolve, 100));
    const bus = await openBus(await findEndpoints(known), 'mutual');
    expect(await bus.admin.endOffsets('arbiter.agents')).to.have.length(1);
    await bus.close();
    const { KAFKA_SSL_CERT_FILE: _cert, KAFKA_SSL_KEY_FILE: _key, ...nobody } = known;
    expect(await conditionOf(nobody)).to.equal('not answering');
  });

  it('a wrong password, a stranger as authority, or no TLS at all: refused, and told without the secret', async () => {
    const { KAFKA_SSL_CA_FILE: _ca, ...stranger } = env;
    const guessed = { ...env, KAFKA_SASL_PASSWORD_FILE: '', KAFKA_SASL_PASSWORD: 's3cret-guess' };
    const plain = {
      KAFKA_SECURITY_PROTOCOL: '',
      KAFKA_SSL_CA_FILE: '',
      KAFKA_SASL_MECHANISM: '',
      KAFKA_SASL_USERNAME: '',
      KAFKA_SASL_PASSWORD_FILE: '',
    };
    for (const [given, expected] of [
      [guessed, 'NOT_AUTHORISED'],
      [stranger, 'UNREACHABLE'],
      [{ ...env, ...plain }, 'UNREACHABLE'],
    ] as const) {
      const endpoints = await findEndpoints(given);
      const error = await connect(endpoints, 'refused').then(
        () => undefined,
        (found: unknown) => found as Error & { code?: string },
      );
      expect(error?.code, error?.message).to.equal(expected);
      expect(error?.message).to.not.contain('s3cret');
    }
    expect(await conditionOf(guessed)).to.equal('not answering');
  });
});

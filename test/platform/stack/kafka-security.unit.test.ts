import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kafkaSecurity } from '../../../src/platform/stack/kafka-security.js';
import { externalParts } from '../../../src/platform/stack/settings.js';

describe('security of parts that the environment names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-security-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const errorOf = (env: NodeJS.ProcessEnv): string => {
    try {
      kafkaSecurity(env);
      return 'fine';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const LOGIN = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 's3cret' };

  it('nothing given is nothing asked for; each protocol gives TLS, a login, both or none', () => {
    expect(kafkaSecurity({})).to.deep.equal({});
    expect(kafkaSecurity({ KAFKA_SECURITY_PROTOCOL: 'ssl' })).to.deep.equal({
      ssl: { rejectUnauthorized: true },
    });
    const sasl = { mechanism: 'plain', username: 'me', password: 's3cret' };
    expect(kafkaSecurity({ KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', ...LOGIN })).to.deep.equal({ sasl });
    const ca = file('ca.pem', 'CA');
    expect(
      kafkaSecurity({ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SSL_CA_FILE: ca, ...LOGIN }),
    ).to.deep.equal({
      ssl: { rejectUnauthorized: true, ca: ['CA'] },
      sasl,
    });
    const own = { KAFKA_SSL_CERT_FILE: file('c.pem', 'C'), KAFKA_SSL_KEY_FILE: file('k.pem', 'K') };
    expect(kafkaSecurity({ KAFKA_SECURITY_PROTOCOL: 'SSL', ...own }).ssl).to.deep.include({
      cert: 'C',
      key: 'K',
    });
  });

  it('a secret may stand in a file; its line end is none of it', () => {
    const { KAFKA_SASL_PASSWORD: _given, ...login } = LOGIN;
    const env = {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      ...login,
      KAFKA_SASL_PASSWORD_FILE: file('p', ' pass \n'),
    };
    expect(kafkaSecurity(env).sasl).to.deep.include({ password: ' pass ' });
    expect(errorOf({ ...env, KAFKA_SASL_PASSWORD: 's3cret' })).to.match(
      /or KAFKA_SASL_PASSWORD_FILE, found both/,
    );
  });

  it('R-624: what would not be used is an error, and no error repeats a secret', () => {
    const SSL = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' };
    const cases: readonly (readonly [NodeJS.ProcessEnv, RegExp])[] = [
      [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, /KAFKA_SECURITY_PROTOCOL out of PLAINTEXT, SSL,.*found TLS/],
      [{ KAFKA_SECURITY_PROTOCOL: 'constructor' }, /found CONSTRUCTOR/],
      [LOGIN, /beside KAFKA_SASL_MECHANISM, found PLAINTEXT/],
      [{ KAFKA_SSL_CA_FILE: '/ca.pem' }, /SSL or SASL_SSL beside KAFKA_SSL_CA_FILE/],
      [{ ...SSL, ...LOGIN, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' }, /KAFKA_SASL_MECHANISM out of PLAIN,/],
      [{ ...SSL, KAFKA_SASL_MECHANISM: 'PLAIN' }, /KAFKA_SASL_USERNAME, found nothing/],
      [{ ...SSL, ...LOGIN, KAFKA_SASL_PASSWORD: '' }, /KAFKA_SASL_PASSWORD or .*found nothing/],
      [{ ...SSL, ...LOGIN, KAFKA_SSL_CA_FILE: '/nowhere/ca.pem' }, /KAFKA_SSL_CA_FILE .*ENOENT/],
      [{ ...SSL, ...LOGIN, KAFKA_SSL_CERT_FILE: file('c2.pem', 'C') }, /KAFKA_SSL_KEY_FILE together/],
    ];
    for (const [env, expected] of cases) {
      expect(errorOf(env))
        .to.match(expected)
        .and.match(/^BAD_SETTING/);
      expect(errorOf(env)).to.not.contain('s3cret');
    }
  });

  it('logins of registry and database may stand beside their addresses, whatever is in them', () => {
    const { schemaRegistryUrl, databaseUrl } = externalParts({
      SCHEMA_REGISTRY_URL: 'https://r:8081/apis/',
      SCHEMA_REGISTRY_USERNAME: 'me@x',
      SCHEMA_REGISTRY_PASSWORD: 'a/b:c@d',
      DATABASE_URL: 'postgres://me@db/arbiter?sslmode=verify-full',
      DATABASE_PASSWORD_FILE: file('db', 'p#%\n'),
    });
    expect(schemaRegistryUrl).to.equal('https://me%40x:a%2Fb%3Ac%40d@r:8081/apis');
    expect(databaseUrl).to.equal('postgres://me:p%23%25@db/arbiter?sslmode=verify-full');
  });
});

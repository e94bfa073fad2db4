import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { openPool, type Pool } from '../../src/projections/engine/database.js';
import { testStack } from '../support/stack.js';

describe('PostgreSQL over TLS', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-postgres-tls-'));
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  let plainUrl: string;
  let plain: Pool;

  const set = async (settings: Readonly<Record<string, string | null>>): Promise<void> => {
    for (const [name, value] of Object.entries(settings))
      await plain.query(
        value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = '${value}'`,
      );
    await plain.query('SELECT pg_reload_conf()');
  };

  before(async () => {
    ({ databaseUrl: plainUrl } = await testStack());
    plain = openPool(plainUrl, { name: 'tls-test' });
    const subject = ['-subj', '/CN=postgres', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const keyArgs = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    await execa('openssl', ['req', '-x509', '-days', '2', ...keyArgs, ...subject, '-out', cert]);
    // The server reads its key as the user that it runs as, and refuses one that others may read.
    const { rows } = await plain.query<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = statSync(rows[0]?.data_directory ?? '');
    chmodSync(folder, 0o755);
    for (const file of [cert, key]) chownSync(file, uid, gid);
    chmodSync(key, 0o600);
    await set({ ssl_cert_file: cert, ssl_key_file: key, ssl: 'on' });
  });

  after(async () => {
    await set({ ssl: null, ssl_cert_file: null, ssl_key_file: null });
    await plain.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Whether the connection is encrypted, or why there is none. */
  const encrypted = async (query: string): Promise<unknown> => {
    const pool = openPool(`${plainUrl}?${query}`, { name: 'tls-test' });
    try {
      const { rows } = await pool.query<{ ssl: boolean }>(
        'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      return rows[0]?.ssl;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await pool.end();
    }
  };

  it('verify-full with the authority that is named; a stranger as authority is refused', async () => {
    let seen = await encrypted(`sslmode=verify-full&sslrootcert=${cert}`);
    // The server reads its settings anew in a moment of its own choosing.
    for (const until = Date.now() + 10_000; seen !== true && Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen = await encrypted(`sslmode=verify-full&sslrootcert=${cert}`);
    }
    expect(seen).to.equal(true);
    expect(await encrypted('sslmode=verify-full')).to.match(/self.signed certificate/i);
    expect(await encrypted('sslmode=disable')).to.equal(false);
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  envelopeBytes,
  generateKeyPair,
  IN_TOTO,
  keyId,
  pae,
  sign,
  verdictStatement,
  type Envelope,
} from '../../src/verdicts/index.js';
import { verdictInput } from './example.js';

describe('openssl alone verifies a verdict', () => {
  let folder = '';
  before(function () {
    const found = spawnSync('openssl', ['version']);
    if (found.status !== 0) {
      console.log('      skipped: openssl is not on the PATH');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'arbiter-verdict-'));
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const { publicKeyPem, privateKeyPem } = generateKeyPair();
  const put = (name: string, bytes: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const openssl = (envelope: Envelope): number | null => {
    const signed = put('pae', pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64')));
    const sig = put('sig', Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'));
    const key = put('key.pem', publicKeyPem);
    return spawnSync('openssl', ['dgst', '-sha256', '-verify', key, '-signature', sig, signed]).status;
  };

  it('R-610: openssl accepts the signature and refuses a changed payload', () => {
    const stored = envelopeBytes(sign(IN_TOTO, verdictStatement(verdictInput()), privateKeyPem));
    const envelope = JSON.parse(stored.toString('utf8')) as Envelope;
    expect(openssl(envelope)).to.equal(0);
    expect(openssl({ ...envelope, payload: `A${envelope.payload.slice(1)}` })).to.equal(1);
    expect(openssl({ ...envelope, payloadType: 'text/plain' })).to.equal(1);
  });

  it('R-610: the key id is the digest openssl computes', () => {
    const key = put('key.pem', publicKeyPem);
    const der = execFileSync('openssl', ['pkey', '-pubin', '-in', key, '-outform', 'DER']);
    const printed = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der }).toString();
    expect(printed.slice(0, 64)).to.equal(keyId(publicKeyPem));
  });
});

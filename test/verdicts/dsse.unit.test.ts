import { createPublicKey, verify as verifyBytes } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeBase64 } from '../../src/verdicts/base64.js';
import { generateKeyPair, keyId, loadSigningKey, pae, sign } from '../../src/verdicts/index.js';

describe('DSSE', () => {
  const vectors: readonly [string, string, string][] = [
    ['', '', '445353457631203020203020'],
    ['a', 'b', '4453534576312031206120312062'],
    ['é', '日本語', '445353457631203220c3a9203920e697a5e69cace8aa9e'],
    [
      'application/vnd.in-toto+json',
      '{}',
      '4453534576312032' + '38206170706c69636174696f6e2f766e642e696e2d746f746f2b6a736f6e2032207b7d',
    ],
    ['t', '0 \n\0x', '4453534576312031207420352030200a0078'],
  ];
  for (const [type, body, expected] of vectors) {
    it(`DSSE 1.0.2: the encoding of ${JSON.stringify(type)} and ${JSON.stringify(body)}`, () => {
      expect(pae(type, Buffer.from(body)).toString('hex')).to.equal(expected);
    });
  }

  it("DSSE 1.0.2: the specification's vector encodes and verifies (raw r||s)", () => {
    const encoded = pae('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).to.equal('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    const coordinate = (decimal: string): string =>
      Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: coordinate('46950820868899156662930047687818585632848591499744589407958293238635476079160'),
        y: coordinate('5640078356564379163099075877009565129882514886557779369047442380624545832820'),
      },
    });
    const sig = 'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==';
    expect(
      verifyBytes('sha256', encoded, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(sig, 'base64')),
    ).to.equal(true);
  });

  it('the encoding equals that of @sigstore/core for ASCII types', () => {
    const ascii = fc.string({ unit: 'binary-ascii' });
    fc.assert(
      fc.property(ascii, fc.uint8Array(), (type, body) => {
        expect(pae(type, body).equals(dsse.preAuthEncoding(type, Buffer.from(body)))).to.equal(true);
      }),
    );
  });

  it('no two (type, body) pairs share an encoding', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (typeA, bodyA, typeB, bodyB) => {
        fc.pre(typeA !== typeB || bodyA !== bodyB);
        expect(pae(typeA, Buffer.from(bodyA)).equals(pae(typeB, Buffer.from(bodyB)))).to.equal(false);
      }),
    );
  });

  it('signing twice changes the signature and never the payload', () => {
    const { privateKeyPem } = generateKeyPair();
    const [first, second] = [0, 1].map(() => sign('t', Buffer.from('body'), privateKeyPem));
    expect(first?.payload).to.equal(second?.payload);
    expect(first?.signatures[0]?.sig).to.not.equal(second?.signatures[0]?.sig);
  });

  it('the key id is that of the public half, whichever half it is taken from', () => {
    const pair = generateKeyPair();
    expect(keyId(pair.publicKeyPem)).to.match(/^[0-9a-f]{64}$/);
    expect(loadSigningKey(pair.privateKeyPem).keyId).to.equal(keyId(pair.publicKeyPem));
  });

  it('a key that is not P-256, or not a key, is refused without quoting it', () => {
    expect(() => loadSigningKey('-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----'))
      .to.throw()
      .with.property('code', 'KEY_INVALID');
    expect(() => keyId(generateKeyPair().privateKeyPem)).to.throw(/private key/);
    expect(() => loadSigningKey('s3cr3t'))
      .to.throw()
      .with.property('message')
      .that.does.not.include('s3cr3t');
  });

  describe('base64', () => {
    it('both alphabets, padded or not, give the bytes back', () => {
      fc.assert(
        fc.property(fc.uint8Array(), (bytes) => {
          const buffer = Buffer.from(bytes);
          const forms = [buffer.toString('base64'), buffer.toString('base64url')];
          for (const form of [...forms, ...forms.map((text) => text.replace(/=+$/, ''))]) {
            expect(decodeBase64(form)?.equals(buffer)).to.equal(true);
          }
        }),
      );
    });
    for (const text of ['a', 'ab=', 'ab===', '+_aa', 'YQ==\n', 'Y Q=', 'YR==', '=', '====', 'YQ==YQ==']) {
      it(`${JSON.stringify(text)} is refused`, () => expect(decodeBase64(text)).to.equal(undefined));
    }
  });
});

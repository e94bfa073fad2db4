import { createPrivateKey, sign as signBytes } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { crypto as sigstoreCrypto } from '@sigstore/core';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  envelopeBytes,
  generateKeyPair,
  IN_TOTO,
  keyId,
  pae,
  passesDigest,
  sign,
  sigstoreBundle,
  verdictStatement,
  verifyEnvelope,
  type Envelope,
  type Verification,
} from '../../src/verdicts/index.js';
import { verdictInput } from './example.js';

const { publicKeyPem, privateKeyPem } = generateKeyPair();
const other = generateKeyPair();
const payload = verdictStatement(verdictInput());
const envelope = sign(IN_TOTO, payload, privateKeyPem);
const subject = 'a'.repeat(64);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const verdict = (value: unknown, keys = [publicKeyPem]): Verification => verifyEnvelope(json(value), keys);
const code = (verification: Verification): string => (verification.ok ? 'ok' : verification.code);
const signedAs = (statement: unknown, type = IN_TOTO): Envelope => sign(type, json(statement), privateKeyPem);
const withSignature = (signature: Partial<Envelope['signatures'][number]>): unknown => ({
  ...envelope,
  signatures: [{ ...envelope.signatures[0], ...signature }],
});
const changed = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe('verifying an envelope', () => {
  it('gives back the very bytes that were signed, and their parsed form', () => {
    const verification = verifyEnvelope(envelopeBytes(envelope), [publicKeyPem]);
    if (!verification.ok) throw new Error(verification.message);
    expect(verification.payload.equals(payload)).to.equal(true);
    expect(verification.statement).to.deep.equal(JSON.parse(payload.toString()));
    expect(verification.passed).to.equal(true);
    expect(verification.keyId).to.equal(keyId(publicKeyPem));
    expect(passesDigest(verification, 'sha256', subject)).to.equal(true);
    expect(passesDigest(verification, 'sha256', 'b'.repeat(64))).to.equal(false);
    expect(passesDigest(verification, 'toString', '')).to.equal(false);
  });

  it('DSSE: URL-safe base64 and unknown fields are accepted', () => {
    const safe = (text: string): string => Buffer.from(text, 'base64').toString('base64url');
    const signatures = envelope.signatures.map(({ sig }) => ({ sig: safe(sig), extra: 1 }));
    expect(code(verdict({ ...envelope, payload: safe(envelope.payload), signatures, more: {} }))).to.equal(
      'ok',
    );
  });

  it('DSSE: the keyid decides nothing: a wrong, missing or foreign one changes no answer', () => {
    for (const keyid of ['', 'nonsense', keyId(other.publicKeyPem)]) {
      expect(code(verdict(withSignature({ keyid }), [other.publicKeyPem, publicKeyPem]))).to.equal('ok');
      expect(code(verdict(withSignature({ keyid }), [other.publicKeyPem]))).to.equal('SIGNATURE_INVALID');
    }
    const forged = sign(IN_TOTO, payload, other.privateKeyPem);
    const signatures = [{ keyid: keyId(publicKeyPem), sig: forged.signatures[0]?.sig }];
    expect(code(verdict({ ...forged, signatures }))).to.equal('SIGNATURE_INVALID');
  });

  it('one good signature among others is enough', () => {
    const forged = sign(IN_TOTO, payload, other.privateKeyPem);
    const signatures = [...forged.signatures, ...envelope.signatures];
    expect(code(verdict({ ...envelope, signatures }))).to.equal('ok');
  });

  it('R-610: any changed byte of payload or signature, or another type, fails', () => {
    fc.assert(
      fc.property(fc.nat(), (at) => {
        expect(code(verdict({ ...envelope, payload: changed(envelope.payload, at) }))).to.equal(
          'SIGNATURE_INVALID',
        );
        const sig = changed(envelope.signatures[0]?.sig ?? '', at);
        expect(code(verdict(withSignature({ sig })))).to.equal('SIGNATURE_INVALID');
      }),
    );
    expect(code(verdict({ ...envelope, payloadType: 'application/json' }))).to.equal('SIGNATURE_INVALID');
  });

  it('R-610: a P1363 signature is refused, DER alone counts', () => {
    const raw = signBytes('sha256', pae(IN_TOTO, payload), {
      key: createPrivateKey(privateKeyPem),
      dsaEncoding: 'ieee-p1363',
    });
    expect(code(verdict(withSignature({ sig: raw.toString('base64') })))).to.equal('SIGNATURE_INVALID');
  });

  it('a signed payload of another type is refused after the signature', () => {
    expect(code(verdict(signedAs({}, 'text/plain')))).to.equal('PAYLOAD_TYPE_UNSUPPORTED');
  });

  it('what is no envelope is refused with what was expected', () => {
    const bad: unknown[] = [null, 1, [], {}, { ...envelope, payload: 1 }, { ...envelope, payload: '*' }];
    bad.push(
      { ...envelope, signatures: [] },
      { ...envelope, signatures: [null] },
      { ...envelope, signatures: 'x' },
    );
    bad.push({ ...envelope, signatures: Array(9).fill(envelope.signatures[0]) }, withSignature({ sig: '' }));
    bad.push({ ...envelope, payloadType: undefined });
    for (const value of bad) expect(code(verdict(value)), JSON.stringify(value)).to.equal('ENVELOPE_INVALID');
    for (const bytes of [Buffer.from('{'), Buffer.from([0xff]), Buffer.from('\ufeff{}'), Buffer.alloc(0)]) {
      expect(code(verifyEnvelope(bytes, [publicKeyPem]))).to.equal('ENVELOPE_INVALID');
    }
    expect(code(verifyEnvelope(Buffer.alloc(600_000), [publicKeyPem]))).to.equal('ENVELOPE_TOO_LARGE');
    expect(code(verdict({ ...envelope, payload: 'A'.repeat(400_000) }))).to.equal('ENVELOPE_TOO_LARGE');
  });

  it('no key, or a key that is none, is never a yes', () => {
    expect(code(verdict(envelope, []))).to.equal('KEY_INVALID');
    expect(code(verdict(envelope, ['nonsense']))).to.equal('KEY_INVALID');
    expect(code(verdict(envelope, [privateKeyPem]))).to.equal('KEY_INVALID');
  });

  it('whatever the bytes, there is an answer and it is not ok', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(verifyEnvelope(bytes, [publicKeyPem]).ok).to.equal(false);
        },
      ),
    );
  });

  it('any payload and type survive the round trip; only verdicts are ok', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, type) => {
        const result = code(verdict(sign(type, bytes, privateKeyPem)));
        expect(result).to.equal(type === IN_TOTO ? 'STATEMENT_INVALID' : 'PAYLOAD_TYPE_UNSUPPORTED');
      }),
    );
  });
});

describe('in-toto: the monotonic principle', () => {
  const parsed = JSON.parse(payload.toString()) as { predicate: Record<string, unknown> };
  const allows = (statement: unknown): boolean =>
    passesDigest(verdict(signedAs(statement)), 'sha256', subject);

  it('only exactly "PASSED" passes', () => {
    for (const verificationResult of [
      'passed',
      'PASSED ',
      'PASS',
      'FAILED',
      'UNKNOWN',
      '',
      null,
      true,
      ['PASSED'],
    ]) {
      expect(allows({ ...parsed, predicate: { ...parsed.predicate, verificationResult } })).to.equal(false);
    }
    expect(allows(parsed)).to.equal(true);
  });

  it('leaving any fields out of a failed verdict never turns no into yes', () => {
    const failed = JSON.parse(
      verdictStatement(verdictInput({ outcome: 'FAILED', ending: 'failed' })).toString(),
    ) as Record<string, unknown> & typeof parsed;
    const top = fc.subarray(Object.keys(failed));
    const inner = fc.subarray(Object.keys(failed.predicate));
    const keep = (object: Record<string, unknown>, keys: string[]): Record<string, unknown> =>
      Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
    fc.assert(
      fc.property(top, inner, (outer, nested) => {
        expect(allows(keep({ ...failed, predicate: keep(failed.predicate, nested) }, outer))).to.equal(false);
      }),
    );
  });
});

describe('tools nobody here wrote', () => {
  const verifier = (): Verifier => {
    const trust = toTrustMaterial(
      {
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        certificateAuthorities: [],
        ctlogs: [],
        timestampAuthorities: [],
        tlogs: [],
      },
      (hint) => {
        if (hint !== keyId(publicKeyPem)) throw new Error(`unknown key ${hint}`);
        return { publicKey: sigstoreCrypto.createPublicKey(publicKeyPem), validFor: () => true };
      },
    );
    return new Verifier(trust, {
      tlogThreshold: 0,
      ctlogThreshold: 0,
      timestampThreshold: 0,
      tsaThreshold: 0,
    });
  };
  const check = (one: Envelope): unknown =>
    verifier().verify(toSignedEntity(bundleFromJSON(sigstoreBundle(one))));

  it('@sigstore/verify accepts the verdict', () => {
    expect(() => check(envelope)).to.not.throw();
  });
  it('@sigstore/verify refuses a changed payload', () => {
    expect(() => check({ ...envelope, payload: changed(envelope.payload, 40) })).to.throw();
  });
});

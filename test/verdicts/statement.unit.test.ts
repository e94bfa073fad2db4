import { expect } from 'chai';
import fc from 'fast-check';
import {
  EXTENSION,
  MOST_STATEMENT_BYTES,
  verdictStatement,
  type Clause,
  type Json,
  type VerdictInput,
} from '../../src/verdicts/index.js';
import { verdictInput } from './example.js';

interface Read {
  readonly predicate: Record<string, unknown> & { [EXTENSION]: Record<string, Json> };
}
const read = (input: VerdictInput): Read => JSON.parse(verdictStatement(input).toString('utf8')) as Read;
const clause = (changes: Partial<Clause>): Clause => ({
  id: 'c',
  title: '',
  result: 'PASS',
  severity: 'MUST',
  message: '',
  observed: null,
  ...changes,
});
const failed = { outcome: 'FAILED', ending: 'rejected' } as const;
const code = (input: VerdictInput): unknown => {
  try {
    verdictStatement(input);
    return 'accepted';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('the verdict statement', () => {
  it('R-610: the exact bytes of an example', () => {
    const h = (digit: string): string => digit.repeat(64);
    expect(verdictStatement(verdictInput()).toString('utf8')).to.equal(
      '{"_type":"https://in-toto.io/Statement/v1",' +
        `"subject":[{"name":"result","digest":{"sha256":"${h('a')}"}},` +
        `{"name":"git+https://git.example/acme/app","digest":{"gitCommit":"${'b'.repeat(40)}"}}],` +
        '"predicateType":"https://slsa.dev/verification_summary/v1","predicate":{' +
        '"verifier":{"id":"https://arbiter.example/verifier/constitution/v1","version":{"arbiter":"0.1.0"}},' +
        '"timeVerified":"2026-11-22T06:30:00.123456Z","resourceUri":"arbiter://acme/tasks/task-1/result",' +
        `"policy":{"uri":"arbiter://acme/constitutions/base/12","digest":{"sha256":"${h('c')}"}},` +
        `"inputAttestations":[{"uri":"arbiter://acme/verdicts/0199-verdict-3","digest":{"sha256":"${h('d')}"}}],` +
        '"verificationResult":"PASSED","verifiedLevels":["CAWS_TIER_2","CAWS_FINAL"],' +
        '"https://arbiter.example/verdict/v1":{"verdictId":"0199-verdict-7","tenantId":"acme","taskId":"task-1",' +
        '"phase":"FINAL","outcome":"PASSED","ending":"completed","reason":"every clause passed",' +
        '"agent":{"id":"claude","attempt":1,"token":41},"clauses":[{"id":"scope.inside",' +
        '"title":"Changes stay inside the scope","result":"PASS","severity":"MUST","message":"",' +
        `"observed":{"files":3,"outside":0}}],"inputs":{"specSha256":"${h('e')}"},` +
        '"trace":{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},' +
        `"stream":{"id":"task-1","version":9,"prevEventHash":"${h('0')}"}}}}`,
    );
  });

  it('R-304: a waived clause says who allowed how much of it, why and until when', () => {
    const waiver = {
      id: 'W-1',
      requestedBy: 'bea',
      approvedBy: ['carl', 'dora'],
      reason: 'generated code',
      expiresAt: 1_795_329_000_123_456,
      amount: { files: 10 },
      paths: [],
      override: false,
      offset: 12,
    };
    const waived = clause({
      result: 'WAIVED',
      waivers: [waiver],
      evidence: [{ name: 'r', sha256: 'a'.repeat(64) }],
    });
    const { predicate } = read(verdictInput({ clauses: [waived] }));
    const [shown] = predicate[EXTENSION]['clauses'] as readonly Record<string, Json>[];
    expect(shown?.['result']).to.equal('WAIVED');
    expect(shown?.['waivers']).to.deep.equal([
      {
        amount: { files: 10 },
        approvedBy: ['carl', 'dora'],
        id: 'W-1',
        override: false,
        paths: [],
        reason: 'generated code',
        requestedBy: 'bea',
        until: '2026-11-22T06:30:00.123456Z',
        usedAtOffset: 12,
      },
    ]);
    expect(shown?.['evidence']).to.deep.equal([{ name: 'r', sha256: 'a'.repeat(64) }]);
  });

  it('R-515: PASSED over a clause that is WAIVED by nobody, or not evaluated, is not signed', () => {
    expect(code(verdictInput({ clauses: [clause({ result: 'WAIVED' })] }))).to.equal(
      'VERDICT_CONTRADICTS_ITSELF',
    );
    expect(code(verdictInput({ clauses: [clause({ result: 'NOT_EVALUATED' })] }))).to.equal(
      'VERDICT_CONTRADICTS_ITSELF',
    );
  });

  it('VSA: a failure lists exactly the level FAILED', () => {
    const { predicate } = read(verdictInput(failed));
    expect(predicate['verificationResult']).to.equal('FAILED');
    expect(predicate['verifiedLevels']).to.deep.equal(['FAILED']);
  });

  it('part 4: the same facts give the same bytes, whatever the order of keys', () => {
    const one = verdictInput({ clauses: [clause({ observed: { b: 1, a: { d: 1, c: 2 } } })] });
    const two = verdictInput({ clauses: [clause({ observed: { a: { c: 2, d: 1 }, b: 1 } })] });
    expect(verdictStatement(one).equals(verdictStatement(two))).to.equal(true);
  });

  it('a malformed trace context is left out and stops nothing', () => {
    for (const traceparent of ['x', '00-'.repeat(900), null]) {
      const { predicate } = read(verdictInput({ traceparent }));
      expect(predicate[EXTENSION]['trace']).to.deep.equal({ traceparent: null });
    }
  });

  describe('law 10: what contradicts itself is never written', () => {
    it('a final PASSED without completed, and completed without PASSED', () => {
      for (const ending of ['rejected', 'failed', 'cancelled', '', 'Completed']) {
        expect(code(verdictInput({ ending }))).to.equal('VERDICT_CONTRADICTS_ITSELF');
      }
      expect(code(verdictInput({ outcome: 'FAILED' }))).to.equal('VERDICT_CONTRADICTS_ITSELF');
    });
    it('PASSED with a MUST clause that fails, errs or is unknown', () => {
      for (const result of ['FAIL', 'ERROR', 'UNKNOWN'] as const) {
        for (const severity of ['MUST', 'UNKNOWN'] as const) {
          const clauses = [clause({ severity: 'SHOULD', result }), clause({ severity, result })];
          expect(code(verdictInput({ clauses }))).to.equal('VERDICT_CONTRADICTS_ITSELF');
          expect(code(verdictInput({ clauses, ...failed }))).to.equal('accepted');
        }
        expect(code(verdictInput({ clauses: [clause({ severity: 'SHOULD', result })] }))).to.equal(
          'accepted',
        );
      }
    });
  });

  const wrong: readonly [string, Partial<VerdictInput>][] = [
    ['no subject', { subject: [] }],
    ['a subject without digest', { subject: [{ name: 'x', digest: {} }] }],
    ['an upper-case digest', { subject: [{ name: 'x', digest: { sha256: 'A'.repeat(64) } }] }],
    ['a short sha256', { subject: [{ name: 'x', digest: { sha256: 'ab' } }] }],
    [
      'a name twice',
      {
        subject: [
          { name: 'x', digest: { gitCommit: 'ab' } },
          { name: 'x', digest: { gitCommit: 'cd' } },
        ],
      },
    ],
    ['a fractional time', { timeVerified: 1.5 }],
    ['a time before the epoch', { timeVerified: -1 }],
    ['a time without end', { timeVerified: Number.NaN }],
    ['a URI with a quote', { resourceUri: 'arbiter://a/"b' }],
    ['a URI with a line break', { resourceUri: 'arbiter://a/b\n' }],
    ['an empty task id', { taskId: '' }],
  ];
  for (const [what, changes] of wrong) {
    it(`R-610: ${what} is refused`, () => expect(code(verdictInput(changes))).to.equal('VERDICT_INVALID'));
  }

  describe('R-610: at most 64 KiB', () => {
    it('a long message is cut with its size and digest, at a character', () => {
      const message = '日本'.repeat(5000);
      const { predicate } = read(verdictInput({ ...failed, clauses: [clause({ message, result: 'FAIL' })] }));
      const [first] = predicate[EXTENSION]['clauses'] as unknown as Clause[];
      expect(first?.message).to.match(/^(日本)+日?… \[30000 bytes, sha256 [0-9a-f]{64}\]$/);
    });
    it('failing clauses are the last to be left out', () => {
      const clauses = Array.from({ length: 3000 }, (_, at) =>
        clause({ id: `c${at}`, result: at % 1000 === 999 ? 'FAIL' : 'PASS', message: '"'.repeat(9000) }),
      );
      const bytes = verdictStatement(verdictInput({ ...failed, clauses }));
      expect(bytes.length).to.be.at.most(MOST_STATEMENT_BYTES);
      const extension = (JSON.parse(bytes.toString()) as Read).predicate[EXTENSION];
      const ids = (extension['clauses'] as unknown as Clause[]).map(({ id }) => id);
      expect(ids).to.include.members(['c999', 'c1999', 'c2999']);
      expect(extension['clausesLeftOut']).to.deep.include({ count: 3000 - ids.length });
    });
    it('whatever the texts, the statement fits and is the same twice', () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc
          .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.nat(9_000))
          .map(([s, n]) => s.repeat(n)),
        fc.constantFrom('\ud800', '\u0000'.repeat(70_000)),
      );
      const observed = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
      const many = fc.array(fc.record({ id: text, title: text, message: text, observed }), { maxLength: 6 });
      fc.assert(
        fc.property(many, text, fc.nat(20), (list, reason, times) => {
          const clauses = Array.from({ length: times }, () => list).flat();
          const input = verdictInput({ ...failed, reason, clauses: clauses.map((one) => clause(one)) });
          const bytes = verdictStatement(input);
          expect(bytes.length).to.be.at.most(MOST_STATEMENT_BYTES);
          expect(verdictStatement(input).equals(bytes)).to.equal(true);
          JSON.parse(bytes.toString('utf8'));
        }),
        { numRuns: 40 },
      );
    }).timeout(30_000);
    it('the largest facts that are accepted still fit', () => {
      const uri = `arbiter://${'u'.repeat(502)}`;
      const inputAttestations = Array.from({ length: 64 }, () => ({ uri, sha256: 'd'.repeat(64) }));
      const subject = Array.from({ length: 16 }, (_, at) => ({
        name: `${at}`.padEnd(512, 'n'),
        digest: { sha256: 'a'.repeat(64) },
      }));
      const input = verdictInput({
        subject,
        inputAttestations,
        resourceUri: uri,
        policy: { uri, sha256: 'c'.repeat(64) },
      });
      expect(code(input)).to.equal('accepted');
    });
  });
});

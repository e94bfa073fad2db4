import { expect } from 'chai';
import fc from 'fast-check';
import { verdictInput, type PreVerdict } from '../../src/consumers/signer/verdict-input.js';
import type { LogMeta, SpecRejected, VerdictRequested } from '../../src/events/generated/events.js';
import { verdictStatement } from '../../src/verdicts/index.js';
import { Scene, commanded, resultVerified, specChecked, submitted, SHA } from '../support/tasks.js';

const BUILD = '0.1.0';

const meta = (over: Partial<LogMeta> = {}): LogMeta => ({
  claim: 0,
  seq: 0,
  cause: 0,
  trigger: 'INPUT',
  inputId: null,
  eventId: 'arbiter.tasks/0/0/7',
  streamId: 'task/T-1',
  streamVersion: 3,
  prevHash: Buffer.alloc(32, 7),
  occurredAt: 1_700_000_000_000_000,
  dueAt: null,
  timer: null,
  decisionIndex: 0,
  decisionSize: 1,
  correlationId: 'T-1',
  tenant: 'acme',
  actor: 'ann',
  traceparent: null,
  ...over,
});

const requested = (over: Partial<VerdictRequested> = {}): VerdictRequested => ({
  meta: meta(),
  taskId: 'T-1',
  outcome: 'FAILED',
  ending: 'FAILED',
  reason: 'because',
  subject: [{ name: 'spec', digest: { sha256: SHA('a') } }],
  repository: null,
  baseCommit: null,
  commit: null,
  specSha256: SHA('a'),
  requestSha256: SHA('b'),
  riskTier: 2,
  agentId: 'agent-1',
  attempt: 1,
  token: 4,
  preVerdictAsk: null,
  diff: null,
  violations: [],
  policySha256: SHA('c'),
  constitutionSha256: SHA('d'),
  clauses: [],
  assignmentEnded: false,
  usage: null,
  ...over,
});

interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: Record<string, string> }[];
  readonly predicate: { readonly verificationResult: string; readonly resourceUri: string };
}

const statementOf = (type: string, body: object, pre?: PreVerdict): Statement => {
  const input = verdictInput({ type, offset: 9, body: body as never }, BUILD, pre);
  if (input === undefined) throw new Error('the event asks for no verdict');
  return JSON.parse(verdictStatement(input).toString()) as Statement;
};

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.constantFrom('', '\ud800', '\u0000\u001b[31m', 'x'.repeat(70_000), '__proto__', '../..'),
);
const anyDigest = fc.oneof(anyText, fc.constantFrom(SHA('A'), SHA('e'), 'g'.repeat(64), '0'.repeat(129)));

describe('law 10: whatever is sealed can be signed', () => {
  it('a FAILED verdict is signable over every event, however hostile its texts and digests', () => {
    const waiver = fc.record({
      waiverId: anyText,
      clause: anyText,
      requestedBy: anyText,
      approvedBy: fc.array(anyText, { maxLength: 3 }),
      reason: anyText,
      expiresAt: fc.maxSafeInteger(),
      offset: fc.maxSafeInteger(),
      amount: fc.dictionary(anyText, fc.maxSafeInteger(), { maxKeys: 3 }),
      paths: fc.array(anyText, { maxLength: 3 }),
      override: fc.boolean(),
    });
    const clause = fc.record({
      id: anyText,
      title: anyText,
      severity: fc.constantFrom('MUST', 'SHOULD', 'UNKNOWN'),
      result: fc.constantFrom('PASS', 'FAIL', 'WAIVED', 'ERROR', 'NOT_APPLICABLE', 'UNKNOWN'),
      message: anyText,
      observed: fc.dictionary(anyText, anyText, { maxKeys: 4 }),
      waivers: fc.array(waiver, { maxLength: 2 }),
      evidence: fc.array(fc.record({ name: anyText, sha256: anyDigest }), { maxLength: 2 }),
    });
    const subject = fc.record({ name: anyText, digest: fc.dictionary(anyText, anyDigest, { maxKeys: 6 }) });
    const event = fc.record({
      ending: fc.constantFrom('FAILED', 'REJECTED', 'CANCELLED', 'UNKNOWN', 'COMPLETED'),
      reason: anyText,
      subject: fc.array(subject, { maxLength: 20 }),
      specSha256: fc.option(anyDigest),
      requestSha256: anyDigest,
      commit: fc.option(anyText),
      agentId: fc.option(anyText),
      policySha256: anyDigest,
      constitutionSha256: anyDigest,
      riskTier: fc.option(fc.integer()),
      clauses: fc.array(clause, { maxLength: 30 }),
    });
    const head = fc.record({ tenant: anyText, traceparent: fc.option(anyText) });
    const pre = fc.option(fc.record({ verdictId: anyText, envelopeSha256: anyDigest }), { nil: undefined });
    fc.assert(
      fc.property(event, head, anyText, pre, (over, metaOver, taskId, before) => {
        const body = { ...requested(over), taskId, meta: meta(metaOver) };
        const { subject: subjects, predicate } = statementOf('VerdictRequested', body, before);
        expect(subjects.length).to.be.greaterThan(0);
        expect(predicate.verificationResult).to.equal('FAILED');
      }),
      { numRuns: 300 },
    );
  });

  it('digests are lower-case hex: an upper-case one is the same digest, anything else is none', () => {
    const { subject } = statementOf(
      'VerdictRequested',
      requested({ subject: [{ name: 'result', digest: { sha256: SHA('AB').slice(0, 64), md5: 'no hex' } }] }),
    );
    expect(subject).to.deep.equal([{ name: 'result', digest: { sha256: SHA('ab').slice(0, 64) } }]);
  });

  it('without one sound digest of a result the spec is the subject, then the request, then the record before', () => {
    const hostile = [{ name: 'result', digest: { sha256: 'xyz' } }];
    const of = (over: Partial<VerdictRequested>) =>
      statementOf('VerdictRequested', requested({ subject: hostile, ...over })).subject[0];
    expect(of({})).to.deep.equal({ name: 'spec', digest: { sha256: SHA('a') } });
    expect(of({ specSha256: null })).to.deep.equal({ name: 'request', digest: { sha256: SHA('b') } });
    expect(of({ specSha256: null, requestSha256: '' })?.digest).to.deep.equal({ sha256: '07'.repeat(32) });
  });

  it('R-610: the resource that a verdict names is what its subject is, with a commit or without', () => {
    const of = (over: Partial<VerdictRequested>): string => {
      const { subject, predicate } = statementOf('VerdictRequested', requested(over));
      expect(predicate.resourceUri).to.match(new RegExp(`/${subject[0]?.name ?? ''}$`));
      return predicate.resourceUri.split('/').at(-1) ?? '';
    };
    const result = [{ name: 'result', digest: { sha256: SHA('c') } }];
    expect(of({ subject: result, commit: null })).to.equal('result');
    expect(of({ subject: [{ name: 'spec', digest: { sha256: SHA('a') } }], commit: null })).to.equal('spec');
    expect(of({ subject: [], specSha256: null })).to.equal('request');
  });

  it('fail closed: PASSED over a subject that is no digest, or a failing clause, is not signed', () => {
    const passed = { outcome: 'PASSED', ending: 'COMPLETED' } as const;
    const hostile = [{ name: 'result', digest: { sha256: 'xyz' } }];
    expect(() => statementOf('VerdictRequested', requested({ ...passed, subject: hostile }))).to.throw(
      'subject',
    );
    const clause = {
      id: 'c',
      title: 't',
      severity: 'MUST',
      result: 'ERROR',
      message: '',
      observed: {},
      waivers: [],
      evidence: [],
    } as const;
    expect(() => statementOf('VerdictRequested', requested({ ...passed, clauses: [clause] }))).to.throw(
      'PASSED',
    );
  });

  it('unknown outcomes and endings are FAILED; PASSED only when completed', () => {
    for (const over of [
      { outcome: 'UNKNOWN', ending: 'COMPLETED' },
      { outcome: 'PASSED', ending: 'FAILED' },
      { outcome: 'PASSED', ending: 'UNKNOWN' },
    ] as const) {
      const { predicate } = statementOf('VerdictRequested', requested(over));
      expect(predicate.verificationResult).to.equal('FAILED');
    }
  });

  it('no PRE verdict where no spec could be read: there is nothing it could be about', () => {
    const rejected: SpecRejected = {
      meta: meta(),
      taskId: 'T-1',
      specSha256: null,
      specId: null,
      riskTier: null,
      mode: null,
      baseCommit: null,
      spec: null,
      budget: null,
      specSize: null,
      policySha256: '',
      constitutionSha256: SHA('d'),
      reason: 'no such file',
      clauses: [],
      violations: [],
    };
    expect(verdictInput({ type: 'SpecRejected', offset: 1, body: rejected as never }, BUILD)).to.equal(
      undefined,
    );
    expect(
      statementOf('SpecRejected', { ...rejected, specSha256: SHA('a') }).predicate.verificationResult,
    ).to.equal('FAILED');
  });

  it('every way in which the saga seals a task is signable', () => {
    const seals: ((scene: Scene) => void)[] = [
      (s) => void s.bring('T-1', 'sealed'),
      (s) => {
        s.bring('T-1', 'validating_spec');
        s.send(specChecked('T-1', s.pending('T-1'), { outcome: 'FAIL', specSha256: null }));
      },
      (s) => {
        s.bring('T-1', 'executing');
        s.send(commanded('T-1', 'CANCEL', { reason: '\u0000\ud800'.repeat(40_000) }));
      },
      (s) => {
        s.bring('T-1', 'verifying', { maxAttempts: 1 });
        s.send(
          resultVerified('T-1', s.pending('T-1'), {
            outcome: 'FAIL',
            commit: null,
            subject: [{ name: 'result', digest: { sha256: 'not hex' } }],
          }),
        );
      },
      (s) => {
        s.send(submitted('T-1', { deadline: s.now + 1 }));
        s.now += 10;
        s.fire();
      },
    ];
    for (const seal of seals) {
      const scene = new Scene();
      seal(scene);
      const event = scene.log.find(({ type }) => type === 'VerdictRequested');
      if (event === undefined) throw new Error('not sealed');
      expect(statementOf('VerdictRequested', event.body).subject).to.have.length(1);
    }
  });
});

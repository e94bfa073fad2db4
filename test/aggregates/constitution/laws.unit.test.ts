import { expect } from 'chai';
import fc from 'fast-check';
import { choosePolicy, judgeResult, judgeSpec } from '../../../src/aggregates/constitution/index.js';
import type { FileChange } from '../../../src/aggregates/constitution/index.js';
import { policyText, question, spec, specText } from './cases.js';

const mode = fc.constantFrom('000000', '100644', '100755', '120000', '160000');
const path = fc.oneof(
  fc.constantFrom(
    'src/a.ts',
    'src/A.ts',
    'src/b/c.ts',
    'lib/x.ts',
    'src/secret/k',
    '.caws/policy.yaml',
    'README.md',
    'src/é',
  ),
  fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/')),
);
const anyChange: fc.Arbitrary<FileChange> = fc.record({
  status: fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'RENAMED', 'COPIED', 'TYPE_CHANGED', 'UNKNOWN'),
  path,
  oldPath: fc.option(path),
  oldMode: mode,
  newMode: mode,
  insertions: fc.nat(40),
  deletions: fc.nat(40),
  binary: fc.boolean(),
});
const scopes = fc.constantFrom(
  spec({ in: ['src'], out: ['src/secret'] }),
  spec({ in: ['**'] }),
  spec({ in: ['src/**/*.ts', '.caws'], support: ['lib'] }),
);
const policy = choosePolicy(policyText(6, 120, 'root_passthrough: [README.md]\n'));

describe('laws of the constitution', () => {
  it('the judgement does not depend on the order of the changes', () => {
    fc.assert(
      fc.property(
        scopes,
        fc
          .array(anyChange, { maxLength: 8 })
          .chain((list) =>
            fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
          ),
        (accepted, [changes, shuffled]) => {
          const judge = (list: FileChange[]) => judgeResult(question(list, { spec: accepted, policy }));
          expect(judge(shuffled)).to.deep.equal(judge(changes));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a further change never turns FAIL into PASS (but the first one ends an empty diff)', () => {
    fc.assert(
      fc.property(
        scopes,
        fc.array(anyChange, { minLength: 1, maxLength: 6 }),
        anyChange,
        (accepted, changes, more) => {
          const judge = (list: FileChange[]) => judgeResult(question(list, { spec: accepted, policy }));
          if (judge(changes).outcome === 'FAIL') expect(judge([...changes, more]).outcome).to.equal('FAIL');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a missing fact never turns FAIL into PASS', () => {
    fc.assert(
      fc.property(
        scopes,
        fc.array(anyChange, { maxLength: 4 }),
        fc.constantFrom('changes', 'baseIsAncestor', 'spec'),
        (accepted, changes, what) => {
          const asked = question(changes, { spec: accepted, policy });
          expect(judgeResult({ ...asked, [what]: null }).outcome).to.equal('FAIL');
        },
      ),
      { numRuns: 100 },
    );
  });

  it('any text at all gets a judgement, FAIL has a violation, and the same text the same one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(12), (noise, line) => {
        const lines = specText().split('\n');
        lines[line] = noise;
        for (const text of [noise, lines.join('\n')]) {
          const judgement = judgeSpec({ specText: text, policyText: null, request: { type: 't' } });
          if (judgement.outcome === 'FAIL') expect(judgement.violations).to.not.be.empty;
          expect(judgeSpec({ specText: text, policyText: null, request: { type: 't' } })).to.deep.equal(
            judgement,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

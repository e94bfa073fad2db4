import { expect } from 'chai';
import { examineSpec, PROFILES } from '../../../src/caws/index.js';
import type { ProfileName } from '../../../src/caws/index.js';
import { REAL_SPECS } from '../real-specs.js';
import { describeShared, readable } from '../support.js';

const rulesOf = (text: string, profile: ProfileName): string[] =>
  [...new Set(examineSpec(text, profile).diagnostics.map((d) => d.rule))].sort();
const validUnder = (profile: ProfileName): string[] =>
  REAL_SPECS.filter(({ text }) => examineSpec(text, profile).valid).map(({ file }) => file);

describeShared('profiles: the real specs', () => {
  it(`v12: the verdict and the set of rules of CAWS 12 for all ${REAL_SPECS.length}`, () => {
    for (const { file, text, v12_valid, v12_rules } of REAL_SPECS) {
      expect(examineSpec(text).valid, file).to.equal(v12_valid);
      expect(rulesOf(text, 'v12'), file).to.deep.equal([...v12_rules].sort());
    }
  });

  it(`R-320 v10.2-code: the verdict of the CAWS 10.2 validator for all ${REAL_SPECS.length}`, () => {
    for (const { file, text, v10_2_valid } of REAL_SPECS)
      expect(examineSpec(text, 'v10.2-code').valid, file).to.equal(v10_2_valid ?? false);
  });

  it('the schemas of the older generations accept as few of them as those of CAWS did', () => {
    const counts = Object.fromEntries(
      (['v1', 'v3.5', 'v9', 'v10'] as const).map((p) => [p, validUnder(p).length]),
    );
    expect(counts['v1']).to.equal(1);
    expect(counts['v3.5']).to.equal(0);
    expect(counts['v10']).to.equal(15);
    expect(validUnder('v1')[0]).to.contain('demo-project');
  });

  it('v11 accepts every v12 spec of the set but those with evidence, which came later', () => {
    for (const { file, text, v12_valid } of REAL_SPECS) {
      const expected = v12_valid && !/^evidence:/m.test(text);
      expect(examineSpec(text, 'v11').valid, file).to.equal(expected);
    }
  });

  it('lenient accepts what can be read as v12 and says what it read how', () => {
    for (const { file, text, v12_valid } of REAL_SPECS) {
      const { valid, diagnostics } = examineSpec(text, 'lenient');
      if (v12_valid)
        expect({ valid, count: diagnostics.length }, file).to.deep.equal({ valid: true, count: 0 });
      else expect(diagnostics, file).to.not.be.empty;
      expect(valid).to.equal(diagnostics.every(({ severity }) => severity !== 'error'));
    }
    expect(validUnder('lenient')).to.have.length.greaterThan(50);
  });

  it('every diagnostic of every profile has a place in the text, and says what to do', () => {
    for (const { file, text } of REAL_SPECS) {
      const lines = text.split('\n');
      for (const profile of PROFILES) {
        const { diagnostics } = examineSpec(text, profile);
        readable(diagnostics);
        for (const { line, column, rule } of diagnostics) {
          const length = lines[(line ?? 0) - 1]?.length ?? -1;
          expect(column, `${file} ${profile} ${rule} ${line}`).to.be.within(1, length + 1);
        }
      }
    }
  });
});

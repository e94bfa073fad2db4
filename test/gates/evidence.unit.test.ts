import { expect } from 'chai';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { readEvidence, type Format, type Kind, type Measurement } from '../../src/gates/index.js';
import { EVIDENCE_LIMITS } from '../../src/gates/index.js';

const FOLDER = new URL('../fixtures/gates/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, FOLDER));
const read = (kind: Kind, format: Format, bytes: Buffer | string): Measurement => {
  const result = readEvidence({ kind, format }, Buffer.from(bytes));
  if (!result.ok) throw new Error(`${result.problem.rule}: ${result.problem.message}`);
  return result.value;
};
const rule = (kind: Kind, format: Format, bytes: Buffer | string): string => {
  const result = readEvidence({ kind, format }, Buffer.from(bytes));
  return result.ok
    ? result.value.empty === null
      ? 'fine'
      : 'empty'
    : result.problem.rule.replace('arbiter.evidence.', '');
};

describe('evidence of real tools', () => {
  it('c8: LCOV, Cobertura and Istanbul of one run; lines and functions are counted, not believed', () => {
    const lcov = read('coverage', 'lcov', fixture('c8.lcov'));
    expect(lcov.figures).to.deep.include({
      lines_total: 12,
      lines_covered: 7,
      branches: 80,
      functions: 50,
      files: 1,
    });
    const cobertura = read('coverage', 'cobertura', fixture('c8.cobertura.xml'));
    expect(cobertura.figures).to.deep.include({ lines_total: 12, lines_covered: 7 });
    const istanbul = read('coverage', 'istanbul', fixture('c8.istanbul.json'));
    expect(istanbul.figures).to.deep.include({ lines_total: 12, lines_covered: 7 });
  });
  it('coverage.py: Cobertura with its source folder, and LCOV', () => {
    const xml = read('coverage', 'cobertura', fixture('coveragepy.cobertura.xml'));
    expect(xml.figures).to.deep.include({ lines_total: 16, lines_covered: 14, branches: 50 });
    expect(read('coverage', 'lcov', fixture('coveragepy.lcov')).figures).to.include({
      lines_total: 16,
      lines_covered: 14,
    });
  });
  it('mocha, pytest and node: JUnit; an error outside of any test is a failure, a TODO is none', () => {
    expect(read('tests', 'junit', fixture('mocha.junit.xml')).figures).to.deep.equal({
      total: 3,
      passed: 1,
      failed: 1,
      skipped: 1,
    });
    expect(read('tests', 'junit', fixture('pytest.junit.xml')).figures).to.deep.equal({
      total: 5,
      passed: 3,
      failed: 1,
      skipped: 1,
    });
    expect(read('tests', 'junit', fixture('pytest-broken.junit.xml')).figures).to.include({
      failed: 1,
      passed: 0,
    });
    expect(read('tests', 'junit', fixture('node.junit.xml')).figures).to.include({ failed: 1, skipped: 2 });
  });
  it('mocha and node: TAP with and without subtests', () => {
    expect(read('tests', 'tap', fixture('mocha.tap')).figures).to.deep.equal({
      total: 3,
      passed: 1,
      failed: 1,
      skipped: 1,
    });
    const node = read('tests', 'tap', fixture('node.tap'));
    expect(node.figures).to.deep.equal({ total: 5, passed: 2, failed: 1, skipped: 2 });
    expect('cases' in node && node.cases.map(({ suite, name }) => [suite, name])).to.deep.include([
      'outer',
      'A1: inner works',
    ]);
  });
  it('Stryker: the score leaves out what did not count', () => {
    const report = read('mutation', 'stryker', fixture('stryker.json'));
    expect(report.figures).to.include({ detected: 6, survived: 5 });
    expect(report.figures['score']).to.be.closeTo((100 * 6) / 11, 1e-9);
  });
  it('bandit: SARIF 2.1.0', () => {
    expect(read('security', 'sarif', fixture('bandit.sarif')).figures).to.deep.include({
      runs: 1,
      errors: 1,
      warnings: 0,
    });
  });

  it('ESLint: SARIF; what a comment suppresses is told apart, and a file that cannot be parsed is no result', () => {
    const sarif = read('static-analysis', 'sarif', fixture('eslint.sarif'));
    expect(sarif.figures).to.deep.include({ errors: 2, warnings: 1, notes: 0, suppressed: 1 });
    expect(rule('static-analysis', 'sarif', fixture('eslint-parse-error.sarif'))).to.equal('tool_failed');
  });

  it('gcovr: Cobertura and LCOV of one run of C, with a header', () => {
    for (const [format, file] of [
      ['cobertura', 'gcovr.cobertura.xml'],
      ['lcov', 'gcovr.lcov'],
    ] as const) {
      const found = {
        lines_total: 7,
        lines_covered: 5,
        branches_total: 6,
        branches: 50,
        functions: 75,
        files: 2,
      };
      expect(read('coverage', format, fixture(file)).figures, file).to.deep.include(found);
    }
  });

  it('vitest and jest: Istanbul JSON, Cobertura, and JUnit with skipped, expected and real failures', () => {
    const lines = (format: Format, file: string) => read('coverage', format, fixture(file)).figures;
    expect(lines('istanbul', 'vitest.istanbul.json')).to.deep.include({ lines_total: 11, functions: 50 });
    expect(lines('cobertura', 'vitest.cobertura.xml')).to.deep.include({ lines_total: 11, functions: 50 });
    expect(lines('istanbul', 'jest.istanbul.json')).to.deep.include({ lines_total: 2, branches: 50 });
    const vitest = read('tests', 'junit', fixture('vitest.junit.xml'));
    expect(vitest.figures).to.deep.equal({ total: 7, passed: 4, failed: 1, skipped: 2 });
    expect('cases' in vitest && vitest.cases[0]).to.deep.include({ name: 'A1 <sum> & "more" > adds' });
    const jest = read('tests', 'junit', fixture('jest.junit.xml'));
    // jest-junit does not say that a test is a TODO.
    expect(jest.figures).to.deep.equal({ total: 4, passed: 2, failed: 1, skipped: 1 });
  });

  it('vitest, tap and Perl: TAP with subtests before and behind their point, without version, with times', () => {
    const cases = (file: string) => {
      const measured = read('tests', 'tap', fixture(file));
      return 'cases' in measured
        ? measured.cases.map(({ suite, name, result }) => [suite, name, result].join(' | '))
        : [];
    };
    const file = 'test/sum.test.js A1 <sum> & "more"';
    expect(cases('vitest.tap')).to.deep.equal([
      `${file} | adds | passed`,
      `${file} | later | skipped`,
      `${file} | some day | skipped`,
      `${file} | known to fail | passed`,
      `${file} | picks 1 | passed`,
      `${file} | picks 2 | passed`,
      'test/sum.test.js | breaks | failed',
    ]);
    expect(cases('node-tap.tap')).to.deep.equal([
      'A1 works | one # two | passed',
      'A1 works inner | should be equal | passed',
      'A1 works | skipped | skipped',
      'A1 works | todo | skipped',
      ' | fails | failed',
    ]);
    expect(read('tests', 'tap', fixture('perl.tap')).figures).to.include({ total: 7, passed: 4, skipped: 3 });
  });

  it('a point that opens a block and fails has failed, whether the block is closed or not', () => {
    const tap = (...lines: readonly string[]): string => lines.join('\n');
    const failed = (text: string) => read('tests', 'tap', text).figures['failed'];
    expect(failed(tap('1..1', 'not ok 1 - a {', '    ok 1 - b', '    1..1', '}'))).to.equal(1);
    expect(failed(tap('1..1', 'not ok 1 - a {'))).to.equal(1);
    expect(failed(tap('1..2', 'not ok 1 - a {', 'ok 2 - b'))).to.equal(1);
    expect(failed(tap('1..1', 'ok 1 - a {', '    not ok 1 - b', '    1..1', '}'))).to.equal(1);
    expect(failed(tap('1..1', 'ok 1 - a {', '    ok 1 - b', '    1..2', '}')), 'a plan not kept').to.equal(1);
  });
});

describe('evidence of strangers', () => {
  it('D-15: nothing measured is empty, never fine', () => {
    expect(rule('tests', 'junit', '<testsuites/>')).to.equal('empty');
    expect(
      rule('tests', 'junit', '<testsuite><testcase name="a"><skipped/></testcase></testsuite>'),
    ).to.equal('empty');
    expect(rule('tests', 'tap', '1..0 # SKIP nothing here\n')).to.equal('empty');
    expect(rule('coverage', 'lcov', 'SF:a\nend_of_record\n')).to.equal('empty');
    expect(rule('coverage', 'lcov', '')).to.equal('empty');
    expect(rule('coverage', 'lcov', 'TN:\n')).to.equal('empty');
    expect(rule('coverage', 'cobertura', '<coverage line-rate="1"/>')).to.equal('empty');
    expect(rule('coverage', 'istanbul', '{}')).to.equal('empty');
    expect(rule('mutation', 'stryker', '{"schemaVersion":"1","files":{}}')).to.equal('empty');
    expect(rule('security', 'sarif', '{"version":"2.1.0","runs":[]}')).to.equal('empty');
    expect(
      rule('security', 'sarif', '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}}}]}'),
    ).to.equal('empty');
  });
  it('another format, or half a report, is refused', () => {
    expect(rule('coverage', 'lcov', '<xml/>')).to.equal('unparsable');
    expect(rule('coverage', 'lcov', 'SF:a\nDA:1,1\n')).to.equal('truncated');
    expect(rule('coverage', 'lcov', 'DA:1,1\nend_of_record\n')).to.equal('unparsable');
    expect(rule('coverage', 'lcov', 'SF:a\nDA:1,-1\nend_of_record\n')).to.equal('unparsable');
    expect(rule('tests', 'tap', 'all good\n')).to.equal('unparsable');
    expect(rule('tests', 'tap', 'ok 1 - a\n')).to.equal('truncated');
    expect(rule('tests', 'junit', '<coverage/>')).to.equal('shape');
    expect(rule('tests', 'junit', '<testsuite><testcase></testsuite>')).to.equal('unparsable');
    expect(rule('coverage', 'istanbul', '{"total":{"lines":{"pct":100}}}')).to.equal('shape');
    expect(rule('security', 'sarif', '{"version":"2.0.0","runs":[]}')).to.equal('shape');
    expect(rule('tests', 'junit', Buffer.from([0xff, 0xfe, 0x3c]))).to.equal('encoding');
  });
  it('a plan that is not kept, and what follows a bail-out, have failed', () => {
    expect(read('tests', 'tap', '1..3\nok 1\nok 2\n').figures).to.include({ failed: 1, passed: 2 });
    expect(read('tests', 'tap', '1..1\nok 1\nok 2\n').figures).to.include({ failed: 1 });
    expect(read('tests', 'tap', '1..1\nok 1\nBail out! disk full\n').figures['failed']).to.be.greaterThan(0);
    expect(read('tests', 'tap', '1..1\nok 1 - a\n  ---\n  not ok 1\n  ...\n').figures).to.include({
      failed: 0,
    });
    expect(read('tests', 'tap', '    1..1\n    not ok 1 - inner\nok 1 - outer\n1..1\n').figures).to.include({
      failed: 1,
    });
  });
  it('a suite that claims failures it does not list is believed; a claim of none is not', () => {
    const claims = '<testsuite failures="2"><testcase name="a"/></testsuite>';
    expect(read('tests', 'junit', claims).figures).to.include({ failed: 2, passed: 1 });
    const denies = '<testsuite failures="0" tests="1"><testcase name="a"><failure/></testcase></testsuite>';
    expect(read('tests', 'junit', denies).figures).to.include({ failed: 1 });
    const outside = '<testsuites><testsuite errors="1"><error/></testsuite></testsuites>';
    expect(read('tests', 'junit', outside).figures).to.include({ failed: 1 });
  });
  it('entity bombs, foreign entities, depth and size are refused before they cost anything', () => {
    const bomb = `<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><testsuite name="&b;"/>`;
    expect(rule('tests', 'junit', bomb)).to.equal('entities');
    expect(
      rule(
        'tests',
        'junit',
        '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite>&x;</testsuite>',
      ),
    ).to.equal('entities');
    expect(rule('tests', 'junit', '<testsuite name="&x;"/>')).to.equal('unparsable');
    const dtd =
      '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd"><coverage><packages><package><classes><class filename="a"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>';
    expect(rule('coverage', 'cobertura', dtd)).to.equal('fine');
    expect(rule('tests', 'junit', '<testsuite>'.repeat(100_000))).to.equal('too_deep');
    expect(rule('security', 'sarif', `{"runs":${'['.repeat(1_000_000)}`)).to.equal('too_deep');
    expect(
      rule('tests', 'junit', `<testsuite ${Array.from({ length: 100 }, (_, i) => `a${i}="1"`).join(' ')}/>`),
    ).to.equal('too_many');
    expect(rule('tests', 'tap', `1..1\n${' '.repeat(400)}ok 1\n`)).to.equal('too_deep');
    expect(rule('tests', 'tap', Buffer.alloc(4_000_000, 0x0a))).to.equal('too_many');
    expect(rule('coverage', 'lcov', Buffer.alloc(EVIDENCE_LIMITS.bytes + 1, 0x0a))).to.equal('too_large');
  });
  it('names of the language’s own objects are data', () => {
    const report = read(
      'coverage',
      'istanbul',
      '{"__proto__":{"path":"constructor","statementMap":{"0":{"start":{"line":1}}},"s":{"0":1}}}',
    );
    expect(report.figures).to.include({ lines_total: 1, lines: 100 });
    expect(({} as Record<string, unknown>)['path']).to.equal(undefined);
    expect(
      rule('coverage', 'istanbul', '{"a":{"statementMap":{"toString":{"start":{"line":1}}},"s":{}}}'),
    ).to.equal('shape');
  });
  it('a tool that says it failed, a level it does not have and a suppression under review pass nothing', () => {
    const run = (more: object): string =>
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [], ...more }] });
    expect(rule('security', 'sarif', run({ invocations: [{ executionSuccessful: false }] }))).to.equal(
      'tool_failed',
    );
    expect(rule('security', 'sarif', run({ externalPropertyFileReferences: {} }))).to.equal('shape');
    const results = [
      { ruleId: 'a', level: 'catastrophe' },
      { ruleId: 'b', level: 'error', suppressions: [{ kind: 'inSource', status: 'underReview' }] },
      { ruleId: 'c', level: 'error', suppressions: [{ kind: 'external' }] },
      { ruleId: 'd', kind: 'pass', level: 'error' },
      { ruleId: 'e', baselineState: 'absent', level: 'error' },
    ];
    expect(read('security', 'sarif', run({ results })).figures).to.include({
      errors: 2,
      suppressed: 1,
      warnings: 0,
    });
  });

  const CASES: readonly (readonly [Kind, Format, string])[] = [
    ['coverage', 'lcov', 'c8.lcov'],
    ['coverage', 'cobertura', 'coveragepy.cobertura.xml'],
    ['coverage', 'istanbul', 'c8.istanbul.json'],
    ['tests', 'junit', 'pytest.junit.xml'],
    ['tests', 'tap', 'node.tap'],
    ['mutation', 'stryker', 'stryker.json'],
    ['security', 'sarif', 'bandit.sarif'],
  ];
  it('fuzz: no reader throws, hangs or passes numbers that are none, whatever is changed', function () {
    this.timeout(20_000);
    expect(readdirSync(FOLDER)).to.include.members(CASES.map(([, , name]) => name));
    for (const [kind, format, name] of CASES) {
      const original = fixture(name);
      const change = fc.record({
        at: fc.nat(original.length),
        cut: fc.nat(40),
        put: fc.oneof(
          fc.uint8Array({ maxLength: 12 }),
          fc
            .constantFrom('<', '&', '"', '{', '[', '\n', '999999999999999999999', '-1', '__proto__', '1..5\n')
            .map((text) => Buffer.from(text)),
        ),
      });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          let bytes: Buffer = original;
          for (const { at, cut, put } of changes)
            bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
          const result = readEvidence({ kind, format }, bytes);
          if (result.ok)
            for (const value of Object.values(result.value.figures))
              expect(value).to.be.a('number').and.at.least(0);
          else expect(result.problem.rule).to.match(/^arbiter\.evidence\.\w+$/u);
        }),
        { numRuns: 150, seed: 4 },
      );
    }
  });
});

import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  judgeGate,
  type ChangeFacts,
  type CommandEnd,
  type Evidence,
  type GateResult,
} from '../../src/gates/index.js';
import { readAttestation } from '../../src/gates/evidence/attestation.js';
import { judgeMeasure } from '../../src/gates/judge/measures.js';
import type { Spec } from '../../src/caws/index.js';
import { COMMIT, exited, facts, ordersOf } from './support.js';

const gates = (evidence: string, more = ''): string =>
  `version: 1\ngates:\n  g:\n    command: [run]\n${more}    evidence: [${evidence}]\n`;
const found = (text: string): Evidence => ({ found: true, bytes: Buffer.from(text), sha256: 'e'.repeat(64) });
const judge = (
  text: string,
  evidence: readonly (Evidence | null)[],
  {
    spec = {},
    change = {},
    command = exited(),
  }: { spec?: Partial<Spec>; change?: Partial<ChangeFacts>; command?: CommandEnd } = {},
): Promise<GateResult> => {
  const [order] = ordersOf(text, spec);
  if (order === undefined) throw new Error('no gate');
  return judgeGate(order, { command, evidence, change: facts(change) });
};
const clause = (result: GateResult, name: string) =>
  result.clauses.find(({ id }) => id === `arbiter.gate.g${name}`);
const rules = (result: GateResult): string[] => result.violations.map(({ rule }) => rule);

const COVERAGE = '{ kind: coverage, format: lcov, path: l.info }';
const TESTS = '{ kind: tests, format: junit, path: j.xml }';
const MUTATION = '{ kind: mutation, format: stryker, path: m.json }';
/** `covered` of 100 lines of src/a.ts, the first ones. */
const lcov = (covered: number, file = 'src/a.ts'): string =>
  `SF:${file}\n${Array.from({ length: 100 }, (_, i) => `DA:${i + 1},${i < covered ? 1 : 0}\n`).join('')}end_of_record\n`;
const mutants = (killed: number, survived: number): string =>
  JSON.stringify({
    schemaVersion: '1',
    files: {
      'a.ts': {
        mutants: [...Array<string>(killed).fill('Killed'), ...Array<string>(survived).fill('Survived')].map(
          (status) => ({ status, mutatorName: 'm' }),
        ),
      },
    },
  });
const junit = (...names: readonly string[]): string =>
  `<testsuite name="s">${names.map((name) => `<testcase classname="tests.test_a.TestX" name="${name.replace(/^[-!]/u, '')}">${name.startsWith('!') ? '<failure/>' : name.startsWith('-') ? '<skipped/>' : ''}</testcase>`).join('')}</testsuite>`;

describe('whether evidence is enough', () => {
  it('R-302, R-307: 80 % at tier 2 and 90 % at tier 1 are the line, to the last digit', async () => {
    for (const [tier, covered, outcome] of [
      [1, 90, 'PASS'],
      [1, 89, 'FAIL'],
      [2, 80, 'PASS'],
      [2, 79, 'FAIL'],
      [3, 70, 'PASS'],
      [3, 69, 'FAIL'],
    ] as const) {
      const result = await judge(gates(COVERAGE), [found(lcov(covered))], { spec: { risk_tier: tier } });
      expect(result.outcome, `tier ${tier}, ${covered} %`).to.equal(outcome);
    }
    const near = `${lcov(89)}SF:b\n${Array.from({ length: 900 }, (_, i) => `DA:${i + 1},${i < 810 ? 1 : 0}\n`).join('')}end_of_record\n`;
    const result = await judge(gates(COVERAGE), [found(near)], { spec: { risk_tier: 1 } });
    expect([result.outcome, clause(result, '.coverage')?.message]).to.deep.equal([
      'FAIL',
      'lines 89.9 %, changed lines none executable',
    ]);
  });

  it('R-307: mutation 70 % at tier 1, 50 % at tier 2', async () => {
    for (const [tier, killed, outcome] of [
      [1, 70, 'PASS'],
      [1, 69, 'FAIL'],
      [2, 50, 'PASS'],
      [2, 49, 'FAIL'],
    ] as const) {
      const result = await judge(gates(MUTATION), [found(mutants(killed, 100 - killed))], {
        spec: { risk_tier: tier },
      });
      expect(result.outcome, `tier ${tier}, ${killed} %`).to.equal(outcome);
    }
  });

  it('changed lines count by themselves: a well covered repository does not carry new code without a test', async () => {
    const added = (from: number, to: number): ChangeFacts['added'] => {
      const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      return [{ path: 'src/a.ts', numbers, texts: numbers.map(() => 'x') }];
    };
    const bad = await judge(gates(COVERAGE), [found(lcov(95))], {
      change: { added: added(96, 100) },
      spec: { risk_tier: 1 },
    });
    expect(bad.measured).to.include({ 'coverage.lines': 95, 'coverage.changed_lines': 0 });
    expect(rules(bad)).to.deep.equal([
      'arbiter.gate.coverage.changed_lines',
      'arbiter.gate.coverage.uncovered',
    ]);
    expect(bad.violations[1]).to.include({
      path: 'src/a.ts',
      message: 'added lines that no test reaches: 96-100',
    });
    const good = await judge(gates(COVERAGE), [found(lcov(95))], {
      change: { added: added(1, 5) },
      spec: { risk_tier: 1 },
    });
    expect(good.outcome).to.equal('PASS');
  });

  it('a changed source that the report leaves out counts as not covered', async () => {
    const text = gates(COVERAGE.replace(' }', ', sources: ["src/**"] }'));
    const added = [
      { path: 'src/new.ts', numbers: [1, 2, 3], texts: ['x', '', 'y'] },
      { path: 'README.md', numbers: [1], texts: ['z'] },
    ];
    const result = await judge(text, [found(lcov(100))], { change: { added } });
    expect(result.outcome).to.equal('FAIL');
    expect(result.measured).to.include({ 'coverage.changed_lines_total': 2, 'coverage.changed_lines': 0 });
    expect(clause(result, '.coverage')?.observed['coverage.absent']).to.equal('src/new.ts');
    expect(clause(result, '.coverage')?.observed['coverage.not_in_report']).to.equal('README.md');
  });

  it('reports name files absolutely, relatively or below a source folder', async () => {
    const added = [{ path: 'py/grade.py', numbers: [3], texts: ['x'] }];
    const xml = readFileSync(new URL('../fixtures/gates/coveragepy.cobertura.xml', import.meta.url), 'utf8');
    const below = await judge(gates('{ kind: coverage, format: cobertura, path: c.xml }'), [found(xml)], {
      change: { added },
    });
    expect(below.measured).to.include({ 'coverage.changed_lines_total': 1, 'coverage.changed_lines': 0 });
    for (const file of ['/checkout/src/a.ts', './src/a.ts', 'src\\a.ts', 'x/../src/a.ts']) {
      const own = [{ path: 'src/a.ts', numbers: [1], texts: ['x'] }];
      const result = await judge(gates(COVERAGE), [found(lcov(100, file))], { change: { added: own } });
      expect(result.measured['coverage.changed_lines'], file).to.equal(100);
    }
    const elsewhere = await judge(gates(COVERAGE), [found(lcov(100, '/other/src/a.ts'))], {
      change: { added },
    });
    expect(elsewhere.outcome).to.equal('FAIL');
    expect(elsewhere.measured).to.not.have.any.keys('coverage.changed_lines_total', 'coverage.changed_lines');
  });

  it('D-15: missing, empty, unreadable and foreign evidence is NOT_EVALUATED, and a MUST fails by it', async () => {
    const sarif = (revision: string): string =>
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 'x' } },
            results: [],
            versionControlProvenance: [{ revisionId: revision }],
          },
        ],
      });
    const problem = { rule: 'arbiter.evidence.missing', message: 'm', repair: 'r' };
    for (const [text, evidence, rule] of [
      [gates(TESTS), null, 'missing'],
      [gates(TESTS), { found: false, problem }, 'missing'],
      [gates(TESTS), found('<testsuites/>'), 'empty'],
      [gates(TESTS), found('<'), 'unparsable'],
      [gates('{ kind: security, format: sarif, path: s.json }'), found(sarif('a'.repeat(40))), 'stale'],
    ] as const) {
      const result = await judge(text, [evidence]);
      expect(result.outcome, rule).to.equal('FAIL');
      expect(result.clauses[1]?.result, rule).to.equal('NOT_EVALUATED');
      expect(rules(result)).to.include(`arbiter.evidence.${rule}`);
    }
    const fresh = await judge(gates('{ kind: security, format: sarif, path: s.json }'), [
      found(sarif(COMMIT)),
    ]);
    expect(fresh.outcome).to.equal('PASS');
    const should = await judge(gates(TESTS.replace(' }', ', severity: should }')), [null]);
    expect([should.outcome, should.clauses[1]?.result]).to.deep.equal(['PASS', 'NOT_EVALUATED']);
  });

  it('a command that did not end by itself leaves no evidence, even if a report is there', async () => {
    for (const end of ['timed_out', 'out_of_memory', 'killed', 'refused', 'setup_failed'] as const) {
      const command = { ...exited(), end, exitCode: null };
      const result = await judge(gates(TESTS), [found(junit('a'))], { command });
      expect([result.outcome, clause(result, '.tests')?.result], end).to.deep.equal([
        'ERROR',
        'NOT_EVALUATED',
      ]);
      expect(result.failure, end).to.equal(end === 'refused' ? 'INFRASTRUCTURE' : 'CONSTITUTION');
    }
    const [order] = ordersOf(gates(TESTS));
    if (order === undefined) throw new Error('no gate');
    const never = await judgeGate(order, { command: null, evidence: [found(junit('a'))], change: facts() });
    expect(never.outcome, 'a command that was not run').to.equal('ERROR');
  });

  it('a failing test, a threshold that the report says nothing about, and too many skips fail', async () => {
    expect(rules(await judge(gates(TESTS), [found(junit('a', '!b'))]))).to.include.members([
      'arbiter.gate.tests.failed',
      'arbiter.gate.tests.failing',
    ]);
    const skips = TESTS.replace(' }', ', thresholds: { skipped: 0 } }');
    expect(rules(await judge(gates(skips), [found(junit('a', '-b'))]))).to.include(
      'arbiter.gate.tests.skipped',
    );
    const branches = COVERAGE.replace(' }', ', thresholds: { branches: 50 } }');
    expect(rules(await judge(gates(branches), [found(lcov(100))]))).to.include(
      'arbiter.gate.coverage.unmeasured',
    );
  });

  it('R-313: the same order and evidence give the same result', async () => {
    const once = await judge(gates(`${TESTS}, ${COVERAGE}`), [found(junit('a', '!b')), found(lcov(50))]);
    const again = await judge(gates(`${TESTS}, ${COVERAGE}`), [found(junit('a', '!b')), found(lcov(50))]);
    expect(once).to.deep.equal(again);
  });

  it('a comment of the change itself suppresses no finding of it', async () => {
    const result = (line: number) => ({
      ruleId: 'no-eval',
      level: 'error',
      suppressions: [{ kind: 'inSource' }],
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'file:///checkout/src/a.ts' },
            region: { startLine: line },
          },
        },
      ],
    });
    const sarif = (line: number): Evidence =>
      found(
        JSON.stringify({
          version: '2.1.0',
          runs: [{ tool: { driver: { name: 'x' } }, results: [result(line)] }],
        }),
      );
    const text = gates('{ kind: static-analysis, format: sarif, path: s.json }');
    const change = { added: [{ path: 'src/a.ts', numbers: [7], texts: ['eval(x) // eslint-disable-line'] }] };
    expect((await judge(text, [sarif(3)])).outcome, 'it was there before').to.equal('PASS');
    expect((await judge(text, [sarif(3)], { change })).outcome, 'another line of the file').to.equal('FAIL');
    expect((await judge(text, [sarif(7)], { change })).outcome, 'it came with the change').to.equal('FAIL');
  });

  it('findings: added-lines leaves out what was there before', async () => {
    const results = [
      {
        level: 'error',
        ruleId: 'old',
        locations: [
          { physicalLocation: { artifactLocation: { uri: 'src/a.ts' }, region: { startLine: 3 } } },
        ],
      },
    ];
    const sarif = found(
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results }] }),
    );
    const all = gates('{ kind: static-analysis, format: sarif, path: s.json }');
    expect((await judge(all, [sarif])).outcome).to.equal('FAIL');
    expect(
      (await judge(all.replace('path: s.json', 'path: s.json, findings: added-lines'), [sarif])).outcome,
    ).to.equal('PASS');
  });
});

describe('acceptance criteria', () => {
  const criterion = (id: string, more: object = {}) => ({ id, given: 'g', when: 'w', then: 't', ...more });
  const state = async (
    spec: Partial<Spec>,
    ...names: readonly string[]
  ): Promise<readonly [string, string | undefined]> => {
    const result = await judge(gates(TESTS), [found(junit(...names))], { spec: { risk_tier: 1, ...spec } });
    return [result.outcome, clause(result, '.acceptance')?.result];
  };

  it('by name: as a word, so that A1 is not A10', async () => {
    expect(await state({ acceptance: [criterion('A1')] }, 'A1: works')).to.deep.equal(['PASS', 'PASS']);
    expect(await state({ acceptance: [criterion('A1')] }, '[A1] works', 'A10: other')).to.deep.equal([
      'PASS',
      'PASS',
    ]);
    expect(await state({ acceptance: [criterion('A1')] }, 'A10: other', 'BA1', 'XA1x')).to.deep.equal([
      'FAIL',
      'NOT_EVALUATED',
    ]);
    expect(await state({ acceptance: [criterion('A1')] }, '-A1: later', 'other')).to.deep.equal([
      'FAIL',
      'NOT_EVALUATED',
    ]);
  });

  it('by test_nodeids: every one of them must be there', async () => {
    const ids = (...test_nodeids: string[]) => ({ acceptance: [criterion('A1', { test_nodeids })] });
    expect(await state(ids('tests/test_a.py::TestX::test_y'), 'test_y')).to.deep.equal(['PASS', 'PASS']);
    expect(await state(ids('tests/test_a.py::TestX::test_y'), 'test_y[1]', 'test_y[2]')).to.deep.equal([
      'PASS',
      'PASS',
    ]);
    expect(
      await state(ids('tests/test_a.py::TestX::test_y', 'tests/test_a.py::TestX::gone'), 'test_y'),
    ).to.deep.equal(['FAIL', 'NOT_EVALUATED']);
  });

  it('unmapped fails at tier 1, and is only reported below', async () => {
    for (const [risk_tier, outcome] of [
      [1, 'FAIL'],
      [2, 'PASS'],
      [3, 'PASS'],
    ] as const) {
      const result = await judge(gates(TESTS), [found(junit('x'))], {
        spec: { risk_tier, acceptance: [criterion('A1')] },
      });
      expect(result.outcome).to.equal(outcome);
      expect(clause(result, '.acceptance')?.message).to.equal('not shown: A1 unmapped');
      expect(rules(result)).to.deep.equal(['arbiter.acceptance.unmapped']);
    }
  });

  it('by test_command: all tests of the gate with that command', async () => {
    expect(await state({ acceptance: [criterion('A1', { test_command: 'run' })] }, 'x')).to.deep.equal([
      'PASS',
      'PASS',
    ]);
    expect(await state({ acceptance: [criterion('A1', { test_command: 'other' })] }, 'x')).to.deep.equal([
      'FAIL',
      'NOT_EVALUATED',
    ]);
  });

  it('D-15: a finding that nobody can place counts, and so does one that is suppressed in a file of the change', async () => {
    const text = gates('{ kind: security, format: sarif, path: s.sarif, findings: added-lines }');
    const sarif = (place: object, more: object = {}): Evidence =>
      found(
        JSON.stringify({
          version: '2.1.0',
          runs: [
            {
              tool: { driver: { name: 't' } },
              originalUriBaseIds: {
                SRC: { uri: 'src/', uriBaseId: 'TOP' },
                TOP: { uri: 'file:///checkout/' },
              },
              results: [{ level: 'error', locations: [{ physicalLocation: place }], ...more }],
            },
          ],
        }),
      );
    const change = {
      added: [{ path: 'src/a.ts', numbers: [3], texts: ['x'] }],
      touched: new Set(['src/a.ts']),
    };
    const at = (uri: string, startLine?: number, uriBaseId?: string): object => ({
      artifactLocation: { uri, ...(uriBaseId === undefined ? {} : { uriBaseId }) },
      ...(startLine === undefined ? {} : { region: { startLine } }),
    });
    const suppressed = { suppressions: [{ kind: 'inSource' }] };
    for (const [place, more, outcome] of [
      [at('src/a.ts', 3), {}, 'FAIL'],
      [at('src/a.ts', 4), {}, 'PASS'],
      [at('src/a.ts'), {}, 'FAIL'],
      [at('/elsewhere/a.ts', 4), {}, 'FAIL'],
      [at('a.ts', 3, 'SRC'), {}, 'FAIL'],
      [at('a.ts', 4, 'SRC'), {}, 'PASS'],
      [at('a.ts', 4, 'NOBODY'), {}, 'FAIL'],
      [at('src/a.ts', 4), suppressed, 'FAIL'],
      [at('src/b.ts', 4), suppressed, 'PASS'],
    ] as const) {
      const result = await judge(text, [sarif(place, more)], { change });
      expect(result.outcome, JSON.stringify([place, more])).to.equal(outcome);
    }
  });

  it('D-15: an attestation of tests that names none is empty, and those it names are held to the thresholds', () => {
    const [order] = ordersOf(
      gates('{ kind: tests, format: junit, path: j.xml, thresholds: { total: 100 } }'),
    );
    const measure = order?.measures[0];
    if (measure === undefined) throw new Error('no measure');
    const attested = (total: number) =>
      judgeMeasure(
        measure,
        {
          ...{ kind: 'tests', format: 'attestation', revision: COMMIT, keyId: 'k', cases: [], empty: null },
          figures: { result_passed: 1, total, passed: total, failed: 0, skipped: 0 },
        },
        facts(),
      ).result;
    expect([attested(0), attested(99), attested(100)]).to.deep.equal(['FAIL', 'FAIL', 'PASS']);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const type = 'application/vnd.in-toto+json';
    const payload = Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { gitCommit: COMMIT } }],
        predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
        predicate: { result: 'PASSED', configuration: [{ name: 'g' }] },
      }),
    );
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
    const envelope = {
      payload: payload.toString('base64'),
      payloadType: type,
      signatures: [{ sig: sign('sha256', signed, privateKey).toString('base64') }],
    };
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const read = readAttestation(Buffer.from(JSON.stringify(envelope)), 'tests', 'g', [pem]);
    expect(read.empty).to.equal('the attestation names no test');
  });

  it('D-15: a new file that the report leaves out is let off only where the policy says what the sources are', async () => {
    const change = { added: [{ path: 'src/new.ts', numbers: [1], texts: ['x()'] }] };
    const sources = "{ kind: coverage, format: lcov, path: l.info, sources: ['lib/**'] }";
    const left = await judge(gates(COVERAGE), [found(lcov(100))], { change });
    expect(left.outcome).to.equal('FAIL');
    expect(clause(left, '.coverage')?.observed).to.not.have.property('gate.shortfall');
    expect((await judge(gates(sources), [found(lcov(100))], { change })).outcome).to.equal('PASS');
    expect((await judge(gates(COVERAGE), [found(lcov(100))])).outcome).to.equal('PASS');
  });
});

import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import {
  GATES_PATH,
  gatesSchema,
  loggedOrder,
  orderFromLog,
  parseGates,
  requiredGates,
} from '../../src/gates/index.js';
import { generateKeyPair } from '../../src/verdicts/index.js';
import { ordersOf, specOf } from './support.js';

const FILE = `version: 1
gates:
  unit:
    command: [npx, mocha]
    tiers: [1, 2]
    evidence:
      - { kind: tests, format: junit, path: reports/junit.xml }
      - { kind: coverage, format: lcov, path: coverage/lcov.info, thresholds: { lines: { 1: 95 } } }
  mutation:
    command: [npx, stryker, run]
    tiers: [1]
    evidence: [{ kind: mutation, format: stryker, path: reports/mutation.json }]
  secrets: { evidence: [{ kind: secrets, format: diff }] }
`;
const rules = (text: string): string[] =>
  parseGates(text).diagnostics.map(({ rule }) => rule.replace('arbiter.gates.', ''));
const gate = (body: string): string => `version: 1\ngates:\n  g: ${body}\n`;

describe('what a repository declares', () => {
  it('R-302, R-307: the gates of the tier, with its thresholds where the file says nothing', () => {
    const one = ordersOf(FILE, { risk_tier: 1 });
    expect(one.map((order) => order.gate)).to.deep.equal(['unit', 'mutation', 'secrets']);
    expect(one[0]?.measures[1]?.thresholds).to.deep.equal({ lines: 95, changed_lines: 90 });
    expect(one[1]?.measures[0]?.thresholds).to.deep.equal({ score: 70 });
    const two = ordersOf(FILE, { risk_tier: 2 });
    expect(two.map((order) => order.gate)).to.deep.equal(['unit', 'secrets']);
    expect(two[0]?.measures[1]?.thresholds).to.deep.equal({ lines: 80, changed_lines: 80 });
    expect(ordersOf(FILE, { risk_tier: 3 }).map((order) => order.gate)).to.deep.equal(['secrets']);
  });

  it('a gate with paths is for changes of them, both sides of a rename', () => {
    const text = gate('{ paths: ["db/**"], evidence: [{ kind: secrets, format: diff }] }');
    expect(ordersOf(text, {}, ['src/a.ts'])).to.have.length(0);
    expect(ordersOf(text, {}, ['db/one.sql'])).to.have.length(1);
  });

  it('D-15: tier 1 without its gates is not evaluated, whether there is no file, or one that leaves some out', () => {
    const spec = specOf({ risk_tier: 1 });
    expect(requiredGates(spec, null)).to.include({ result: 'NOT_EVALUATED' });
    expect(requiredGates(spec, parseGates(FILE))).to.include({ result: 'PASS' });
    const without = FILE.replace(/ {2}mutation:[^]*?(?= {2}secrets)/u, '');
    expect(requiredGates(spec, parseGates(without)).violations.map(({ message }) => message)).to.have.length(
      1,
    );
    const weak = FILE.replace('path: reports/mutation.json', 'path: reports/mutation.json, severity: should');
    expect(requiredGates(spec, parseGates(weak)).result, 'what only advises meets no requirement').to.equal(
      'NOT_EVALUATED',
    );
    expect(requiredGates(specOf({ risk_tier: 3 }), null)).to.include({ result: 'NOT_APPLICABLE' });
    const own = `${FILE}required: { '3': [security] }\n`;
    expect(requiredGates(specOf({ risk_tier: 3 }), parseGates(own)).result).to.equal('NOT_EVALUATED');
  });

  it('a file that cannot be read fails, with the place in it', () => {
    const finding = requiredGates(specOf(), parseGates('version: 1\ngates: {a: {command: "npm test"}}'));
    expect(finding.result).to.equal('FAIL');
    expect(finding.violations[0]?.message).to.include(GATES_PATH);
    expect(finding.violations.map(({ path }) => path)).to.include('/gates/a/command');
  });

  it('a command is a list: no shell string, anywhere', () => {
    expect(
      rules(
        gate('{ command: "npm test && rm -rf /", evidence: [{ kind: tests, format: junit, path: a.xml }] }'),
      ),
    ).to.include('shape');
    expect(
      rules(
        gate(
          '{ command: [npm], setup: ["npm ci"], evidence: [{ kind: tests, format: junit, path: a.xml }] }',
        ),
      ),
    ).to.include('shape');
  });

  it('what has no meaning is refused with a rule of its own', () => {
    const path = 'path: a.xml';
    const signed = (kind: string, thresholds: string): string =>
      `{ evidence: [{ kind: ${kind}, format: attestation, thresholds: ${thresholds} }] }`;
    for (const [body, rule] of [
      // A signed result of these says that they passed, and has no figures.
      [signed('security', '{ errors: 0 }'), 'option'],
      [signed('static-analysis', '{ warnings: 3 }'), 'option'],
      [signed('contracts', '{ failed: 0 }'), 'option'],
      [signed('contracts', '{}'), 'option'],
      [`{ command: [x], evidence: [{ kind: tests, format: lcov, ${path} }] }`, 'format'],
      ['{ command: [x], evidence: [{ kind: tests, format: junit }] }', 'path'],
      [`{ evidence: [{ kind: secrets, format: diff, ${path} }] }`, 'path'],
      [`{ evidence: [{ kind: tests, format: junit, ${path} }] }`, 'command_missing'],
      ['{ command: [x], evidence: [{ kind: secrets, format: diff }] }', 'command_unread'],
      ['{ evidence: [{ kind: tests, format: attestation }] }', 'keys_missing'],
      [
        `{ command: [x], evidence: [{ kind: coverage, format: lcov, ${path}, thresholds: { lines: 0.9 } }] }`,
        'threshold',
      ],
      [
        `{ command: [x], evidence: [{ kind: coverage, format: lcov, ${path}, thresholds: { lines: 101 } }] }`,
        'threshold',
      ],
      [
        `{ command: [x], evidence: [{ kind: coverage, format: lcov, ${path}, thresholds: { toString: 1 } }] }`,
        'threshold',
      ],
      [`{ command: [x], evidence: [{ kind: tests, format: junit, ${path}, sources: [src] }] }`, 'option'],
      [
        `{ command: [x], from_base: ["((a+)+)+"], evidence: [{ kind: tests, format: junit, ${path} }] }`,
        'glob',
      ],
      [`{ command: [x], evidence: [{ kind: tests, format: junit, path: ../out.xml }] }`, 'shape'],
      [`{ command: [x], evidence: [{ kind: tests, format: junit, path: /etc/x }] }`, 'shape'],
      [
        `{ command: [x], environment: { "A=B": x }, evidence: [{ kind: tests, format: junit, ${path} }] }`,
        'shape',
      ],
      [
        `{ command: [x], timeout_seconds: 999999, evidence: [{ kind: tests, format: junit, ${path} }] }`,
        'shape',
      ],
    ] as const) {
      expect(rules(gate(body)), body).to.include(rule);
    }
  });

  it('thresholds of attested tests are held, so they may stand', () => {
    const { publicKeyPem } = generateKeyPair();
    const text = `version: 1\ntrusted_keys: { ci: ${JSON.stringify(publicKeyPem)} }\ngates:\n  ci: { evidence: [{ kind: tests, format: attestation, thresholds: { total: 5, failed: 0 } }] }\n`;
    expect(parseGates(text).diagnostics).to.deep.equal([]);
  });

  it('looser thresholds than usual are a warning, so that a reader sees them', () => {
    const text = FILE.replace('lines: { 1: 95 }', 'lines: 10');
    const check = parseGates(text);
    expect(check.ok).to.equal(true);
    expect(check.diagnostics.map(({ rule }) => rule)).to.deep.equal(['arbiter.gates.loose_threshold']);
  });

  it('keys are public keys; a private one is refused without being repeated', () => {
    const { publicKeyPem, privateKeyPem } = generateKeyPair();
    const file = (pem: string): string =>
      `version: 1\ntrusted_keys: { ci: ${JSON.stringify(pem)} }\ngates: { ci: { evidence: [{ kind: tests, format: attestation }] } }\n`;
    expect(parseGates(file(publicKeyPem)).ok).to.equal(true);
    const refused = parseGates(file(privateKeyPem));
    expect(refused.diagnostics.map(({ rule }) => rule)).to.include('arbiter.gates.key');
    expect(JSON.stringify(refused.diagnostics)).to.not.include(privateKeyPem.slice(40, 80));
  });

  it('YAML bombs, prototype keys and duplicate keys are refused', () => {
    expect(rules('a: &a [x,x]\nb: &b [*a,*a]\n__proto__: 1\n')).to.have.length(1);
    expect(rules(`version: 1\nversion: 1\ngates: {}\n`)[0]).to.equal('yaml.parse_failed');
    expect(rules('x'.repeat(300_000))[0]).to.equal('too_large');
  });

  it('a criterion with a test_command belongs to the gate with that command; the text of a spec starts nothing', () => {
    const acceptance = [
      { id: 'A1', given: 'g', when: 'w', then: 't', test_command: ' npx   mocha ' },
      { id: 'A2', given: 'g', when: 'w', then: 't', test_command: 'rm -rf /' },
      { id: 'A3', given: 'g', when: 'w', then: 't', test_nodeids: ['tests/a.py::b'] },
    ];
    const [order] = ordersOf(FILE, { risk_tier: 1, acceptance });
    expect(order?.measures[0]?.criteria).to.deep.equal([
      { id: 'A1', nodeids: [], whole: true },
      { id: 'A2', nodeids: [], whole: false },
      { id: 'A3', nodeids: ['tests/a.py::b'], whole: false },
    ]);
    expect(JSON.stringify(order)).to.not.include('rm -rf');
  });

  it('an order survives the log whole, or is not run', () => {
    for (const order of ordersOf(FILE, { risk_tier: 1 })) {
      const logged = loggedOrder(order);
      expect(orderFromLog(JSON.parse(JSON.stringify(logged)) as typeof logged)).to.deep.equal(order);
      expect(orderFromLog({ ...logged, argv: ['sh', '-c', 'evil'] })).to.equal(null);
      expect(orderFromLog({ ...logged, gate: 'other' })).to.equal(null);
      expect(orderFromLog({ ...logged, options: {} })).to.equal(null);
      expect(orderFromLog({ ...logged, options: { order: '{}' } })).to.equal(null);
    }
  });

  it('the examples of docs/gates.md are valid, and use every kind of evidence that they explain', () => {
    const text = readFileSync(new URL('../../docs/gates.md', import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```yaml\n([^]*?)```/gu)].map((found) => found[1] ?? '');
    const { publicKeyPem } = generateKeyPair();
    const files = blocks.filter((block) => block.startsWith('version: 1'));
    expect(files).to.have.length(2);
    for (const file of files) {
      const key = publicKeyPem.trim().replace(/\n/gu, '\n    ');
      const check = parseGates(file.replace(/-----BEGIN[^]*END PUBLIC KEY-----/u, key));
      expect(check.diagnostics, file).to.deep.equal([]);
    }
  });

  it('the schema is closed', () => {
    expect(gatesSchema.additionalProperties).to.equal(false);
    expect(rules(`${FILE}extra: 1\n`)).to.include('shape');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { examineSpec, migrateSpec, PROFILES, YAML_LIMITS } from '../../src/caws/index.js';
import type { ProfileName } from '../../src/caws/index.js';
import { REAL_SPECS } from './real-specs.js';
import { itShared } from './support.js';

const bomb = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join(
  '\n',
);

/** Documents that are meant to hurt, and the rule each is refused under. */
const HOSTILE: readonly (readonly [what: string, text: string, rule: string])[] = [
  ['2 MB', `a: ${'x'.repeat(2 * 1024 * 1024)}`, 'arbiter.spec.too_large'],
  ['one byte too many', '#'.repeat(YAML_LIMITS.bytes + 1), 'arbiter.spec.too_large'],
  ['a bomb of aliases', `a0: &a0 [x]\n${bomb}`, 'arbiter.spec.alias_expansion'],
  ['an alias that contains itself', 'a: &a [*a]', 'arbiter.spec.too_deep'],
  ['100,000 brackets', '['.repeat(100_000), 'arbiter.spec.too_deep'],
  [
    '65 levels of mappings',
    Array.from({ length: 66 }, (_, i) => `${' '.repeat(i)}k:`).join('\n'),
    'arbiter.spec.too_deep',
  ],
  ['a key twice', 'id: A-1\nid: A-2', 'spec.yaml.parse_failed'],
  ['a key twice, deep inside', 'a: {b: {c: 1, c: 2}}', 'spec.yaml.parse_failed'],
  ['__proto__', 'a:\n  __proto__: {polluted: 1}', 'arbiter.spec.prototype_key'],
  ['constructor', 'acceptance: [{constructor: {prototype: {polluted: 1}}}]', 'arbiter.spec.prototype_key'],
  ['two documents', 'a: 1\n---\nb: 2', 'spec.yaml.parse_failed'],
  ['a tag', 'a: !!js/function "x"', 'spec.yaml.parse_failed'],
  ['control characters', 'a: "\u0001"\u0000', 'spec.yaml.parse_failed'],
  ['nothing', '', 'spec.yaml.empty_document'],
  ['a list', '- a', 'spec.yaml.not_an_object'],
];

describe('R-316: CAWS: hostile documents are refused, in every profile and in the migration', () => {
  for (const [what, text, rule] of HOSTILE) {
    it(`${what}: ${rule}`, () => {
      const started = process.cpuUsage();
      for (const profile of PROFILES) {
        const { valid, diagnostics } = examineSpec(text, profile);
        expect(valid).to.equal(false);
        expect(
          diagnostics.map((d) => d.rule),
          profile,
        ).to.deep.equal([rule]);
        expect(diagnostics[0]?.line).to.be.greaterThan(0);
      }
      const { ok, diagnostics } = migrateSpec(text);
      expect({ ok, rules: diagnostics.map((d) => d.rule) }).to.deep.equal({ ok: false, rules: [rule] });
      expect(process.cpuUsage(started).user / 1_000, 'ms of CPU: a guard, not a figure').to.be.lessThan(
        5_000,
      );
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    });
  }

  it('a prototype key is shown where it stands', () => {
    const [found] = examineSpec('scope:\n  in: [a]\n  constructor: 1\n').diagnostics;
    expect(found).to.include({ pointer: '/scope', line: 3, column: 3 });
  });

  it('documents of nothing but findings are answered quickly and within bounds', function () {
    this.timeout(60_000);
    const many = (line: (i: number) => string, count: number): string =>
      Array.from({ length: count }, (_, i) => line(i)).join('\n');
    const head = 'id: A-1\ntitle: t\nmode: fix\nrisk_tier: 3\n';
    for (const text of [
      many((i) => `k${i}: 1`, 2_000),
      `${head}acceptance:\n${many((i) => `- {id: X${i}}`, 1_000)}`,
      `${head}acceptance:\n${many((i) => `- {given: a, when: b, then: c, k${i}: 1}`, 1_500)}`,
      `${head}scope: {in: [a], out: [${many((i) => `'${i}*',`, 1_000)}]}`,
      `${head}contracts:\n${many(() => '- {type: x}', 1_000)}`,
      `${head}acceptance: ["${'given a when '.repeat(1_000)}"]`,
    ]) {
      const started = process.cpuUsage();
      for (const profile of ['v12', 'lenient'] as const)
        expect(examineSpec(text, profile).diagnostics.length, profile).to.be.within(1, 201);
      expect(migrateSpec(text).diagnostics.length).to.be.within(1, 201);
      expect(process.cpuUsage(started).user / 1_000, 'ms of CPU: a guard, not a figure').to.be.lessThan(
        20_000,
      );
    }
  });
});

describe('R-315: CAWS: no input crashes the validator, any profile', () => {
  const profile = fc.constantFrom<ProfileName>(...PROFILES);
  const answered = (text: string, name: ProfileName): void => {
    const { valid, diagnostics } = examineSpec(text, name);
    expect(valid).to.equal(diagnostics.every((d) => d.severity !== 'error'));
    for (const { line, column } of diagnostics)
      expect([line, column].every((n) => (n ?? 0) >= 1)).to.equal(true);
    const once = migrateSpec(text);
    expect(once.ok).to.equal(once.text !== null);
    // What comes out is v12, and a second run changes nothing.
    if (once.text !== null)
      expect(migrateSpec(once.text)).to.include({ ok: true, changed: false, text: once.text });
    else expect(once.diagnostics.some((d) => d.severity === 'error')).to.equal(true);
  };

  it('raw text and raw bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString('utf8'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), bytes), profile, answered),
      { numRuns: 250 },
    );
  });

  it('YAML of any shape under the names of a spec', () => {
    const names = [
      'id',
      'title',
      'risk_tier',
      'mode',
      'type',
      'status',
      'lifecycle_state',
      'resolution',
      'scope',
      'blast_radius',
      'invariants',
      'acceptance',
      'acceptance_criteria',
      'non_functional',
      'contracts',
      'observability',
      'rollback',
      'created_at',
      'evidence',
      'experimental_mode',
      'waiver_ids',
      'change_budget',
    ];
    const leaf = fc.oneof(
      fc.constantFrom(
        null,
        true,
        0,
        -1.5,
        '',
        'active',
        'T2',
        'closed',
        '2026-01-01',
        'a/**',
        'A1',
        '1',
        '# x',
        "it's",
        '*a',
        '&b',
      ),
      fc.string({ maxLength: 8 }),
    );
    const inner = fc.constantFrom(
      'id',
      'in',
      'out',
      'include',
      'modules',
      'given',
      'when',
      'then',
      'type',
      'name',
      'path',
      'a11y',
      'perf',
      'security',
      'status',
      'logs',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(inner, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    const spec = fc
      .dictionary(fc.constantFrom(...names), tree, { minKeys: 1, maxKeys: names.length })
      .map((value) => JSON.stringify(value));
    fc.assert(fc.property(spec, profile, answered), { numRuns: 250 });
  });

  itShared('real specs with lines lost, doubled, indented, swapped and bytes changed', () => {
    const mutation = fc.record({
      index: fc.nat(REAL_SPECS.length - 1),
      edits: fc.array(
        fc.record({
          kind: fc.nat(5),
          at: fc.nat(),
          text: fc.constantFrom(
            '#',
            ':',
            '- ',
            '  ',
            '"',
            "'",
            '&a',
            '*a',
            '[',
            '}',
            '|',
            '>-',
            '\t',
            '\r',
            '<<: ',
            '? ',
          ),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    });
    const mutate = ({
      index,
      edits,
    }: {
      index: number;
      edits: readonly { kind: number; at: number; text: string }[];
    }): string => {
      let lines = (REAL_SPECS[index]?.text ?? '').split('\n');
      for (const { kind, at, text } of edits) {
        const i = at % Math.max(1, lines.length);
        const line = lines[i] ?? '';
        const column = at % Math.max(1, line.length);
        const replaced = [
          [],
          [line, line],
          [`  ${line}`],
          [line.trimStart()],
          [line.slice(0, column) + text + line.slice(column)],
          [line.slice(0, column)],
        ][kind] ?? [line];
        lines = [...lines.slice(0, i), ...replaced, ...lines.slice(i + 1)];
      }
      return lines.join('\n');
    };
    fc.assert(fc.property(mutation.map(mutate), profile, answered), { numRuns: 150 });
  });
});

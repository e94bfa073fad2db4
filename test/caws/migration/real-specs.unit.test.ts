import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { checkSpec, migrateSpec } from '../../../src/caws/index.js';
import { OLDER_SPECS, REAL_SPECS } from '../real-specs.js';
import { describeShared, readable } from '../support.js';

/** What only a person can supply, by the end of the file name. Everything else of the set comes out valid. */
const LACKING: Readonly<Record<string, readonly string[]>> = {
  'deduper__.caws__working-spec.yaml': ['spec.migrate.missing_id', 'spec.migrate.scope_in_missing'],
  'templates__motion-feature.yaml': ['spec.migrate.missing_id'],
  'templates__working-spec.yaml': ['spec.migrate.missing_id'],
  'working-spec.template.yml': ['spec.migrate.missing_id', 'spec.migrate.risk_tier_unresolvable'],
  'FEAT-001.example@9abd2b84.yaml': ['spec.semantic.tier2.contracts_required'],
  'negative-fixtures__ACVERIFY-001.yaml': ['arbiter.migrate.criterion_incomplete'],
  'cli-ACVERIFY-001.yaml': ['arbiter.migrate.acceptance_missing'],
  'cli-test-feature.yaml': ['arbiter.migrate.acceptance_missing', 'spec.migrate.missing_id'],
  'CAWSFIX-05.yaml': ['spec.semantic.tier2.contracts_required'],
  'CAWSFIX-08@26fae887.yaml': ['spec.semantic.tier2.contracts_required'],
  'CAWSFIX-09.yaml': ['spec.semantic.tier2.contracts_required'],
  'CAWSFIX-10@26fae887.yaml': ['spec.semantic.tier2.contracts_required'],
  'CAWSFIX-13@26fae887.yaml': ['spec.semantic.tier2.contracts_required'],
  'CAWSFIX-14.yaml': ['spec.yaml.parse_failed'],
  'CAWSFIX-15.yaml': ['spec.yaml.parse_failed'],
  'archive__GUARD-001@26fae887.yaml': ['arbiter.migrate.acceptance_missing'],
};
const lackingOf = (file: string): readonly string[] | undefined => {
  // The root spec of one repository ends like another's; its owner tells them apart.
  const name = Object.keys(LACKING).find((end) => file.endsWith(end));
  return name?.startsWith('deduper') && !file.startsWith('ImpureCrumpet') ? undefined : LACKING[name ?? ''];
};
const commentsOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const match = /(?:^|\s)#(?![^"']*["'][^"']*$)\s?(.*)$/.exec(line);
    return match?.[1] === undefined || match[1].trim() === '' ? [] : [match[1].trim()];
  });

describeShared('migration: the real specs', () => {
  const migrated = OLDER_SPECS.filter(({ file }) => lackingOf(file) === undefined);

  it(`${migrated.length} of ${OLDER_SPECS.length} older specs come out as valid v12, where CAWS itself makes none`, () => {
    for (const { file, text } of migrated) {
      const { ok, text: result, diagnostics } = migrateSpec(text);
      expect(ok, `${file}: ${diagnostics.find((d) => d.severity === 'error')?.message ?? ''}`).to.equal(true);
      expect(checkSpec(result ?? '').ok, file).to.equal(true);
      readable(diagnostics);
    }
    const compared = readFileSync(new URL('../../../docs/compare-caws.md', import.meta.url), 'utf8');
    expect(compared).to.include(`\`${migrated.length} of ${OLDER_SPECS.length} older specs`);
  });

  for (const { file, text } of OLDER_SPECS) {
    const lacking = lackingOf(file);
    if (lacking === undefined) continue;
    it(`${file} lists what a person must supply`, () => {
      const { ok, text: result, diagnostics } = migrateSpec(text);
      expect({ ok, result }).to.deep.equal({ ok: false, result: null });
      const errors = diagnostics.filter((d) => d.severity === 'error').map(({ rule }) => rule);
      expect(errors).to.include.members([...lacking]);
      expect(new Set(errors.map((rule) => rule.split('.')[0]))).to.not.include('undefined');
    });
  }

  it('a second run changes nothing, and a valid v12 spec comes back byte for byte', () => {
    for (const { text, v12_valid } of REAL_SPECS) {
      const once = migrateSpec(text);
      if (v12_valid) expect(once).to.include({ ok: true, changed: false, text });
      if (once.text === null) continue;
      expect(migrateSpec(once.text)).to.include({ ok: true, changed: false, text: once.text });
    }
  });

  it('comments survive, each once', () => {
    for (const { file, text } of migrated) {
      const result = commentsOf(migrateSpec(text).text ?? '');
      for (const comment of commentsOf(text))
        expect(
          result.filter((each) => each.includes(comment)).length,
          `${file}: ${comment}`,
        ).to.be.greaterThan(0);
    }
  });

  it('order survives: what is in both stands in the same order', () => {
    const keysOf = (text: string): string[] =>
      [...text.matchAll(/^([a-z_]+):/gm)].map(([, key]) => key ?? '');
    for (const { file, text } of migrated) {
      const before = keysOf(text).map((key) => (key === 'status' ? 'lifecycle_state' : key));
      const after = keysOf(migrateSpec(text).text ?? '');
      const both = before.filter((key) => after.includes(key));
      expect(
        after.filter((key) => both.includes(key)),
        file,
      ).to.deep.equal(both);
    }
  });

  it('nothing disappears unsaid: every key of the source is in the result, in a comment, or in a report', () => {
    for (const { file, text } of migrated) {
      const { text: result, diagnostics } = migrateSpec(text);
      const said = `${result ?? ''}\n${diagnostics.map(({ message }) => message).join('\n')}`;
      for (const [, key] of text.matchAll(/^\s*(?:- )?([A-Za-z_]\w*):/gm)) {
        if (['logs', 'metrics', 'traces'].includes(key ?? '')) continue;
        expect(said, `${file}: ${key ?? ''}`).to.contain(key);
      }
    }
  });
});

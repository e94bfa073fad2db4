import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { dump } from 'js-yaml';
import { checkSpec, migrateSpec } from '../../../src/caws/index.js';
import { CASES } from './cases.js';

/**
 * What a migration says and writes, case by case, as a person reads it: each finding with its place and repair, then the lines that
 * went (-) and came (+). `WRITE_REPORTS=1` writes the file anew; what changes in it is to be read like code.
 */
const FILE = new URL('reports.txt', import.meta.url);
const LOOK = 'Look at the result; correct it if it is not what was meant.';

const BASE = {
  id: 'FEAT-12',
  title: 'A title',
  risk_tier: 3,
  mode: 'feature',
  lifecycle_state: 'draft',
  blast_radius: { modules: ['a'] },
  scope: { in: ['src/'] },
  invariants: ['i'],
  acceptance: [{ id: 'A1', given: 'g', when: 'w', then: 't' }],
  non_functional: {},
  contracts: [],
};

/** Lines that went and came, in order; what is on both sides in the same order stays unsaid. */
function difference(before: readonly string[], after: readonly string[]): string[] {
  const found: string[] = [];
  let rest = after;
  for (const [i, line] of before.entries()) {
    const at = rest.indexOf(line);
    const kept = at !== -1 && !before.slice(i + 1).some((later) => rest.slice(0, at).includes(later));
    if (!kept) found.push(`- ${line}`);
    else {
      found.push(...rest.slice(0, at).map((come) => `+ ${come}`));
      rest = rest.slice(at + 1);
    }
  }
  return [...found, ...rest.map((come) => `+ ${come}`)];
}

function report(change: object): string[] {
  const spec = dump({ ...BASE, ...change });
  const { text, diagnostics } = migrateSpec(spec);
  const said = diagnostics.map(({ severity, rule, pointer, line, column, message, narrowRepair }) => {
    const repair = narrowRepair === LOOK ? '' : ` → ${narrowRepair ?? ''}`;
    return `${severity} ${rule} ${pointer ?? ''} ${line}:${column} ${message}${repair}`;
  });
  if (text === null) return said;
  expect(checkSpec(text).ok).to.equal(true);
  return [...said, ...difference(spec.split('\n'), text.split('\n'))];
}

const sections = (): string => {
  const all = Object.entries(CASES).flatMap(([group, cases]) =>
    cases.map(([what, change]) => [`# ${group}: ${what}`, ...report(change)].join('\n')),
  );
  return `${all.join('\n\n')}\n`;
};

if (process.env['WRITE_REPORTS'] === '1') writeFileSync(FILE, sections());

describe('migration: what is said and written', () => {
  const expected = new Map(
    readFileSync(FILE, 'utf8')
      .trimEnd()
      .split('\n\n#')
      .map((section) => {
        const [title = '', ...lines] = section.split('\n');
        return [title.replace(/^#? /, ''), lines];
      }),
  );
  for (const [group, cases] of Object.entries(CASES)) {
    for (const [what, change] of cases) {
      it(`${group}: ${what}`, () => {
        expect(report(change)).to.deep.equal(expected.get(`${group}: ${what}`));
      });
    }
  }
});

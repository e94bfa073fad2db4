import type { Diagnostic } from '../diagnostic.js';
import { errorAt, warningAt } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { decideScope } from '../scope.js';
import { normalizePath } from '../scope-path.js';
import type { RuleContext } from './context.js';

/** What a mode promises. The first CAWS had these as prose for agents; no version of it enforces them. */
export function modeRules(spec: Spec, context: RuleContext): Diagnostic[] {
  switch (spec.mode) {
    case 'refactor':
      return [...noMigration(spec), ...contractsStay(spec, context)];
    case 'fix':
      return [...contractsStay(spec, context), ...redToGreen(spec)];
    case 'doc':
      return [...noMigration(spec), ...documentsOnly(spec, context)];
    case 'chore':
      return [...noMigration(spec), ...choreTier(spec)];
    case 'feature':
      return [];
  }
}

function noMigration({ mode, blast_radius }: Spec): Diagnostic[] {
  if (blast_radius.data_migration !== true) return [];
  const message = `a ${mode} does not migrate data`;
  const place = { pointer: '/blast_radius/data_migration' };
  return [
    errorAt(
      `arbiter.mode.${mode}_migrates_data`,
      message,
      place,
      'Make it a feature or a fix, or leave the data.',
    ),
  ];
}

/** A refactoring or a fix keeps what it promised: the change leaves the files of contracts alone, and the scope need not hold them. */
function contractsStay(spec: Spec, { changedPaths }: RuleContext): Diagnostic[] {
  return spec.contracts.flatMap(({ path }, i) => {
    const normal = normalizePath(path);
    if (!normal.ok) return [];
    const place = { pointer: `/contracts/${i}/path` };
    if (changedPaths?.includes(normal.path) === true) {
      const message = `a ${spec.mode} does not change contracts; it changes ${normal.path}`;
      const repair = `Take the change of ${normal.path} back, or make the work a feature.`;
      return [errorAt(`arbiter.mode.${spec.mode}_changes_contract`, message, place, repair)];
    }
    if (changedPaths !== undefined || decideScope(normal.path, spec.scope).kind !== 'admit') return [];
    const message = `a ${spec.mode} does not change contracts, but its scope admits ${normal.path}`;
    const repair = `Add ${normal.path} to scope.out.`;
    return [warningAt(`arbiter.mode.${spec.mode}_admits_contract`, message, place, repair)];
  });
}

/** A fix is shown by a test that failed before it: some criterion must name one. */
function redToGreen({ acceptance, evidence }: Spec): Diagnostic[] {
  const named = acceptance.some(
    ({ test_command, test_nodeids }) => isSaid(test_command) || (test_nodeids ?? []).some(isSaid),
  );
  if (named || (evidence ?? []).some(({ test_nodeid }) => isSaid(test_nodeid))) return [];
  const message = 'a fix needs a test that fails without it, and no criterion names one';
  const repair = 'Add `test_nodeids` or `test_command` to the criterion that the fix meets.';
  return [errorAt('arbiter.mode.fix_without_test', message, { pointer: '/acceptance' }, repair)];
}

const DOCUMENT = /\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|svg|png|jpe?g|gif|webp|drawio|puml|mmd)$/i;
const DOCUMENT_NAME =
  /^(?:readme|changelog|license|notice|authors|contributing|code_of_conduct|security)(?:\.[^/]*)?$/i;

/** A text or picture by its name. A page built from code is code. */
export function isDocument(path: string): boolean {
  return DOCUMENT.test(path) || DOCUMENT_NAME.test(path.split('/').at(-1) ?? '');
}

function documentsOnly(spec: Spec, { changedPaths }: RuleContext): Diagnostic[] {
  const changed = (changedPaths ?? []).filter((path) => !isDocument(path));
  if (changed[0] !== undefined) {
    const message = `a doc changes documents only; it changes ${changed[0]}${changed.length > 1 ? ` and ${changed.length - 1} more` : ''}`;
    return [
      errorAt(
        'arbiter.mode.doc_changes_code',
        message,
        { pointer: '/mode' },
        'Choose the mode that the work has.',
      ),
    ];
  }
  if (changedPaths !== undefined) return [];
  return spec.scope.in.flatMap((entry, i) => {
    if (!/\.[A-Za-z0-9]+$/.test(entry) || isDocument(entry)) return [];
    const message = `a doc changes documents only, but its scope admits ${entry}`;
    const place = { pointer: `/scope/in/${i}` };
    return [
      warningAt('arbiter.mode.doc_admits_code', message, place, 'Name documents, or choose another mode.'),
    ];
  });
}

/** CAWS asks no contracts of a chore, whatever its tier: the cheapest way around them. */
function choreTier({ risk_tier, contracts }: Spec): Diagnostic[] {
  if (risk_tier === 3 || contracts.length > 0) return [];
  const message = `a chore of tier ${risk_tier} has no contracts: work of this risk should name what it promises`;
  const repair = 'Add a contract, or make the work tier 3 if nothing depends on it.';
  return [warningAt('arbiter.mode.chore_without_contract', message, { pointer: '/contracts' }, repair)];
}

function isSaid(text: string | undefined): boolean {
  return (text ?? '').trim() !== '';
}

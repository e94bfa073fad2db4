import type { Reading } from './report.js';
import { shown, textOf } from './report.js';

const SPEC_ID = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/;
const MODES = ['feature', 'refactor', 'fix', 'doc', 'chore'];

/** Who the spec is: id, title, tier, mode. */
export function readIdentity(reading: Reading): void {
  readId(reading);
  readTitle(reading);
  readTier(reading);
  readMode(reading);
}

function readId({ spec, missing }: Reading): void {
  const { id } = spec;
  if (typeof id === 'string' && SPEC_ID.test(id)) return;
  const raised = typeof id === 'string' ? id.toUpperCase() : '';
  const hint = SPEC_ID.test(raised) ? `, perhaps ${raised}` : ' such as FEAT-12';
  const said = id === undefined ? 'the spec has no id' : `${shown(id)} is no spec id`;
  // An id is what others refer to: not even its case is changed for it.
  missing('spec.migrate.missing_id', ['id'], said, `Give it an id${hint}.`);
}

function readTitle({ spec, edit, derived, missing }: Reading): void {
  const { title } = spec;
  const text = textOf(title);
  if (text === null || text.trim() === '') {
    missing(
      'spec.migrate.missing_title',
      ['title'],
      'the spec has no title',
      'Say in a line what the work is.',
    );
  } else if (text.length > 200) {
    missing(
      'arbiter.migrate.title_too_long',
      ['title'],
      `the title has ${text.length} characters; v12 allows 200`,
      'Shorten the title.',
    );
  } else if (typeof title !== 'string') {
    edit.set(['title'], text);
    derived(
      'arbiter.migrate.read_as_text',
      ['title'],
      `title ${shown(title)} read as the text ${shown(text)}`,
    );
  }
}

function readTier({ spec, edit, derived, missing }: Reading): void {
  const tier = spec['risk_tier'];
  if (tier === 1 || tier === 2 || tier === 3) return;
  const read = typeof tier === 'string' ? /^\s*(?:T|tier[ _-]?)?([123])\s*$/i.exec(tier)?.[1] : undefined;
  if (read === undefined) {
    const said =
      tier === undefined ? 'the spec has no risk_tier' : `risk_tier ${shown(tier)} is not 1, 2 or 3`;
    const repair = 'Write 1 (critical), 2 (standard) or 3 (low risk).';
    missing('spec.migrate.risk_tier_unresolvable', ['risk_tier'], said, repair);
    return;
  }
  edit.set(['risk_tier'], Number(read));
  derived('spec.migrate.risk_tier_coerced', ['risk_tier'], `risk_tier ${shown(tier)} read as ${read}`);
}

/** `type` named the kind of work while `mode` was only `development`. */
function readMode({ spec, edit, derived, renamed, missing }: Reading): void {
  const { mode, type } = spec;
  const typed = modeOf(type);
  const own = modeOf(mode);
  if (own !== null) {
    if (own !== mode) {
      edit.set(['mode'], own);
      renamed('arbiter.migrate.mode_renamed', ['mode'], `mode ${shown(mode)} is written ${own} in v12`);
    }
    if (type === undefined) return;
    edit.drop(['type'], typed === own ? 'said elsewhere' : 'as comment');
    if (typed === own) renamed('arbiter.migrate.type_is_mode', ['type'], `type ${own} says what mode says`);
    else {
      const message = `mode is ${own}, type ${shown(type)}; mode is what counted and is kept`;
      derived('spec.migrate.mode_type_disagreement', ['type'], message);
    }
    return;
  }
  if (typed === null) {
    const said = mode === undefined ? 'the spec has no mode' : `mode ${shown(mode)} has no successor in v12`;
    missing('spec.migrate.mode_unresolvable', ['mode'], said, `Write one of ${MODES.join(', ')}.`);
    return;
  }
  edit.set(['mode'], typed, ['risk_tier', 'title', 'id']);
  edit.drop(['type'], 'said elsewhere');
  const message = `mode ${shown(mode)} read as ${typed}, which type says`;
  derived('spec.migrate.mode_overridden_from_type', ['mode'], message);
}

function modeOf(value: unknown): string | null {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (word === 'docs' || word === 'documentation') return 'doc';
  return MODES.includes(word) ? word : null;
}

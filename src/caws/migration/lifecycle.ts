import type { Reading } from './report.js';
import { shown } from './report.js';

interface Standing {
  readonly state: 'draft' | 'active' | 'closed' | 'archived';
  readonly resolution?: 'completed' | 'superseded' | 'abandoned';
  /** The word itself says how it ended; nothing had to be assumed. */
  readonly said?: true;
}

/** What the words of the older formats, and those found in real files, mean in v12. */
const STANDINGS: Readonly<Record<string, Standing>> = {
  draft: { state: 'draft' },
  proposed: { state: 'draft' },
  planned: { state: 'draft' },
  active: { state: 'active' },
  in_progress: { state: 'active' },
  'in-progress': { state: 'active' },
  completed: { state: 'closed', resolution: 'completed', said: true },
  complete: { state: 'closed', resolution: 'completed', said: true },
  done: { state: 'closed', resolution: 'completed', said: true },
  implemented: { state: 'closed', resolution: 'completed', said: true },
  closed: { state: 'closed', resolution: 'completed' },
  superseded: { state: 'closed', resolution: 'superseded', said: true },
  abandoned: { state: 'closed', resolution: 'abandoned', said: true },
  cancelled: { state: 'closed', resolution: 'abandoned', said: true },
  archived: { state: 'archived' },
};
const STATES = ['draft', 'active', 'closed', 'archived'];
const RESOLUTIONS = ['completed', 'superseded', 'abandoned'];

/** Where the spec stands: `status` becomes `lifecycle_state`, and what has ended gets a resolution. */
export function readLifecycle(reading: Reading): void {
  const { spec, edit, derived, renamed, missing, kept } = reading;
  const { status } = spec;
  const own = spec['lifecycle_state'];
  if (typeof own === 'string' && STATES.includes(own)) {
    if (status !== undefined) {
      edit.drop(['status']);
      kept(['status'], `status ${shown(status)} stands beside lifecycle_state, which counts`);
    }
    conclude(reading, { state: own as Standing['state'] });
    return;
  }
  const word = own ?? status;
  const key = own === undefined ? 'status' : 'lifecycle_state';
  if (word === undefined) {
    const state = reading.options.state ?? 'draft';
    edit.set(['lifecycle_state'], state, ['mode', 'risk_tier', 'title', 'id']);
    const message = `the older format had no states; read as ${state}`;
    derived(
      'arbiter.migrate.state_assumed',
      ['lifecycle_state'],
      message,
      'Write `active` if the spec is in force.',
    );
    conclude(reading, { state });
    return;
  }
  const name = typeof word === 'string' ? word.trim().toLowerCase() : '';
  const standing = Object.hasOwn(STANDINGS, name) ? STANDINGS[name] : undefined;
  if (standing === undefined) {
    const said = `${key} ${shown(word)} is no state that v12 or an older format knows`;
    missing(
      'spec.migrate.lifecycle_unmapped',
      [key],
      said,
      `Write \`lifecycle_state\`: one of ${STATES.join(', ')}.`,
    );
    return;
  }
  if (own === undefined) edit.rename(['status'], 'lifecycle_state');
  else if (status !== undefined) edit.drop(['status']);
  edit.set(['lifecycle_state'], standing.state);
  if (standing.state === name) {
    if (own === undefined) renamed('spec.migrate.safe_rename', ['status'], 'status is now lifecycle_state');
  } else {
    derived(
      'spec.migrate.lifecycle_mapping_applied',
      [key],
      `${key} ${shown(word)} read as ${standing.state}`,
    );
  }
  conclude(reading, standing);
}

/** A closed or archived spec says how it ended. The older formats had one word for finished work and none for given up. */
function conclude(reading: Reading, standing: Standing): void {
  const { spec, edit, derived, missing } = reading;
  const ended = standing.state === 'closed' || standing.state === 'archived';
  const given = spec['resolution'];
  if (!ended || (typeof given === 'string' && RESOLUTIONS.includes(given))) return;
  const resolution =
    standing.resolution ?? (typeof spec['superseded_by'] === 'string' ? ('superseded' as const) : undefined);
  if (resolution === undefined || (given !== undefined && standing.said !== true)) {
    const said = `the spec is ${standing.state}, and nothing in it says how it ended`;
    const repair = `Add \`resolution\`: one of ${RESOLUTIONS.join(', ')}.`;
    missing('arbiter.migrate.resolution_unknown', ['resolution'], said, repair);
    return;
  }
  edit.set(['resolution'], resolution, ['lifecycle_state']);
  const message =
    standing.said === true || resolution === 'superseded'
      ? `resolution ${resolution}, as the document says`
      : `closed read as resolution ${resolution}: the older format closed what was done and had no word for given up`;
  derived(
    'arbiter.migrate.resolution_read',
    ['resolution'],
    message,
    'Write `abandoned` if it was given up.',
  );
}

/** `created` and bare dates become the date-times that v12 asks for. */
export function readDates({ spec, edit, derived, renamed, kept }: Reading): void {
  for (const [from, to] of [
    ['created', 'created_at'],
    ['updated', 'updated_at'],
    ['created_at', 'created_at'],
    ['updated_at', 'updated_at'],
  ] as const) {
    const value = spec[from];
    if (value === undefined) continue;
    const moment = momentOf(value);
    if (moment === null || (from !== to && spec[to] !== undefined)) {
      edit.drop([from]);
      kept([from], moment === null ? `${from} ${shown(value)} is no time` : `${to} is there already`);
      continue;
    }
    if (from !== to) {
      edit.rename([from], to);
      renamed('spec.migrate.safe_rename', [from], `${from} is now ${to}`);
    }
    if (moment === value) continue;
    edit.set([to], moment);
    derived('spec.migrate.created_at_coerced', [from], `${from} ${shown(value)} read as ${moment}`);
  }
}

/** A time with its zone as it is; a date or a time without zone as UTC. */
export function momentOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?\s*(Z|z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (match === null) return null;
  const [, day = '', minute = '00:00', second = ':00', zone = 'Z'] = match;
  const moment = `${day}T${minute}${second}${zone.toUpperCase()}`;
  if (Number.isNaN(Date.parse(moment))) return null;
  return /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(value)
    ? value
    : moment;
}

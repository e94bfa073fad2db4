import type { Diagnostic } from '../diagnostic.js';
import { errorAt, warningAt } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { whyUnsafe } from '../scope.js';
import { normalizePath, trimEntry } from '../scope-path.js';

const SIDES = ['in', 'out', 'support'] as const;
type Side = (typeof SIDES)[number];

/** Entries that can match nothing, match too much, or take back what another entry gives. */
export function scopeEntryRules({ scope }: Spec): Diagnostic[] {
  return [
    ...SIDES.flatMap((side) => (scope[side] ?? []).flatMap((entry, i) => entryRules(side, entry, i))),
    ...(scope.out ?? []).flatMap((entry, i) => takenBack(entry, i, [...scope.in, ...(scope.support ?? [])])),
  ];
}

function entryRules(side: Side, entry: string, index: number): Diagnostic[] {
  const place = { pointer: `/scope/${side}/${index}` };
  const normal = normalizePath(entry);
  if (!normal.ok || entry.trim() === '') {
    const why = normal.ok ? 'blank' : normal.why.replace('_', ' ');
    const message = `scope.${side} entry "${entry}" names no path in the repository (${why})`;
    const repair = 'Write a path or glob relative to the root of the repository; `**` means all of it.';
    return [errorAt('arbiter.scope.unusable', message, place, repair)];
  }
  return side === 'out' ? outRules(entry, place) : inRules(side, entry, normal.path, place);
}

/** CAWS reads scope.out as plain prefixes and refuses `*` and `?` only: `src/{a,b}` shuts out nothing. */
function outRules(entry: string, place: { readonly pointer: string }): Diagnostic[] {
  if (!/[{}]|\[[^\]]*\]|[!@+]\(/.test(entry)) return [];
  const message = `scope.out entry "${entry}" is compared letter by letter, so it shuts out nothing it seems to`;
  return [errorAt('arbiter.scope.out_glob', message, place, 'Write one entry for each folder or file.')];
}

const EVERYTHING: readonly string[] = ['**', '*', '**/*', '.'];

function inRules(side: Side, entry: string, path: string, place: { readonly pointer: string }): Diagnostic[] {
  const why = whyUnsafe(entry);
  if (why !== null) {
    const message = `scope.${side} entry "${entry}" is not accepted: ${why}`;
    return [errorAt('arbiter.scope.unsafe_glob', message, place, 'Write several simpler globs.')];
  }
  if (!EVERYTHING.includes(path)) return [];
  const message = `scope.${side} entry "${entry}" is the whole repository: nothing is out of scope`;
  return [
    warningAt('arbiter.scope.everything', message, place, 'Name the folders that the work may change.'),
  ];
}

/** CAWS reports an out entry that holds an in entry, but not one that equals it. */
function takenBack(entry: string, index: number, given: readonly string[]): Diagnostic[] {
  const same = given.find((each) => trimEntry(each) === trimEntry(entry));
  if (same === undefined) return [];
  const message = `"${entry}" is given and shut out at once; shut out wins, so nothing of it may change`;
  const repair = `Remove "${entry}" from scope.out, or "${same}" from scope.in and scope.support.`;
  return [errorAt('arbiter.scope.in_equals_out', message, { pointer: `/scope/out/${index}` }, repair)];
}

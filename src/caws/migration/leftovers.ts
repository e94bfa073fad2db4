import { hasError, pathOf, pointerTo } from '../diagnostic.js';
import type { Diagnostic } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { validateSpecSemantics } from '../spec-semantics.js';
import { validateSpecShape } from '../spec-shape.js';
import { specSchema } from '../spec-schema.js';
import type { Reading } from './report.js';

const REQUIRED: ReadonlySet<string> = new Set(specSchema.required);

/** Why the best known leftovers of older formats are not carried over. */
const WHY: Readonly<Record<string, string>> = {
  change_budget: 'the budget of a v12 spec comes from the policy and its tier',
  waiver_ids: 'waivers of v12 name the spec, not the other way round',
  human_override: 'an override is an event of its own; v12 has no place for it in a spec',
  experiment_mode: 'v12 has experimental_mode with a rationale and an end, for tier 3',
};

/**
 * What v12 has no place for becomes a comment where it stood: unknown keys at any depth, and optional fields that still are not
 * what v12 asks. The shape of v12 itself says which they are. A bound keeps hostile documents cheap.
 */
export function keepLeftovers(reading: Reading): void {
  for (let round = 0; round < 4; round += 1) {
    const found = validateSpecShape(reading.edit.value([]));
    const paths = [...new Map(found.flatMap(leftover).map((path) => [pointerTo(path), path])).values()];
    if (paths.length === 0) return;
    // The deepest first: what is taken out with its parent needs no comment of its own.
    for (const path of paths.sort((a, b) => a.length - b.length).slice(0, 500)) {
      if (reading.edit.node(path) === undefined) continue;
      const [top] = path;
      if (saysNothing(reading.edit.value(path))) {
        reading.edit.drop(path, 'said elsewhere');
        reading.renamed(
          'arbiter.migrate.empty_field',
          path,
          `${path.join('.').slice(0, 120)} was empty; v12 has no place for it`,
        );
        continue;
      }
      reading.edit.drop(path);
      const why =
        path.length === 1 && typeof top === 'string' && Object.hasOwn(WHY, top) ? WHY[top] : undefined;
      reading.kept(path, why ?? `v12 has no place for ${path.join('.').slice(0, 120)} as it is written`);
    }
  }
}

const saysNothing = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

function leftover(found: Diagnostic): string[][] {
  const path = pathOf(found.pointer ?? '/');
  const whole = found.key === undefined ? path : [...path, found.key];
  const unknown =
    found.rule.startsWith('spec.schema.forbidden_field') || found.message.includes('unknown key');
  if (unknown) return [whole];
  const [top] = path;
  if (top === undefined) return [];
  if (!REQUIRED.has(top)) return [[top]];
  const inside = OPTIONAL_INSIDE.exec(path.join('/'))?.[0];
  return inside === undefined ? [] : [inside.split('/')];
}

/** Fields of required ones that a spec may do without. Not scope.out: without it the work could touch more. */
const OPTIONAL_INSIDE =
  /^(?:contracts\/\d+\/(?:path|description)|acceptance\/\d+\/(?:test_command|test_nodeids|evidence|narrative)|blast_radius\/data_migration|scope\/support)(?=\/|$)/;

/**
 * What v12 still finds, both layers at once, so that a person sees everything that is to be supplied: the semantic rules run on
 * the document with stand-ins where its shape fails, and only their findings about the document's own fields count.
 */
export function remaining(value: unknown, reported: readonly Diagnostic[]): Diagnostic[] {
  const shape = validateSpecShape(value);
  const broken = new Set(shape.map((d) => topOf(d)));
  const kept = Object.entries(value as object).filter(([key]) => !broken.has(key));
  const semantics = broken.has('')
    ? []
    : validateSpecSemantics({ ...STAND_INS, ...Object.fromEntries(kept) });
  const own = semantics.filter((d) => !broken.has(topOf(d)));
  const told = new Set<string>();
  const above = new Set<string>();
  for (const { severity, pointer = '/' } of reported) {
    if (severity !== 'error') continue;
    const path = pathOf(pointer === '/status' ? '/lifecycle_state' : pointer);
    told.add(pointerTo(path));
    for (let length = 1; length < path.length; length += 1) above.add(pointerTo(path.slice(0, length)));
  }
  return [...shape, ...own].filter((d) => hasError([d]) && !isTold(d, told, above));
}

/** Whether a finding is about a place that was reported, about one in it, or about one that holds it. */
function isTold(found: Diagnostic, told: ReadonlySet<string>, above: ReadonlySet<string>): boolean {
  const own = [...pathOf(found.pointer ?? '/'), ...(found.key === undefined ? [] : [found.key])];
  return above.has(pointerTo(own)) || own.some((_, i) => told.has(pointerTo(own.slice(0, i + 1))));
}

const STAND_INS: Spec = {
  id: 'ID-1',
  title: 'title',
  risk_tier: 3,
  mode: 'chore',
  lifecycle_state: 'draft',
  blast_radius: { modules: ['-'] },
  scope: { in: ['-'] },
  invariants: ['-'],
  acceptance: [],
  non_functional: {},
  contracts: [],
};

/** The field of the document a finding is about: that at the top of its place, or the missing one. */
function topOf(found: Diagnostic): string {
  return pathOf(found.pointer ?? '/')[0] ?? found.key ?? '';
}

import type { Diagnostic } from '../diagnostic.js';
import { errorAt, pointerTo, warningAt } from '../diagnostic.js';
import type { Spec } from '../model.js';

type Written = readonly [pointer: string, text: string];

/**
 * Text that says nothing: blank, or a placeholder that a template left behind. In a draft it is a warning, since a draft may be
 * unfinished; work must not begin on it.
 */
export function writtenRules(spec: Spec): Diagnostic[] {
  const at = spec.lifecycle_state === 'draft' ? warningAt : errorAt;
  return textsOf(spec).flatMap(([pointer, text]) => {
    if (text.trim() === '') {
      return [at('arbiter.text.blank', `${pointer} is blank`, { pointer }, 'Write it, or remove the entry.')];
    }
    const found = placeholderIn(text);
    if (found === null) return [];
    const message = `${pointer} still holds the placeholder "${found}"`;
    return [at('arbiter.text.placeholder', message, { pointer }, 'Write what is meant in its place.')];
  });
}

const PLACEHOLDERS: readonly RegExp[] = [
  // A marker with a colon anywhere, or one that begins the text as a word of its own.
  /\b(?:TODO|TBD|TBC|FIXME|XXX|CHANGEME)\b\s*:/,
  /^\s*(?:todo|tbd|tbc|fixme|xxx|changeme|placeholder)\b\s*(?:[:.!)\]-]|$)/i,
  /\blorem ipsum\b/i,
  // Nothing but dots, dashes or question marks, and templates that were never filled in.
  /^[\s.?…_-]+$/,
  /^\s*(?:<[^<>]+>|\{\{[^{}]+\}\})\s*$/,
];

/** Most texts hold none of these: the patterns are asked only where one of them could match. */
const WORTH_ASKING = /todo|tb[dc]|fixme|xxx|changeme|placeholder|lorem|^\s*[.?…_<{-]/i;

/** The part of a text that a template left behind, or null. "Add a TODO list" is text. */
export function placeholderIn(text: string): string | null {
  if (!WORTH_ASKING.test(text)) return null;
  for (const pattern of PLACEHOLDERS) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found.trim().slice(0, 40);
  }
  return null;
}

function textsOf(spec: Spec): Written[] {
  const { non_functional, blast_radius, experimental_mode, closure_notes } = spec;
  return [
    ['/title', spec.title],
    ...listed('/blast_radius/modules', blast_radius.modules),
    ...listed('/invariants', spec.invariants),
    ...spec.acceptance.flatMap(({ given, when, then }, i) =>
      Object.entries({ given, when, then }).map(([key, text]): Written => [`/acceptance/${i}/${key}`, text]),
    ),
    ...Object.entries(non_functional).flatMap(([key, texts]) =>
      listed(pointerTo(['non_functional', key]), texts),
    ),
    ...spec.contracts.flatMap(({ name, description }, i) => [
      ...some(`/contracts/${i}/name`, name),
      ...some(`/contracts/${i}/description`, description),
    ]),
    ...listed('/observability', spec.observability),
    ...listed('/rollback', spec.rollback),
    ...some('/experimental_mode/rationale', experimental_mode?.rationale),
    ...some('/closure_notes', closure_notes),
  ];
}

function listed(pointer: string, texts: readonly string[] | undefined): Written[] {
  return (texts ?? []).map((text, i) => [`${pointer}/${i}`, text]);
}

function some(pointer: string, text: string | undefined): Written[] {
  return text === undefined ? [] : [[pointer, text]];
}

import { visit } from 'yaml';
import type { Document, Scalar, ScalarTag, ToStringOptions } from 'yaml';
import { stringifyString } from 'yaml/util';
import type { StringifyContext } from 'yaml/util';

/** Text that its author wrapped, and how wide: it is wrapped again. Text on one line stays on one line. */
const wrapped = new WeakMap<object, number>();
const WIDTH = 80;

/** Parses text as the core schema does; writes it as wide as it was. */
export const WRAPPED_TEXT: ScalarTag = {
  identify: (value) => typeof value === 'string',
  default: true,
  tag: 'tag:yaml.org,2002:str',
  resolve: (text) => text,
  stringify: (scalar, context, onComment, onChompKeep) => {
    const options = { ...context.options, lineWidth: wrapped.get(scalar) ?? 0 };
    const wide = { ...context, options, actualString: true } as StringifyContext;
    return stringifyString(scalar, wide, onComment, onChompKeep);
  },
};

/** Remembers which texts of the source were wrapped. */
export function noteWrapped(document: Document, source: string): void {
  const found: Scalar[] = [];
  let width = WIDTH;
  visit(document, {
    Scalar: (_key, scalar) => {
      const { range } = scalar;
      if (!range || scalar.type === 'BLOCK_LITERAL') return;
      const lines = source.slice(range[0], range[1]).trimEnd().split('\n');
      if (lines.length < 2) return;
      found.push(scalar);
      for (const line of lines.slice(1)) width = Math.max(width, line.length);
    },
  });
  for (const scalar of found) wrapped.set(scalar, Math.min(width, 200));
}

/** What the writer adds is written as its author writes. */
export const styleOf = (source: string): ToStringOptions => ({
  lineWidth: 0,
  singleQuote: count(source, /(^|\s)'/gm) >= count(source, /(^|\s)"/gm),
  flowCollectionPadding: count(source, /[[{] +\S/g) > count(source, /[[{][^\s\]}]/g),
});
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

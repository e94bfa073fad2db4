import { isNode, isScalar, stringify } from 'yaml';
import type { Pair } from 'yaml';

/** The text of a pair as the lines of a comment, without the indentation it had. */
export function sourceOf(pair: Pair, source: string | null): string {
  const start = isNode(pair.key) ? pair.key.range?.[0] : undefined;
  const end = isNode(pair.value) ? pair.value.range?.[2] : isNode(pair.key) ? pair.key.range?.[2] : undefined;
  const text =
    source === null || start === undefined || end === undefined
      ? stringify({
          [isScalar(pair.key) ? String(pair.key.value) : String(pair.key)]: isNode(pair.value)
            ? (pair.value.toJSON() as unknown)
            : pair.value,
        })
      : dedented(source, start, end);
  // js-yaml ends a comment at a lone carriage return: what follows would come back to life.
  return text
    .trimEnd()
    .split(/\r\n|[\r\n\u0085\u2028\u2029]/)
    .map((line) => ` ${line}`)
    .join('\n');
}

function dedented(source: string, start: number, end: number): string {
  const column = start - (source.lastIndexOf('\n', start - 1) + 1);
  const indent = new RegExp(`^ {0,${column}}`, 'gm');
  return source.slice(start, end).replace(indent, '');
}

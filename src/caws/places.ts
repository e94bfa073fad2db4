import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Pair } from 'yaml';
import type { Diagnostic } from './diagnostic.js';
import { pathOf } from './diagnostic.js';

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const START: Position = { line: 1, column: 1 };
/** Nothing of these is worth a second look at the text: it is too large, too deep or not YAML. */
const UNREAD = /^arbiter\.\w+\.(too_large|too_deep|alias_expansion)$|^\w+\.yaml\./;

/**
 * Gives every diagnostic its line and column in the text. Only documents that have something to report pay for this: the text is
 * read a second time, by a parser that knows where things stand. What is missing is placed at the object that lacks it.
 */
export function placed(text: string, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  if (diagnostics.every((d) => d.line !== undefined)) return [...diagnostics];
  const find = diagnostics.some((d) => d.line === undefined && !UNREAD.test(d.rule))
    ? finder(text)
    : () => START;
  return diagnostics.map((d) =>
    d.line === undefined ? { ...d, ...(UNREAD.test(d.rule) ? START : find(d.pointer ?? '/', d.key)) } : d,
  );
}

/** JSON pointers to positions. Never throws: a place that does not exist is the nearest one above it. */
export function finder(text: string): (pointer: string, key?: string) => Position {
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      schema: 'core',
      strict: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
  } catch {
    return () => START;
  }
  return (pointer, key) => {
    try {
      const path = [...pathOf(pointer), ...(key === undefined ? [] : [key])];
      const offset = offsetOf(document, path, key !== undefined);
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    } catch {
      return START;
    }
  };
}

function offsetOf(document: Document, path: readonly string[], atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => nameOf(item) === part);
      if (pair === undefined) return offset;
      const last = i === path.length - 1;
      // A single value is shown itself; a collection, or a key that should not be there, by its key.
      offset =
        (last && !atKey && isScalar(pair.value) ? startOf(pair.value) : undefined) ??
        startOf(pair.key) ??
        offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

/** A key as js-yaml names it. */
function nameOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node.range?.[0] ?? undefined) : undefined;
}

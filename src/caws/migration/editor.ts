import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Pair,
  parseDocument,
  Scalar,
  stringify,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import type { Document, Node, ScalarTag, ToStringOptions } from 'yaml';
import { stringifyString } from 'yaml/util';
import type { StringifyContext } from 'yaml/util';

export type Path = readonly (string | number)[];

/** Edits of one YAML document that leave its comments, its order and its quoting where they are. */
export interface Editor {
  /** The map or list or value at a path; undefined where there is none. */
  readonly node: (path: Path) => unknown;
  /** Plain data at a path, aliases written out. */
  readonly value: (path: Path) => unknown;
  readonly rename: (path: Path, to: string) => void;
  /** Puts a value at a path; a new key goes behind the last of `after`, or to the end. A single value keeps its comments. */
  readonly set: (path: Path, value: unknown, after?: readonly string[] | 'first') => void;
  /** Puts a node in the place of another; the comments around it stay. */
  readonly replace: (path: Path, node: Node) => void;
  /** Takes a key out; its text stays as a comment in the same place, unless it is said elsewhere. */
  readonly drop: (path: Path, kept?: 'as comment' | 'said elsewhere') => void;
  /** Writes a comment behind the value at a path. */
  readonly remark: (path: Path, comment: string) => void;
  readonly text: () => string;
}

/** Opens a text that the bounded reader has accepted with this value. Comments are lost only if the two parsers read it differently. */
export function openEditor(
  text: string,
  value: object,
): { readonly editor: Editor; readonly faithful: boolean } {
  const source = text.replace(/^\ufeff/, '');
  const parsed = parseDocument(source, {
    schema: 'core',
    strict: false,
    logLevel: 'silent',
    customTags: (tags) => [WRAPPED_TEXT, ...tags],
  });
  const faithful = parsed.errors.length === 0 && isMap(parsed.contents) && same(plain(parsed), value);
  if (faithful) noteWrapped(parsed, source);
  const document: Document = faithful ? parsed : parseDocument(stringify(value));
  writeAliasesOut(document);
  return { editor: editorOf(document, faithful ? source : null), faithful };
}

function editorOf(document: Document, source: string | null): Editor {
  const nodeAt = (path: Path): unknown => {
    let node: unknown = document.contents;
    for (const part of path) {
      if (isMap(node)) node = pairOf(node, String(part))?.value;
      else if (isSeq(node)) node = node.items[Number(part)];
      else return undefined;
    }
    return node;
  };
  const mapAt = (path: Path): YAMLMap | undefined => {
    const node = nodeAt(path);
    return isMap(node) ? node : undefined;
  };
  const editor: Editor = {
    node: nodeAt,
    value: (path) => {
      const node = nodeAt(path);
      return isNode(node) ? (node.toJS(document) as unknown) : node;
    },
    rename: (path, to) => {
      const pair = pairOf(mapAt(path.slice(0, -1)), String(path.at(-1)));
      if (pair === undefined) return;
      if (isScalar(pair.key)) setScalar(pair.key, to);
      else pair.key = new Scalar(to);
    },
    set: (path, value, after = []) => {
      const holder = nodeAt(path.slice(0, -1));
      const last = path.at(-1) ?? '';
      const node = document.createNode(value) as Node;
      const old = nodeAt(path);
      if (isScalar(old) && isScalar(node)) setScalar(old, node.value);
      else if (isSeq(holder)) holder.items[Number(last)] = keepComments(holder.items[Number(last)], node);
      else if (isMap(holder)) {
        const pair = pairOf(holder, String(last));
        if (pair !== undefined) pair.value = keepComments(pair.value, node);
        else insert(holder, new Pair(new Scalar(String(last)), node), after);
      }
    },
    replace: (path, node) => {
      const holder = nodeAt(path.slice(0, -1));
      const last = path.at(-1) ?? '';
      if (isSeq(holder)) holder.items[Number(last)] = keepComments(holder.items[Number(last)], node);
      const pair = isMap(holder) ? pairOf(holder, String(last)) : undefined;
      if (pair !== undefined) pair.value = keepComments(pair.value, node);
    },
    drop: (path, kept = 'as comment') => {
      const map = mapAt(path.slice(0, -1));
      const at = map?.items.findIndex((item) => nameOf(item) === String(path.at(-1))) ?? -1;
      const pair = map?.items[at];
      if (map === undefined || pair === undefined) return;
      const before = isNode(pair.key) ? pair.key.commentBefore : undefined;
      const comment = kept === 'as comment' ? sourceOf(pair, source) : undefined;
      map.items.splice(at, 1);
      leave(document, map, at, join(before, comment));
      if (map.items.length === 0 || kept === 'as comment') map.flow = false;
    },
    remark: (path, comment) => {
      const node = nodeAt(path);
      if (isScalar(node)) node.comment = join(node.comment, ` ${oneLine(comment)}`);
    },
    text: () => document.toString(styleOf(source ?? '')),
  };
  return editor;
}

/** Text that its author wrapped, and how wide: it is wrapped again. Text on one line stays on one line. */
const wrapped = new WeakMap<object, number>();
const WIDTH = 80;

const WRAPPED_TEXT: ScalarTag = {
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

function noteWrapped(document: Document, source: string): void {
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
const styleOf = (source: string): ToStringOptions => ({
  lineWidth: 0,
  singleQuote: count(source, /(^|\s)'/gm) >= count(source, /(^|\s)"/gm),
  flowCollectionPadding: count(source, /[[{] +\S/g) > count(source, /[[{][^\s\]}]/g),
});
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** A comment where a key stood: before the key that follows, or at the end of its map. */
function leave(document: Document, map: YAMLMap, at: number, comment: string | null): void {
  if (comment === null) return;
  const next = map.items[at];
  if (next !== undefined) {
    if (!isNode(next.key)) next.key = new Scalar(next.key);
    const key = next.key as Node;
    key.commentBefore = join(comment, key.commentBefore);
  } else if (map === document.contents) document.comment = join(document.comment, comment);
  else map.comment = join(map.comment, comment);
}

/** The text of a pair as the lines of a comment, without the indentation it had. */
function sourceOf(pair: Pair, source: string | null): string {
  const start = isNode(pair.key) ? pair.key.range?.[0] : undefined;
  const end = isNode(pair.value) ? pair.value.range?.[2] : isNode(pair.key) ? pair.key.range?.[2] : undefined;
  const text =
    source === null || start === undefined || end === undefined
      ? stringify({ [nameOf(pair)]: isNode(pair.value) ? (pair.value.toJSON() as unknown) : pair.value })
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

function insert(map: YAMLMap, pair: Pair, after: readonly string[] | 'first'): void {
  if (after === 'first') {
    map.items.unshift(pair);
    return;
  }
  const at = Math.max(...after.map((key) => map.items.findIndex((item) => nameOf(item) === key)), -1);
  if (at === -1) map.items.push(pair);
  else map.items.splice(at + 1, 0, pair);
}

function keepComments(old: unknown, node: Node): Node {
  if (!isNode(old)) return node;
  node.commentBefore = join(old.commentBefore, node.commentBefore);
  // The comment of a collection stands behind its last item and would move in front of the next key.
  const behind = join(
    isScalar(old) || isCollection(old) ? old.comment : undefined,
    node.comment ?? undefined,
  );
  if (behind !== null) node.comment = behind;
  if (old.spaceBefore === true) node.spaceBefore = true;
  return node;
}

function setScalar(scalar: Scalar, value: unknown): void {
  const text = typeof scalar.value === 'string' && typeof value === 'string';
  scalar.value = value;
  delete scalar.source;
  delete scalar.format;
  if (!text) delete scalar.type;
}

/** Anchors and aliases are written out: an edit of one place must not change another. */
function writeAliasesOut(document: Document): void {
  visit(document, {
    Alias: (_key, alias) => {
      const target = alias.resolve(document);
      if (target === undefined) return undefined;
      const copy = target.clone() as Node;
      withoutAnchors(copy);
      copy.commentBefore = alias.commentBefore ?? null;
      copy.comment = alias.comment ?? null;
      return copy;
    },
  });
  withoutAnchors(document);
}

function withoutAnchors(node: Node | Document): void {
  visit(node, {
    Node: (_key, each) => {
      if (!isAlias(each)) delete each.anchor;
    },
  });
}

export const pairOf = (map: YAMLMap | undefined, key: string): Pair | undefined =>
  map?.items.find((item) => nameOf(item) === key);
const nameOf = (pair: unknown): string =>
  isPair(pair) ? (isScalar(pair.key) ? String(pair.key.value) : String(pair.key)) : '';
const join = (...parts: readonly (string | null | undefined)[]): string | null => {
  const given = parts.filter((part) => part !== null && part !== undefined);
  return given.length === 0 ? null : given.join('\n');
};
const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').slice(0, 200);

function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 10_000 }) as unknown;
  } catch {
    return undefined;
  }
}

/** Deep equality of YAML data; -0 and 0 are the same, NaN equals itself. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b || (Number.isNaN(a) && Number.isNaN(b));
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.keys(a);
  return (
    left.length === Object.keys(b).length &&
    left.every(
      (key) =>
        Object.hasOwn(b, key) &&
        same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

export { isMap, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq };

import {
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
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import type { Document, Node } from 'yaml';
import { writeAliasesOut } from './aliases.js';
import { sourceOf } from './comment-text.js';
import { same } from './same.js';
import { noteWrapped, styleOf, WRAPPED_TEXT } from './writing.js';

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

export { isMap, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq };

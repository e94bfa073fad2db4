import { isAlias, visit } from 'yaml';
import type { Document, Node } from 'yaml';

/** Anchors and aliases are written out: an edit of one place must not change another. */
export function writeAliasesOut(document: Document): void {
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

import { SaxesParser } from 'saxes';
import { stop } from '../problem.js';
import { decode } from './decode.js';
import { EVIDENCE_LIMITS } from './limits.js';

export type Attributes = Readonly<Record<string, string>>;

export interface XmlHandlers {
  /** `depth` of the root is 1. */
  open(name: string, attributes: Attributes, depth: number): void;
  close?(name: string, depth: number): void;
  text?(text: string): void;
}

/**
 * Walks an XML document of a stranger: well-formed or refused, bounded, nothing fetched. A DOCTYPE may name a DTD, as Cobertura's
 * does, but not bring declarations of its own: without those there are no entities to expand (no billion laughs, no XXE).
 */
export function readXml(bytes: Uint8Array, format: string, handlers: XmlHandlers): void {
  const text = decode(bytes, format);
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let elements = 0;
  parser.on('error', (error) =>
    stop(
      'unparsable',
      `the ${format} report is not well-formed XML: ${error.message.slice(0, 200)}`,
      'Let the tool write XML.',
    ),
  );
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding === undefined || /^(utf-?8|us-ascii)$/iu.test(encoding)) return;
    stop('encoding', `the ${format} report says it is not UTF-8`, 'Let the tool write UTF-8.');
  });
  parser.on('doctype', (declaration) => {
    if (!declaration.includes('[')) return;
    const repair = 'Let the tool write no `<!DOCTYPE … [ … ]>`.';
    stop('entities', `the ${format} report declares entities of its own, which are not expanded`, repair);
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    elements += 1;
    if (depth > EVIDENCE_LIMITS.depth) {
      stop(
        'too_deep',
        `the ${format} report is nested deeper than ${EVIDENCE_LIMITS.depth} elements`,
        'Write a flat report.',
      );
    }
    if (elements > EVIDENCE_LIMITS.elements) tooMany(format, 'elements', EVIDENCE_LIMITS.elements);
    handlers.open(name, attributes, depth);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > EVIDENCE_LIMITS.attributes)
      tooMany(format, 'attributes of one element', EVIDENCE_LIMITS.attributes);
  });
  let attributes = 0;
  parser.on('opentagstart', () => {
    attributes = 0;
  });
  parser.on('closetag', ({ name }) => {
    handlers.close?.(name, depth);
    depth -= 1;
  });
  if (handlers.text !== undefined) parser.on('text', (part) => handlers.text?.(part));
  parser.write(text).close();
}

export function tooMany(format: string, what: string, most: number): never {
  return stop(
    'too_many',
    `the ${format} report has more than ${most} ${what}`,
    'Let the tool report less, or split the gate.',
  );
}

/** A count in an attribute; undefined if it is none. */
export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/u.test(text.trim()) ? Number(text) : undefined;
}

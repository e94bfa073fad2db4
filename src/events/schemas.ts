import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OWNED_TOPICS, type TopicName } from './topics.js';

/** A JSON Avro schema, as far as we walk it. */
export type AvroSchema = string | AvroSchema[] | AvroNode;
export interface AvroNode {
  type: AvroSchema;
  name?: string;
  namespace?: string;
  doc?: string;
  fields?: { name: string; type: AvroSchema; doc?: string; default?: unknown }[];
  items?: AvroSchema;
  values?: AvroSchema;
  symbols?: string[];
  size?: number;
  logicalType?: string;
}

/** An event type of one topic with its self-contained schema (shared records inlined at their first use). */
export interface EventSchema {
  readonly topic: TopicName;
  /** Full name, e.g. `arbiter.tasks.TaskReceived`. */
  readonly fullName: string;
  /** Last part of the full name. */
  readonly name: string;
  /** TopicRecordNameStrategy: `<topic>-<full name>`. */
  readonly subject: string;
  readonly schema: AvroNode;
  /** The exact text that is registered and fingerprinted. */
  readonly text: string;
}

const folder = (): string => fileURLToPath(new URL('../../events/schemas/', import.meta.url));
const readSchema = (file: string): AvroNode => JSON.parse(readFileSync(file, 'utf8')) as AvroNode;
const schemaFiles = (dir: string): string[] =>
  readdirSync(dir)
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .map((file) => path.join(dir, file));

/** The shared records, enums and fixed types, by full name. */
export const loadCommonTypes = (root = folder()): Map<string, AvroNode> => {
  const common = new Map<string, AvroNode>();
  for (const file of schemaFiles(path.join(root, 'common'))) {
    const schema = readSchema(file);
    common.set(`${schema.namespace ?? ''}.${schema.name ?? ''}`, schema);
  }
  return common;
};

const inline = (schema: AvroSchema, common: Map<string, AvroNode>, seen: Set<string>): AvroSchema => {
  if (typeof schema === 'string') {
    const shared = common.get(schema);
    if (shared === undefined || seen.has(schema)) return schema;
    seen.add(schema);
    return inline(shared, common, seen);
  }
  if (Array.isArray(schema)) return schema.map((branch) => inline(branch, common, seen));
  const node: AvroNode = { ...schema };
  if (typeof node.type === 'object') node.type = inline(node.type, common, seen);
  if (node.fields) node.fields = node.fields.map((f) => ({ ...f, type: inline(f.type, common, seen) }));
  if (node.items) node.items = inline(node.items, common, seen);
  if (node.values) node.values = inline(node.values, common, seen);
  return node;
};

const eventSchema = (topic: TopicName, source: AvroNode, common: Map<string, AvroNode>): EventSchema => {
  const name = source.name ?? '';
  const fullName = `${source.namespace ?? ''}.${name}`;
  const schema = inline(source, common, new Set([fullName])) as AvroNode;
  return { topic, fullName, name, subject: `${topic}-${fullName}`, schema, text: JSON.stringify(schema) };
};

/**
 * Every event type of every topic, in a fixed order, from `events/schemas/<topic>/<Event>.avsc`. Owned logs carry
 * `arbiter.Claimed` besides.
 */
export const loadEventSchemas = (root = folder()): EventSchema[] => {
  const common = loadCommonTypes(root);
  const found: EventSchema[] = [];
  for (const dir of readdirSync(root).sort()) {
    if (dir === 'common') continue;
    const topic = `arbiter.${dir}` as TopicName;
    for (const file of schemaFiles(path.join(root, dir)))
      found.push(eventSchema(topic, readSchema(file), common));
  }
  const claimed = common.get('arbiter.Claimed');
  if (claimed) for (const topic of OWNED_TOPICS) found.push(eventSchema(topic, claimed, common));
  return found;
};

/**
 * Writes src/events/generated/events.ts from the .avsc files. `--check` fails when the file has drifted.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadCommonTypes, loadEventSchemas, type AvroNode, type AvroSchema } from '../src/events/schemas.js';

const TARGET = fileURLToPath(new URL('../src/events/generated/events.ts', import.meta.url));
const PRIMITIVES: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
};
const local = (name: string): string => name.split('.').at(-1) ?? name;

const typeOf = (schema: AvroSchema): string => {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? local(schema);
  if (Array.isArray(schema))
    return schema
      .map(typeOf)
      .sort((a, b) => Number(a === 'null') - Number(b === 'null'))
      .join(' | ');
  if (schema.type === 'array') return `readonly ${wrap(typeOf(schema.items ?? 'null'))}[]`;
  if (schema.type === 'map') return `Readonly<Record<string, ${typeOf(schema.values ?? 'null')}>>`;
  if (schema.name) return local(schema.name);
  return typeOf(schema.type);
};
const wrap = (text: string): string => (text.includes('|') ? `(${text})` : text);

const comment = (text: string | undefined, indent: string): string =>
  text ? `${indent}/** ${text.replaceAll('*/', '* /')} */\n` : '';

const declaration = (node: AvroNode): string => {
  const name = local(node.name ?? '');
  const doc = comment(node.doc, '');
  if (node.type === 'enum')
    return `${doc}export type ${name} = ${(node.symbols ?? []).map((s) => `'${s}'`).join(' | ')};\n`;
  if (node.type === 'fixed') return `${doc}export type ${name} = Buffer;\n`;
  const fields = (node.fields ?? []).map((f) => {
    const micros =
      typeof f.type === 'object' && !Array.isArray(f.type) && f.type.logicalType === 'timestamp-micros';
    return `${comment(f.doc ?? (micros ? 'Microseconds since the epoch.' : undefined), '  ')}  readonly ${f.name}: ${typeOf(f.type)};\n`;
  });
  return `${doc}export interface ${name} {\n${fields.join('')}}\n`;
};

const generate = (): string => {
  const out = ['// Generated from events/schemas by scripts/generate-types.ts. Do not edit.\n'];
  const common = [...loadCommonTypes().values()];
  for (const node of common) out.push(declaration(node));
  const events = loadEventSchemas();
  const done = new Set(common.map((node) => local(node.name ?? '')));
  const names = new Map<string, string[]>();
  // The same record name may stand in two namespaces (a report and the event it leads to).
  const typeName = (fullName: string): string => {
    const simple = local(fullName);
    const clashes = events.filter((e) => e.name === simple && e.fullName !== fullName).length > 0;
    const scope = fullName.split('.').at(-2) ?? '';
    return clashes && scope !== 'tasks'
      ? `${scope[0]?.toUpperCase() ?? ''}${scope.slice(1)}${simple}`
      : simple;
  };
  for (const event of events) {
    const type = event.fullName === 'arbiter.Claimed' ? 'Claimed' : typeName(event.fullName);
    if (!done.has(type)) out.push(declaration({ ...event.schema, name: type }));
    done.add(type);
    names.set(event.topic, [...(names.get(event.topic) ?? []), `  readonly '${event.name}': ${type};`]);
  }
  for (const [topic, lines] of names) {
    const map =
      topic.replace('arbiter.', '').replace(/(^|-)(\w)/g, (_m, _d, ch: string) => ch.toUpperCase()) +
      'Events';
    out.push(
      `/** Event types of ${topic}, by record name. */\nexport interface ${map} {\n${lines.join('\n')}\n}\n`,
    );
  }
  const maps = [...names.keys()].map(
    (topic) =>
      `  readonly '${topic}': ${topic.replace('arbiter.', '').replace(/(^|-)(\w)/g, (_m, _d, ch: string) => ch.toUpperCase())}Events;`,
  );
  out.push(`/** Event types of every topic. */\nexport interface EventsByTopic {\n${maps.join('\n')}\n}\n`);
  return out.join('\n');
};

const text = generate();
if (process.argv.includes('--check')) {
  const present = existsSync(TARGET) ? readFileSync(TARGET, 'utf8') : '';
  if (present !== text) {
    process.stderr.write(
      'src/events/generated/events.ts has drifted from events/schemas: run npm run generate\n',
    );
    process.exit(1);
  }
} else writeFileSync(TARGET, text);

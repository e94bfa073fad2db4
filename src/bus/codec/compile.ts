/**
 * Turns (writer schema, reader schema) into one JavaScript function that reads the writer's bytes and makes the reader's
 * record: plain objects, every bound checked. avsc parses the schemas and decides on compatibility; this does the work
 * of the hot path. Only numbers, and names and defaults of the reader as JSON, go into the generated source.
 */
import avsc from 'avsc';
import type { Cursor } from './cursor.js';
import { exactLongs } from './longs.js';
import { isArray, isEnum, isFixed, isMap, isRecord, isUnion } from './schema-kinds.js';

/** Reads one record; leaves the cursor behind it. */
export type BodyReader = (cursor: Cursor) => Record<string, unknown>;

export type RecordSchema = avsc.types.RecordType;

/** Parses a self-contained schema; throws with avsc's message. Logical types are left out: micros stay plain numbers. */
export const parseSchema = (text: string): RecordSchema => {
  const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { typeHook: exactLongs });
  if (!isRecord(type)) throw new Error(`expected a record, found ${type.typeName}`);
  return type;
};

class Source {
  readonly functions: string[] = [];
  readonly #names = new Map<avsc.Type, Map<avsc.Type | null, string>>();
  readonly #open = new Set<avsc.Type>();

  /** The function that reads `writer` as `reader` (null: skips it), made once. */
  once(writer: avsc.Type, reader: avsc.Type | null, body: () => string): string {
    const known = this.#names.get(writer)?.get(reader);
    if (known !== undefined) return known;
    // A recursive type would let the depth of the stack depend on the bytes.
    if (this.#open.has(writer)) throw new Error(`recursive type ${writer.name ?? writer.typeName}`);
    this.#open.add(writer);
    const text = body();
    this.#open.delete(writer);
    const name = `f${this.functions.length}`;
    this.functions.push(`function ${name}(c) {\n${text}\n}`);
    const names = this.#names.get(writer) ?? new Map<avsc.Type | null, string>();
    this.#names.set(writer, names.set(reader, name));
    return name;
  }
}

/** Compiles a reader; throws when `reader` can not read what `writer` wrote, or when the writer's schema is a bomb. */
export const compileReader = (writer: RecordSchema, reader: RecordSchema): BodyReader => {
  reader.createResolver(writer);
  const source = new Source();
  const entry = recordFunction(source, writer, reader);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- see the head of this file
  return new Function(`'use strict';\n${source.functions.join('\n')}\nreturn ${entry};`)() as BodyReader;
};

const SKIPS: Readonly<Record<string, string>> = {
  null: '',
  boolean: 'c.boolean();',
  int: 'c.int();',
  long: 'c.long();',
  float: 'c.skip(4);',
  double: 'c.skip(8);',
  string: 'c.skipBytes();',
  bytes: 'c.skipBytes();',
};

/** A statement that passes over a value, checking it as reading would. */
const skip = (source: Source, writer: avsc.Type): string => {
  const plain = SKIPS[writer.typeName];
  if (plain !== undefined) return plain;
  if (isFixed(writer)) return `c.skip(${writer.size});`;
  if (isEnum(writer)) return `c.index(${writer.symbols.length});`;
  const name = source.once(writer, null, () => {
    if (isRecord(writer)) return writer.fields.map((field) => skip(source, field.type)).join('\n');
    if (isUnion(writer)) return branches(writer, (branch) => `${skip(source, branch)} return;`);
    const item = isMap(writer)
      ? `c.skipBytes(); ${skip(source, valuesOf(writer))}`
      : skip(source, itemsOf(writer));
    return `for (let n = c.block(); n > 0; n = c.block()) { for (; n > 0; n--) { ${item} } }`;
  });
  return `${name}(c);`;
};

/** Items without width would let five bytes stand for any number of them. */
const itemsOf = (writer: avsc.Type): avsc.Type => {
  if (!isArray(writer)) throw new Error(`unsupported type ${writer.typeName}`);
  if (isZeroWidth(writer.itemsType)) throw new Error('array items of no width');
  return writer.itemsType;
};

/** avsc's declaration says `any`. */
const valuesOf = (type: avsc.types.MapType): avsc.Type => type.valuesType as avsc.Type;

const isZeroWidth = (type: avsc.Type): boolean => {
  if (isRecord(type)) return type.fields.every((field) => isZeroWidth(field.type));
  return type.typeName === 'null' || (isFixed(type) && type.size === 0);
};

const branches = (writer: avsc.types.UnwrappedUnionType, branch: (type: avsc.Type) => string): string =>
  `switch (c.index(${writer.types.length})) {\n${writer.types.map((type, i) => `case ${i}: ${branch(type)}`).join('\n')}\n}`;

/** An expression that reads a `writer` value as `reader`. */
const read = (source: Source, writer: avsc.Type, reader: avsc.Type): string => {
  if (isUnion(writer)) return readUnion(source, writer, reader);
  if (isUnion(reader)) return read(source, writer, branchFor(writer, reader));
  if (isRecord(writer) && isRecord(reader)) return `${recordFunction(source, writer, reader)}(c)`;
  if (isEnum(writer) && isEnum(reader)) return readEnum(writer, reader);
  if (isArray(writer) && isArray(reader)) return readArray(source, writer, reader);
  if (isMap(writer) && isMap(reader)) return readMap(source, writer, reader);
  if (isFixed(writer)) return `c.fixed(${writer.size})`;
  if (writer.typeName === 'null') return 'null';
  return readPrimitive(writer.typeName, reader.typeName);
};

const readPrimitive = (writer: string, reader: string): string => {
  if (writer === 'string' || writer === 'bytes') return reader === 'string' ? 'c.string()' : 'c.bytes()';
  if (writer in SKIPS) return `c.${writer}()`;
  throw new Error(`can not read ${writer} as ${reader}`);
};

/** As avsc resolves: the first branch that can read the writer's type. */
const branchFor = (writer: avsc.Type, reader: avsc.types.UnwrappedUnionType): avsc.Type => {
  const found = reader.types.find((branch) => canRead(branch, writer));
  if (!found) throw new Error(`no branch of the union can read ${writer.typeName}`);
  return found;
};

const canRead = (reader: avsc.Type, writer: avsc.Type): boolean => {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
};

const readUnion = (source: Source, writer: avsc.types.UnwrappedUnionType, reader: avsc.Type): string => {
  const target = (branch: avsc.Type): avsc.Type => (isUnion(reader) ? branchFor(branch, reader) : reader);
  const [first, second] = writer.types;
  if (first?.typeName === 'null' && second && writer.types.length === 2)
    return `(c.index(2) === 0 ? null : ${read(source, second, target(second))})`;
  const name = source.once(writer, reader, () =>
    branches(writer, (branch) => `return ${read(source, branch, target(branch))};`),
  );
  return `${name}(c)`;
};

const readEnum = (
  writer: avsc.types.EnumType,
  reader: avsc.types.EnumType & { readonly default?: string },
): string => {
  const symbols = writer.symbols.map((symbol) => (reader.symbols.includes(symbol) ? symbol : reader.default));
  return `${JSON.stringify(symbols)}[c.index(${symbols.length})]`;
};

const readArray = (source: Source, writer: avsc.types.ArrayType, reader: avsc.types.ArrayType): string => {
  const name = source.once(writer, reader, () => {
    const item = read(source, itemsOf(writer), reader.itemsType);
    return `const out = [];\nfor (let n = c.block(); n > 0; n = c.block()) { for (; n > 0; n--) out.push(${item}); }\nreturn out;`;
  });
  return `${name}(c)`;
};

const readMap = (source: Source, writer: avsc.types.MapType, reader: avsc.types.MapType): string => {
  const name = source.once(writer, reader, () => {
    const value = read(source, valuesOf(writer), valuesOf(reader));
    // A key `__proto__` is data like any other.
    const put = `if (k === '__proto__') Object.defineProperty(out, k, { value: v, enumerable: true, writable: true, configurable: true }); else out[k] = v;`;
    return `const out = {};\nfor (let n = c.block(); n > 0; n = c.block()) { for (; n > 0; n--) { const k = c.string(); const v = ${value}; ${put} } }\nreturn out;`;
  });
  return `${name}(c)`;
};

const recordFunction = (source: Source, writer: RecordSchema, reader: RecordSchema): string =>
  source.once(writer, reader, () => {
    const lines: string[] = [];
    const values = new Map<string, string>();
    writer.fields.forEach((field, i) => {
      const target = reader.fields.find(
        (candidate) => candidate.name === field.name || candidate.aliases.includes(field.name),
      );
      if (target) {
        lines.push(`const v${i} = ${read(source, field.type, target.type)};`);
        values.set(target.name, `v${i}`);
      } else lines.push(skip(source, field.type));
    });
    const fields = reader.fields.map(
      (field) => `${JSON.stringify(field.name)}: ${values.get(field.name) ?? defaultOf(field)}`,
    );
    return `${lines.join('\n')}\nreturn { ${fields.join(', ')} };`;
  });

/** A fresh value each time the literal is evaluated. avsc has refused a missing field without a default. */
const defaultOf = (field: avsc.types.Field): string => {
  const text = JSON.stringify(field.defaultValue()) as string | undefined;
  if (text === undefined || text.includes('"type":"Buffer"'))
    throw new Error(`unsupported default of field ${field.name}`);
  return text;
};

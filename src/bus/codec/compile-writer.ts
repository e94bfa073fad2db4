/**
 * Turns a schema into one JavaScript function that checks and writes a record in a single pass. avsc parses the schema, and
 * says in the slow way what is wrong with a record that this refuses. Only numbers, and names, symbols and defaults of our
 * own schemas as JSON, go into the generated source.
 */
import type avsc from 'avsc';
import type { RecordSchema } from './compile.js';
import { isArray, isEnum, isFixed, isMap, isRecord, isUnion } from './schema-kinds.js';
import { MISFIT, type Sink } from './sink.js';

/** Writes one record; throws `MISFIT` for a value that does not fit, an undeclared field included. */
export type BodyWriter = (sink: Sink, record: object) => void;

const PRIMITIVES: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'double', 'string', 'bytes']);

class Source {
  readonly functions: string[] = [];
  readonly #names = new Map<avsc.Type, string>();

  once(type: avsc.Type, body: () => string): string {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    const name = `w${this.#names.size}`;
    this.#names.set(type, name);
    this.functions.push(`function ${name}(s, v) {\n${body()}\n}`);
    return name;
  }

  /** A table of an enum's symbols. */
  table(type: avsc.types.EnumType): string {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    const name = `e${this.#names.size}`;
    this.#names.set(type, name);
    const pairs = type.symbols.map((symbol, index) => [symbol, index]);
    this.functions.push(`const ${name} = new Map(${JSON.stringify(pairs)});`);
    return name;
  }
}

/** Compiles a writer; throws for a construct that our schemas do not use. */
export const compileWriter = (schema: RecordSchema): BodyWriter => {
  const source = new Source();
  const entry = recordFunction(source, schema);
  const text = `'use strict';\n${source.functions.join('\n')}\nreturn ${entry};`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- see the head of this file
  return new Function('MISFIT', text)(MISFIT) as BodyWriter;
};

/** A statement that writes the value of an expression without side effects. */
const write = (source: Source, type: avsc.Type, value: string): string => {
  if (PRIMITIVES.has(type.typeName)) return `s.${type.typeName}(${value});`;
  if (type.typeName === 'null') return `if (${value} !== null) throw MISFIT;`;
  if (isFixed(type)) return `s.fixed(${value}, ${type.size});`;
  if (isEnum(type)) return `s.symbol(${source.table(type)}.get(${value}));`;
  if (isUnion(type)) return writeOptional(source, type, value);
  if (isRecord(type)) return `${recordFunction(source, type)}(s, ${value});`;
  if (isArray(type)) return `${arrayFunction(source, type)}(s, ${value});`;
  if (isMap(type)) return `${mapFunction(source, type)}(s, ${value});`;
  throw new Error(`unsupported type ${type.typeName}`);
};

const writeOptional = (source: Source, type: avsc.types.UnwrappedUnionType, value: string): string => {
  const [first, second] = type.types;
  if (first?.typeName !== 'null' || second === undefined || type.types.length > 2)
    throw new Error('unsupported union: only of null and one other type');
  // To avsc's unions an array is never a record, not even of defaults alone.
  const guard = isRecord(second) ? `if (Array.isArray(${value})) throw MISFIT; ` : '';
  return `if (${value} === null) s.count(0); else { ${guard}s.count(1); ${write(source, second, value)} }`;
};

const arrayFunction = (source: Source, type: avsc.types.ArrayType): string =>
  source.once(
    type,
    () => `if (!Array.isArray(v)) throw MISFIT;
if (v.length > 0) { s.count(v.length); for (let i = 0; i < v.length; i++) { const one = v[i]; ${write(source, type.itemsType, 'one')} } }
s.count(0);`,
  );

const mapFunction = (source: Source, type: avsc.types.MapType): string =>
  source.once(
    type,
    () => `if (typeof v !== 'object' || v === null || Array.isArray(v)) throw MISFIT;
const keys = Object.keys(v);
if (keys.length > 0) { s.count(keys.length); for (let i = 0; i < keys.length; i++) { const one = v[keys[i]]; s.string(keys[i]); ${write(source, type.valuesType as avsc.Type, 'one')} } }
s.count(0);`,
  );

/** A missing field takes its default; a field that the schema does not name would be lost, and is refused. */
const recordFunction = (source: Source, type: RecordSchema): string =>
  source.once(type, () => {
    const lines = ["if (typeof v !== 'object' || v === null) throw MISFIT;", 'let missing = 0;'];
    type.fields.forEach((field, i) => {
      lines.push(`let f${i} = v[${JSON.stringify(field.name)}];`);
      const fallback = defaultOf(field);
      lines.push(
        `if (f${i} === undefined) { if (!(${JSON.stringify(field.name)} in v)) missing++; ${fallback === undefined ? 'throw MISFIT;' : `f${i} = ${fallback};`} }`,
        write(source, field.type, `f${i}`),
      );
    });
    lines.push(
      'let found = missing;',
      'for (const _ in v) found++;',
      `if (found !== ${type.fields.length}) throw MISFIT;`,
    );
    return lines.join('\n');
  });

const defaultOf = (field: avsc.types.Field): string | undefined => {
  const text = JSON.stringify(field.defaultValue()) as string | undefined;
  if (text?.includes('"type":"Buffer"')) throw new Error(`unsupported default of field ${field.name}`);
  return text;
};

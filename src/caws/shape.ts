import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Place } from './diagnostic.js';

let compiler: Ajv2020 | undefined;

/** Compiles a schema of ours: every violation is reported, and an unclear schema refuses to compile. */
export function compileShape(schema: object): ValidateFunction {
  // One compiler for all: to make one costs more than to compile most schemas.
  if (compiler === undefined) {
    compiler = new Ajv2020({ allErrors: true, strict: true });
    formats.default(compiler);
  }
  return compiler.compile(schema);
}

export function pointerOf(error: ErrorObject): string {
  return error.instancePath === '' ? '/' : error.instancePath;
}

/** The object a violation is in and, for an unknown or missing key, that key. */
export function placeOf(error: ErrorObject): Place {
  const key = propertyOf(error);
  return { pointer: pointerOf(error), ...(key === '' ? {} : { key }) };
}

/** The property an `additionalProperties` or `required` error is about. */
export function propertyOf(error: ErrorObject): string {
  const params = error.params as { additionalProperty?: string; missingProperty?: string };
  return params.additionalProperty ?? params.missingProperty ?? '';
}

export interface Wording {
  readonly message: string;
  readonly repair: string;
}

type Params = Readonly<Record<string, unknown>>;

const WORDINGS: Readonly<Record<string, (at: string, params: Params) => Wording>> = {
  required: (at, p) => ({
    message: `${at} lacks \`${String(p.missingProperty)}\``,
    repair: `Add \`${String(p.missingProperty)}\`.`,
  }),
  additionalProperties: (at, p) => ({
    message: `${at} has the unknown key \`${clip(String(p.additionalProperty))}\``,
    repair: `Remove \`${clip(String(p.additionalProperty))}\` or correct its name.`,
  }),
  type: (at, p) => ({
    message: `${at} must be ${article(String(p.type))}`,
    repair: `Write ${article(String(p.type))}.`,
  }),
  enum: (at, p) => ({
    message: `${at} must be one of ${list(p.allowedValues)}`,
    repair: `Write one of ${list(p.allowedValues)}.`,
  }),
  const: (at, p) => ({
    message: `${at} must be ${JSON.stringify(p.allowedValue)}`,
    repair: `Write ${JSON.stringify(p.allowedValue)}.`,
  }),
  minLength: (at, p) => ({
    message: `${at} is too short`,
    repair: `Write at least ${String(p.limit)} character(s).`,
  }),
  maxLength: (at, p) => ({
    message: `${at} is longer than ${String(p.limit)} characters`,
    repair: `Shorten it to ${String(p.limit)} characters.`,
  }),
  minItems: (at, p) => ({
    message: `${at} needs at least ${String(p.limit)} entry`,
    repair: `Add ${String(p.limit)} entry or more.`,
  }),
  minimum: (at, p) => ({
    message: `${at} must be at least ${String(p.limit)}`,
    repair: `Write ${String(p.limit)} or more.`,
  }),
  maximum: (at, p) => ({
    message: `${at} must be at most ${String(p.limit)}`,
    repair: `Write ${String(p.limit)} or less.`,
  }),
  pattern: (at, p) => ({
    message: `${at} does not match ${String(p.pattern)}`,
    repair: `Write a value that matches ${String(p.pattern)}.`,
  }),
  format: (at, p) => ({
    message: `${at} is not a ${String(p.format)} of RFC 3339`,
    repair: 'Write a time with a zone, such as 2026-01-31T12:00:00Z.',
  }),
};

/** What a person reads about one schema violation. */
export function wordingOf(error: ErrorObject): Wording {
  const at = error.instancePath === '' ? 'the document' : error.instancePath;
  const wording = WORDINGS[error.keyword];
  if (wording !== undefined) return wording(at, error.params as Params);
  return {
    message: `${at} ${error.message ?? 'is not allowed'}`,
    repair: 'Correct the value named by the pointer.',
  };
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((v) => JSON.stringify(v)).join(', ') : '';
}

/** Keys come from whoever wrote the document: keep them short in messages. */
function clip(key: string): string {
  return key.length <= 80 ? key : `${key.slice(0, 77)}...`;
}

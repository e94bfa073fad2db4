import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Diagnostic } from '../../src/caws/index.js';

/** The shared vectors lie beside the repository, or, for a copy of it, further up; or nowhere. */
function conformanceFrom(dir: string): string | undefined {
  const found = join(dir, 'shared', 'conformance');
  if (existsSync(found)) return found;
  return dirname(dir) === dir ? undefined : conformanceFrom(dirname(dir));
}

const CONFORMANCE = conformanceFrom(dirname(fileURLToPath(import.meta.url)));

export const hasShared = CONFORMANCE !== undefined;

/** Where the shared data is not, a test that needs it is skipped and says why. */
const needingShared =
  (make: (title: string, body: () => void) => unknown) =>
  (title: string, body: () => void): unknown =>
    hasShared
      ? make(title, body)
      : it(`${title} (skipped: there is no shared/conformance beside the repository)`);

export const describeShared = needingShared(describe);
export const itShared = needingShared(it);

export interface Expected {
  rule: string;
  severity?: string;
  pointer?: string;
}

export interface Vector {
  id: string;
  fn: string;
  args: unknown[];
  expect: {
    ok?: boolean;
    errors?: Expected[];
    value?: unknown;
    throws?: { name?: string; rule?: string; message: string };
  } & Record<string, unknown>;
  from: { test: string };
}

/** What JSON cannot say stands in the vectors as `__NAME`. */
const MARKERS: Readonly<Record<string, unknown>> = {
  __undefined: undefined,
  __NaN: NaN,
  __Infinity: Infinity,
  '__-Infinity': -Infinity,
  __function: () => undefined,
  __symbol: Symbol('any'),
  __bigint: 1n,
};

function restore(value: unknown): unknown {
  if (typeof value === 'string') return Object.hasOwn(MARKERS, value) ? MARKERS[value] : value;
  if (Array.isArray(value)) return value.map(restore);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, restore(child)]));
}

export function readShared(path: string): string {
  if (CONFORMANCE === undefined) throw new Error('no shared/conformance beside the repository');
  return readFileSync(join(CONFORMANCE, path), 'utf8');
}

export function vectorsOf<T = Vector>(name: string): T[] {
  return readShared(`caws/${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => restore(JSON.parse(line)) as T);
}

/** Every diagnostic can be read and acted upon by a person. */
export function readable(found: readonly { rule: string; message: string; narrowRepair?: string }[]): void {
  for (const d of found) {
    expect(d.message, d.rule).to.have.length.greaterThan(10);
    expect(d.narrowRepair ?? '', d.rule).to.have.length.greaterThan(5);
  }
}

const wanted = (expected: readonly Expected[]): string[] =>
  expected.map((e) => `${e.severity ?? 'error'} ${e.rule} ${e.pointer ?? ''}`).sort();

/** The same verdict, and the same rules with the same severities at the same places. */
export function sameVerdict(
  found: readonly Diagnostic[],
  vector: { ok?: boolean; errors?: Expected[] },
): void {
  const expected = vector.errors ?? [];
  const errors = found.filter((d) => d.severity === 'error');
  expect(errors.length === 0).to.equal(vector.ok);
  const places = expected.some((e) => e.pointer !== undefined);
  const shown = errors.map((d) => `${d.severity} ${d.rule} ${places ? (d.pointer ?? '') : ''}`).sort();
  expect(shown).to.deep.equal(wanted(expected));
  readable(found);
}

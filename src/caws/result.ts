import type { Diagnostic } from './diagnostic.js';

/** What a check of one value comes to: the value, or why not. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly Diagnostic[] };

export function refuse(...errors: Diagnostic[]): {
  readonly ok: false;
  readonly errors: readonly Diagnostic[];
} {
  return { ok: false, errors };
}

/** What one rule found. `rule` is stable; `pointer` is a JSON pointer, and `/` alone means the document itself (as CAWS writes it). */
export interface Diagnostic {
  readonly rule: string;
  /** Only an error makes a document invalid; `info` says how something was read. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly pointer?: string;
  /** The unknown or missing key of the object at `pointer`; CAWS' own pointers end at the object. */
  readonly key?: string;
  /** 1-based, where the place in the text is known. */
  readonly line?: number;
  readonly column?: number;
  /** The smallest change that makes this diagnostic go away. */
  readonly narrowRepair?: string;
}

export interface Place {
  readonly pointer?: string;
  readonly key?: string;
  readonly line?: number;
  readonly column?: number;
}

/** The JSON pointer (RFC 6901) of a path; the document itself is `/`, as CAWS writes it. */
export function pointerTo(path: readonly (string | number)[]): string {
  return `/${path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}

/** The path of a JSON pointer. */
export function pathOf(pointer: string): string[] {
  if (pointer === '' || pointer === '/') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function errorAt(rule: string, message: string, place: Place, narrowRepair: string): Diagnostic {
  return { rule, severity: 'error', message, ...place, narrowRepair };
}

export function warningAt(rule: string, message: string, place: Place, narrowRepair: string): Diagnostic {
  return { rule, severity: 'warning', message, ...place, narrowRepair };
}

export function infoAt(rule: string, message: string, place: Place, narrowRepair: string): Diagnostic {
  return { rule, severity: 'info', message, ...place, narrowRepair };
}

export function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** A report longer than this helps nobody, and a verdict must stay small (law 13): the rest is counted. */
export const MAX_DIAGNOSTICS = 200;

export function bounded(diagnostics: readonly Diagnostic[], rule: string): Diagnostic[] {
  if (diagnostics.length <= MAX_DIAGNOSTICS) return [...diagnostics];
  const rest = diagnostics.length - MAX_DIAGNOSTICS;
  return [
    ...diagnostics.slice(0, MAX_DIAGNOSTICS),
    errorAt(
      rule,
      `${rest} more violations are not listed`,
      { pointer: '/' },
      'Repair the listed ones first.',
    ),
  ];
}

/** Why evidence could not be read or does not count. `rule` is stable. */
export interface Problem {
  readonly rule: string;
  readonly message: string;
  readonly repair: string;
}

/** Reading never throws: hostile bytes are an answer as well. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function refuse(rule: string, message: string, repair: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { rule: `arbiter.evidence.${rule}`, message, repair } };
}

/** Carries a problem out of the middle of a parser; never leaves this folder. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

export function stop(rule: string, message: string, repair: string): never {
  throw new Refused({ rule: `arbiter.evidence.${rule}`, message, repair });
}

/** Runs a parser; whatever it throws becomes a problem. */
export function reading<T>(format: string, parse: () => T): Read<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem };
    const what = error instanceof Error ? error.message : String(error);
    return refuse(
      'unparsable',
      `the evidence is no ${format} report: ${what.slice(0, 200)}`,
      `Let the command write a ${format} report.`,
    );
  }
}

import type { Diagnostic } from '../diagnostic.js';
import type { Spec } from '../model.js';

/** What the rules may ask besides the spec. Nothing here is read by the rules themselves: they stay pure. */
export interface RuleContext {
  readonly now: Date;
  /** Whether a file is there at the commit in question; without it nothing is said about files. */
  readonly fileExists?: (path: string) => boolean;
  /** The paths a change touches (`normalizePath`), where a change is being judged; without it the scope alone is. */
  readonly changedPaths?: readonly string[];
}

/** One family of rules: all of its violations, in the order of the document. */
export type RuleFamily = (spec: Spec, context: RuleContext) => Diagnostic[];

/**
 * What CAWS v12 leaves unchecked and Arbiter can check (`arbiter.*`). Opt-in: a spec that CAWS accepts stays a CAWS spec whatever
 * these rules say of it.
 */
import type { Diagnostic } from '../diagnostic.js';
import { bounded } from '../diagnostic.js';
import type { Spec } from '../model.js';
import { acceptanceRules } from './acceptance.js';
import type { RuleContext, RuleFamily } from './context.js';
import { contractRules } from './contracts.js';
import { evidenceRules } from './evidence.js';
import { experimentRules } from './experiment.js';
import { lifecycleRules } from './lifecycle.js';
import { modeRules } from './mode.js';
import { rollbackRules } from './rollback.js';
import { scopeEntryRules } from './scope.js';
import { writtenRules } from './written.js';

export type { RuleContext } from './context.js';

const FAMILIES: readonly RuleFamily[] = [
  scopeEntryRules,
  acceptanceRules,
  writtenRules,
  experimentRules,
  contractRules,
  evidenceRules,
  rollbackRules,
  lifecycleRules,
  modeRules,
];

/**
 * All violations of the opt-in rules by a spec whose shape is right (`checkSpec(…).spec`), at most as many as a report holds.
 * Pure: the clock and the files come in by the context.
 */
export function checkArbiterRules(spec: Spec, context: RuleContext): Diagnostic[] {
  return bounded(
    FAMILIES.flatMap((family) => family(spec, context)),
    'arbiter.spec.more_violations',
  );
}

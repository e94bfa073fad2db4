import type { Diagnostic } from '../diagnostic.js';
import { errorAt } from '../diagnostic.js';
import type { Spec } from '../model.js';

const DURATION = /^[1-9]\d{0,4}\s?(?:s|sec|m|min|h)$/;

/** Work of tier 1 says how fast it can be taken back; a migration of data says how. CAWS' schema asks for the first in words only. */
export function rollbackRules(spec: Spec): Diagnostic[] {
  const found: Diagnostic[] = [];
  const slo = spec.operational_rollback_slo?.trim() ?? '';
  const place = { pointer: '/operational_rollback_slo' };
  const repair = 'Write a duration, such as `5m` or `1h`.';
  if (slo === '' && spec.risk_tier === 1) {
    const message = 'a tier 1 spec needs the time within which it can be taken back';
    found.push(errorAt('arbiter.rollback.slo_required', message, place, repair));
  }
  if (slo !== '' && !DURATION.test(slo)) {
    const message = `operational_rollback_slo "${slo.slice(0, 40)}" is no duration`;
    found.push(errorAt('arbiter.rollback.slo_malformed', message, place, repair));
  }
  if (
    spec.blast_radius.data_migration === true &&
    !(spec.rollback ?? []).some((step) => step.trim() !== '')
  ) {
    const message = 'the work migrates data, and no step of `rollback` takes it back';
    const step = 'Add the steps that restore the data to `rollback`.';
    found.push(errorAt('arbiter.rollback.migration_without_steps', message, { pointer: '/rollback' }, step));
  }
  return found;
}

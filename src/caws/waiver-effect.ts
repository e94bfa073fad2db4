import type { Waiver } from './waiver.js';
import { momentOf } from './formats.js';

export type WaiverEffectiveness = 'active' | 'revoked' | 'expired';

/** What a waiver is worth at `now`. A waiver expires at its last moment, and one whose end cannot be read has expired (D-18). */
export function waiverEffectiveness(waiver: Waiver, now: Date): WaiverEffectiveness {
  if (waiver.status === 'revoked') return 'revoked';
  const end = momentOf(waiver.expires_at);
  return end !== null && end > now.getTime() ? 'active' : 'expired';
}

export interface WaiverQuestion {
  readonly waivers: readonly Waiver[];
  readonly gate: string;
  /** Without it, only waivers of the whole project apply. */
  readonly specId?: string | undefined;
  readonly now: Date;
}

/**
 * The waivers that hold for a gate and a spec, in the order given. CAWS switches the whole gate off for them; Arbiter counts what
 * each one grants instead (`deriveBudget`, the policy desk).
 */
export function effectiveWaiversForGate({ waivers, gate, specId, now }: WaiverQuestion): readonly Waiver[] {
  return waivers.filter((waiver) => {
    const bound = waiver.scope?.spec_id;
    return (
      waiver.gates.includes(gate) &&
      (bound === undefined || bound === specId) &&
      waiverEffectiveness(waiver, now) === 'active'
    );
  });
}

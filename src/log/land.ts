import type { AppendOutcome } from '../bus/port.js';
import type { DerivedIndex } from './domain.js';
import { LogBroken } from './errors.js';
import type { LogTail } from './log-tail.js';
import type { OwnerOptions } from './owner-options.js';
import type { AppendRequest, Decided } from './request.js';

/**
 * What became of a request (law 4):
 * - `landed`: it stands in the log and is folded.
 * - `lost`: in doubt, or behind a newer claim: nothing more under this claim.
 * - `later`: refused for now; decide again.
 * - `smaller`: refused for what is in it; decide on less.
 */
export type Landing<Record_> =
  | { readonly kind: 'landed'; readonly decided: readonly Decided<Record_>[] }
  | { readonly kind: 'lost' }
  | { readonly kind: 'later' }
  | { readonly kind: 'smaller'; readonly error: Error };

/** Appends the request and folds it. Whatever is thrown or returned, no speculative state is left behind. */
export const land = async <Value, Index extends DerivedIndex<Value>, Record_>(
  options: OwnerOptions<Value, Index, Record_>,
  tail: LogTail<Value, Index, Record_>,
  request: AppendRequest<Value, Index, Record_>,
): Promise<Landing<Record_>> => {
  const { fold } = tail;
  const mine = fold.acceptance.claim;
  const last = request.records.at(-1);
  if (last === undefined) return { kind: 'landed', decided: request.decided };
  const outcome = await tail.append(request.records);
  if (outcome.kind !== 'appended') {
    fold.state.rollback();
    return notAppended(outcome);
  }
  const end = outcome.baseOffset + request.records.length;
  if (outcome.baseOffset === fold.position) {
    fold.adopt(request.events, { value: last.value, headers: last.headers ?? {} }, end);
    return { kind: 'landed', decided: request.decided };
  }
  // Something stands between our tail and the request: its events were made for other offsets. The log says what holds.
  fold.state.rollback();
  try {
    await tail.read(end);
  } catch (error) {
    // It stands in the log, but half folded: deciding again would say it twice under one claim.
    if (error instanceof LogBroken) throw error;
    options.observer.doubtful(options.log, error);
    return { kind: 'lost' };
  }
  if (fold.acceptance.claim !== mine) return { kind: 'lost' };
  return { kind: 'landed', decided: request.decidedAt(outcome.baseOffset) };
};

const notAppended = <Record_>(outcome: Exclude<AppendOutcome, { kind: 'appended' }>): Landing<Record_> => {
  const { error } = outcome;
  if (outcome.kind === 'doubtful') return { kind: 'lost' };
  if (error.code === 'TOO_LARGE' || error.code === 'INVALID_RECORD') return { kind: 'smaller', error };
  if (error.retriable) return { kind: 'later' };
  throw error;
};

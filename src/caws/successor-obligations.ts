import { SPEC_ID } from './formats.js';
import type { Spec, Successor } from './model.js';

/** What is known of a spec that another one hands its work to. Only `AUTHORED` lets the other one close. */
export type Authorship = 'AUTHORED' | 'UNAUTHORED' | 'MALFORMED_ID' | 'REGISTRY_UNAVAILABLE';

export interface SuccessorResolver {
  readonly resolve: (specId: string) => { readonly outcome: Authorship };
}

export interface UnresolvedObligation {
  readonly index: number;
  readonly field: 'target_spec_id' | 'absorbed_by';
  readonly target_spec_id: string;
  readonly outcome: Exclude<Authorship, 'AUTHORED'>;
}

/**
 * A resolver over the ids of all specs, live and archived; an id that occurs twice is authored. Without ids (they could not be
 * read) nothing is: not knowing is no proof that a spec exists.
 */
export function successorResolver(specIds: Iterable<string> | null): SuccessorResolver {
  if (specIds === null) return { resolve: () => ({ outcome: 'REGISTRY_UNAVAILABLE' }) };
  const authored = new Set(specIds);
  return {
    resolve: (id) => {
      if (!SPEC_ID.test(id)) return { outcome: 'MALFORMED_ID' };
      return { outcome: authored.has(id) ? 'AUTHORED' : 'UNAUTHORED' };
    },
  };
}

/**
 * The successors that nobody has written yet and that therefore keep a spec open. Of an absorbed successor the spec that absorbed
 * it must exist, not the successor; a declined one obliges nobody.
 */
export function findUnresolvedObligations(
  successors: readonly Successor[] | undefined,
  resolver: SuccessorResolver,
): UnresolvedObligation[] {
  return (successors ?? []).flatMap((entry, index) => {
    const owed = owedBy(entry);
    if (owed === null) return [];
    const { outcome } = resolver.resolve(owed.id);
    return outcome === 'AUTHORED' ? [] : [{ index, field: owed.field, target_spec_id: owed.id, outcome }];
  });
}

function owedBy(
  entry: Successor,
): { readonly field: UnresolvedObligation['field']; readonly id: string } | null {
  if (entry.disposition === 'required') return { field: 'target_spec_id', id: entry.target_spec_id };
  if (entry.disposition === 'declined' || entry.absorbed_by === undefined) return null;
  return { field: 'absorbed_by', id: entry.absorbed_by };
}

/** The successors as the event `spec_closed` keeps them: what the author decided, whole, and nothing about the specs named. */
export function projectSuccessorsForEvent(spec: Pick<Spec, 'successors'>): Successor[] | undefined {
  return spec.successors?.map(({ target_spec_id, disposition, rationale, absorbed_by }) => ({
    target_spec_id,
    disposition,
    ...(rationale === undefined ? {} : { rationale }),
    ...(absorbed_by === undefined ? {} : { absorbed_by }),
  }));
}

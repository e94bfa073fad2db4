/** The smallest spec that the constitution takes: tier 3, files below src/. */
export const SPEC = `id: BENCH-1
title: A change of the bench
risk_tier: 3
mode: feature
lifecycle_state: active
blast_radius: {modules: [src], data_migration: false}
scope: {in: [src/], out: []}
invariants: [The build stays green]
acceptance: [{id: A1, given: a request, when: it is done, then: a verdict}]
non_functional: {}
contracts: []
`;

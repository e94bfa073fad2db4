/**
 * Gates, usable alone: which ones a repository declares (`parseGates`, `orderGates`), what their evidence says (`readEvidence`) and
 * whether that is enough (`judgeGate`). Pure: bytes and facts in, clauses out. Evidence is hostile input, and evidence that is
 * missing, empty, unreadable or of another revision is NOT_EVALUATED, which fails a MUST.
 */
export { GATES_PATH, MOST_GATES_BYTES, parseGates } from './declared/file.js';
export type { GatesCheck, GatesFile } from './declared/file.js';
export { gatesSchema } from './declared/schema.js';
export { FORMATS } from './declared/kinds.js';
export type { Format, Kind } from './declared/kinds.js';
export { orderGates } from './declared/order.js';
export type { ChangedPath, GateOrder, Measure, WantedCriterion } from './declared/order.js';
export { GATES_CLAUSE, GATES_TITLE, requiredGates } from './declared/required.js';
export type { GatesFinding } from './declared/required.js';
export { loggedOrder, orderFromLog } from './declared/logged.js';
export type { LoggedGateOrder } from './declared/logged.js';
export { stands } from './clause.js';
export type { GateClause, GateViolation } from './clause.js';
export { EVIDENCE_LIMITS } from './evidence/limits.js';
export { readEvidence } from './evidence/read.js';
export { TEST_RESULT } from './evidence/attestation.js';
export type { Measurement } from './evidence/measurement.js';
export { addedLines, wholeFile, type PatchEntry } from './change/patch.js';
export { MOST_MANIFESTS } from './change/dependencies.js';
export { manifestReader, MOST_MANIFEST_BYTES } from './change/manifests.js';
export type { AddedFile, ChangeFacts, ManifestChange } from './change/facts.js';
export { judgeGate, type GateFacts } from './judge/gate.js';
export type { CommandEnd, Evidence, GateResult } from './judge/result.js';
export type { Problem, Read } from './problem.js';

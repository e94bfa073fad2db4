/** The generations of the CAWS working spec as profiles: which one a document is in, and whether it holds under one of them. */
export { examineSpec } from './check.js';
export type { FurtherRules, SpecExamination } from './check.js';
export { detect } from './detect.js';
export type { Detection } from './detect.js';
export { isProfile, PRESENT, PROFILES } from './names.js';
export type { ProfileName } from './names.js';

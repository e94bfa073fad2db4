/** What evidence may cost before it is refused unread (law 13). */
export const EVIDENCE_LIMITS = {
  bytes: 32 * 1024 * 1024,
  depth: 64,
  elements: 1_000_000,
  attributes: 64,
  /** Files of a coverage or mutation report. */
  files: 50_000,
  /** Lines, test cases, mutants, findings. */
  entries: 2_000_000,
  cases: 200_000,
  name: 2_000,
} as const;

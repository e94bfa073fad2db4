export type GitErrorCode =
  | 'REPOSITORY_REFUSED'
  | 'REPOSITORY_UNREACHABLE'
  | 'REVISION_REFUSED'
  | 'REVISION_NOT_FOUND'
  | 'COMMIT_MISMATCH'
  | 'NOT_ANCESTOR'
  | 'NOT_A_FILE'
  | 'FILE_TOO_LARGE'
  | 'DIFF_TOO_LARGE'
  | 'OBJECTS_REFUSED'
  | 'GIT_TIMEOUT'
  | 'GIT_FAILED'
  | 'GIT_OUTPUT'
  | 'GIT_UNFIT'
  | 'GIT_MISSING';

/** The oldest that may read what strangers wrote; see `fitness.ts`. */
export const NEEDED_GIT = 'git 2.39.4 or newer';

export interface GitErrorFacts {
  readonly code: GitErrorCode;
  /** What was being done, and on which repository, commit or path. */
  readonly place: string;
  readonly expected: string;
  readonly found: string;
  readonly repair: string;
}

const TRANSIENT: ReadonlySet<GitErrorCode> = new Set([
  'REPOSITORY_UNREACHABLE',
  'GIT_TIMEOUT',
  'GIT_FAILED',
  'GIT_MISSING',
  'GIT_UNFIT',
]);

/** A failure of git or of what it was asked for. Never an empty answer: what could not be read is not "nothing". */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly code: GitErrorCode;
  readonly place: string;
  readonly expected: string;
  readonly found: string;
  readonly repair: string;
  /** Whether the same question may have another answer later. */
  readonly transient: boolean;

  constructor(facts: GitErrorFacts) {
    super(`${facts.place}: expected ${facts.expected}; found ${facts.found}. ${facts.repair}`);
    this.code = facts.code;
    this.place = facts.place;
    this.expected = facts.expected;
    this.found = facts.found;
    this.repair = facts.repair;
    this.transient = TRANSIENT.has(facts.code);
  }
}

/** git's own words, for a person: the end of them, without control characters and without passwords in addresses. */
export function gitWords(stderr: string): string {
  const plain = stderr
    .replace(/[\u0000-\u001f\u007f-\u009f]+/gu, ' ') // eslint-disable-line no-control-regex -- they come from strangers
    .replace(/(\w+:\/\/)[^/@\s]+@/gu, '$1***@')
    .trim();
  if (plain === '') return 'no message';
  return plain.length <= 500 ? plain : `...${plain.slice(-500)}`;
}

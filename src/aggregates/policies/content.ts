/** What makes two tasks the same work: the text of the spec, in the same repository. */
export interface Content {
  readonly repository: string | null;
  readonly specSha256: string;
}

/** The content as events and orders carry it; null: not known, and then equal to nothing. */
export const contentOf = (said: {
  readonly repository?: string | null | undefined;
  readonly specSha256?: string | null | undefined;
}): Content | null =>
  typeof said.specSha256 === 'string'
    ? { repository: said.repository ?? null, specSha256: said.specSha256 }
    : null;

export const isSameContent = (a: Content | null, b: Content | null): boolean =>
  a !== null && b !== null && a.specSha256 === b.specSha256 && a.repository === b.repository;

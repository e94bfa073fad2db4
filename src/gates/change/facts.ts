/** Lines that the result adds to one file, by their number there. */
export interface AddedFile {
  readonly path: string;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** A file that names dependencies, before and after; null where it is not there. */
export interface ManifestChange {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/** What Arbiter itself knows of the change: nothing here comes from a report or from the agent. */
export interface ChangeFacts {
  /** Commit that is judged. */
  readonly commit: string;
  /** Where the clean checkout lies, as reports with absolute paths name it; null: there is none. */
  readonly root: string | null;
  readonly added: readonly AddedFile[];
  /** Files whose added lines could not be read (large binaries). */
  readonly unread: readonly string[];
  /** Both sides of every entry of the diff. */
  readonly touched: ReadonlySet<string>;
  readonly manifests: readonly ManifestChange[];
  /** Paths of declared contracts that exist at the result. */
  readonly present: ReadonlySet<string>;
}

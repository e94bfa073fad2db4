import type { TopicName } from '../../events/topics.js';

/** Schemas known without asking anyone: those seen in `arbiter.schemas`. Both look-ups are synchronous. */
export interface SeenSchemas {
  /** Exact text by SHA-256 in lower-case hex. */
  textOf(fingerprint: string): string | undefined;
  /** Exact text by an id that it has or had; `topic` decides where an id was given twice. */
  textOfId(id: number, topic: string): string | undefined;
}

/**
 * Where the codec finds ids and writers' schemas. Rejections are retriable (`REGISTRY_UNREACHABLE`); what does not exist
 * is `undefined`.
 */
export interface SchemaSource {
  /** The id under which exactly this text is registered for the subject. */
  idOf(subject: string, text: string): Promise<number | undefined>;
  /** The text registered under an id. */
  textOfId(id: number): Promise<string | undefined>;
  readonly seen?: SeenSchemas;
  /**
   * Called when a record made us fetch a schema that is ours in name: a foreign producer registers texts of its own, and
   * they belong into `arbiter.schemas` too, or its records would be lost with the registry. Must not throw.
   */
  readonly learned?: (subject: string, id: number, text: string) => void;
}

/** What the codec needs of an event type of this build. */
export interface KnownSchema {
  readonly topic: TopicName;
  readonly name: string;
  readonly fullName: string;
  readonly subject: string;
  readonly text: string;
}

/** A source in memory, for the in-memory bus and for tests: every schema given has an id, in the order given. */
export const memorySchemaSource = (schemas: readonly KnownSchema[], firstId = 1): SchemaSource => {
  const texts = [...new Set(schemas.map((schema) => schema.text))];
  const subjects = new Set(schemas.map((schema) => `${schema.subject}\n${schema.text}`));
  return {
    idOf: (subject, text) =>
      Promise.resolve(subjects.has(`${subject}\n${text}`) ? texts.indexOf(text) + firstId : undefined),
    textOfId: (id) => Promise.resolve(texts[id - firstId]),
  };
};

/**
 * CloudEvents 1.0 attributes as Kafka headers in binary mode, for routing and filters by outsiders. The
 * record itself is authoritative; Arbiter never acts on these headers.
 */
export const AVRO_CONTENT_TYPE = 'application/vnd.confluent.avro';

interface EdgeRecord {
  readonly requestId?: string;
  readonly commandId?: string;
  readonly reportId?: string;
  readonly taskId?: string;
  readonly agentId?: string;
  readonly actor?: string;
  readonly occurredAt?: number;
  readonly traceparent?: string | null;
  readonly instance?: string;
  readonly previousClaim?: number;
  readonly meta?: {
    readonly eventId: string;
    readonly inputId?: string | null;
    readonly streamVersion: number;
    readonly correlationId: string;
    readonly occurredAt: number;
    readonly actor: string;
    readonly traceparent?: string | null;
  };
}

/** Of the event types of this build, so there are few. */
const types = new Map<string, string>();

/** `arbiter.tasks.SpecApproved` → `arbiter.tasks.spec_approved.v1`. */
const typeOf = (fullName: string): string => {
  const known = types.get(fullName);
  if (known !== undefined) return known;
  const dot = fullName.lastIndexOf('.') + 1;
  const name = fullName.slice(dot).replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
  const type = `${fullName.slice(0, dot)}${name.toLowerCase()}.v1`;
  types.set(fullName, type);
  return type;
};

/** RFC 3339 with microseconds. */
const timeOf = (micros: number): string => {
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}.${fraction}Z`;
};

const subjectOf = (record: EdgeRecord): string | undefined => {
  if (record.taskId !== undefined) return `tasks/${record.taskId}`;
  return record.agentId === undefined ? undefined : `agents/${record.agentId}`;
};

/** An id unique for the source; a claim has none of its own. */
const idOf = (record: EdgeRecord): string =>
  record.requestId ??
  record.commandId ??
  record.reportId ??
  record.meta?.eventId ??
  `claim/${record.instance ?? ''}/${record.previousClaim ?? -1}`;

/** The trace context of a record, wherever its head keeps it. */
export const traceparentOf = (record: object): string | undefined => {
  const { traceparent, meta } = record as EdgeRecord;
  return traceparent ?? meta?.traceparent ?? undefined;
};

/**
 * The `content-type` and `ce_*` headers of a record on an edge topic. `source` is `/arbiter/<deployment>/<component>`.
 * Attributes without a value are left out, never written empty.
 */
export const cloudEventHeaders = (
  fullName: string,
  record: object,
  source: string,
): Record<string, Buffer> => {
  const edge = record as EdgeRecord;
  const occurredAt = edge.meta?.occurredAt ?? edge.occurredAt;
  const attributes: Record<string, string | null | undefined> = {
    'content-type': AVRO_CONTENT_TYPE,
    ce_specversion: '1.0',
    ce_id: idOf(edge),
    ce_source: source,
    ce_type: typeOf(fullName),
    ce_subject: subjectOf(edge),
    ce_time: occurredAt === undefined ? undefined : timeOf(occurredAt),
    ce_partitionkey: edge.taskId ?? edge.agentId,
    ce_correlationid: edge.meta?.correlationId ?? edge.taskId,
    ce_causationid: edge.meta?.inputId,
    // Compared as text by whoever sorts by it, so all of one width.
    ce_sequence: edge.meta === undefined ? undefined : String(edge.meta.streamVersion).padStart(20, '0'),
    ce_authid: edge.meta?.actor ?? edge.actor,
    ce_traceparent: traceparentOf(record),
  };
  const headers: Record<string, Buffer> = {};
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null && value !== '') headers[name] = Buffer.from(value, 'utf8');
  return headers;
};

import { hash } from 'node:crypto';
import { TOPICS } from '../events/topics.js';
import type { VerdictIssued } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import { envelopeBytes, type Envelope } from '../verdicts/index.js';
import type { Change, Projection } from './engine/projection.js';
import type { Table } from './engine/table.js';

const VERDICTS: Table = {
  name: 'verdicts_rows',
  key: ['verdict_id'],
  columns: {
    verdict_id: 'text',
    task_id: 'text',
    phase: 'text',
    outcome: 'text',
    ending: 'text',
    payload_type: 'text',
    payload: 'bytea',
    signatures: 'jsonb',
    envelope_sha256: 'text',
    ask_offset: 'bigint',
    issued_us: 'bigint',
    partition: 'bigint',
    log_offset: 'bigint',
  },
  indexes: [
    { name: 'task', on: '(task_id, log_offset)' },
    { name: 'newest', on: '(issued_us DESC, verdict_id)' },
  ],
};

const foldVerdict = (_row: unknown, event: LoggedEvent, partition: number): Change => {
  const body = event.body as unknown as VerdictIssued;
  return {
    row: {
      verdict_id: body.verdictId,
      task_id: body.taskId,
      phase: body.phase,
      outcome: body.outcome,
      ending: body.ending,
      payload_type: body.payloadType,
      payload: body.payload,
      signatures: body.signatures.map(({ keyid, sig }) => ({
        keyid: keyid ?? '',
        sig: sig.toString('base64'),
      })),
      envelope_sha256: body.envelopeSha256,
      ask_offset: body.ask.offset,
      issued_us: body.meta.occurredAt,
      partition,
      log_offset: event.offset,
    },
  };
};

/** What is kept of an envelope: the statement as it was signed, which SQL can read and PostgreSQL can compress. */
export interface KeptEnvelope {
  readonly payload_type: string;
  readonly payload: Buffer;
  readonly signatures: Envelope['signatures'];
  readonly envelope_sha256: string;
}

/**
 * The envelope byte for byte as it was digested and signed over. Throws `ENVELOPE_DIFFERS`: handing out other bytes than those
 * the log names would make a true verdict look forged.
 */
export const envelopeOf = ({ payload_type, payload, signatures, envelope_sha256 }: KeptEnvelope): Buffer => {
  const envelope = { payload: payload.toString('base64'), payloadType: payload_type, signatures };
  const bytes = envelopeBytes(envelope);
  const sha256 = hash('sha256', bytes, 'hex');
  if (sha256 !== envelope_sha256)
    throw new Error(
      `ENVELOPE_DIFFERS: expected sha256 ${envelope_sha256}, found ${sha256}; run: arbiter projections rebuild verdicts; ` +
        'if it stays, the record in arbiter.verdicts differs: arbiter doctor --deep',
    );
  return bytes;
};

/** Verdicts with what their envelopes are made of. */
export const verdictsProjection: Projection = {
  name: 'verdicts',
  topic: TOPICS.verdicts,
  foldVersion: 2,
  rows: VERDICTS,
  begins: () => true,
  finished: () => true,
  keyOf: ({ type, body }) =>
    type === 'VerdictIssued' ? { verdict_id: body['verdictId'] as string } : undefined,
  fold: foldVerdict,
};

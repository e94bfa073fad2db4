import { hash } from 'node:crypto';
import { TOPICS } from '../events/topics.js';
import type { VerdictIssued } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';
import { envelopeBytes, envelopeFrom } from '../verdicts/index.js';
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
    envelope: 'bytea',
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
  const envelope = envelopeBytes(envelopeFrom(body));
  const sha256 = hash('sha256', envelope, 'hex');
  // Handing out other bytes than those the log names would make a true verdict look forged.
  if (sha256 !== body.envelopeSha256)
    throw new Error(`ENVELOPE_DIFFERS: expected sha256 ${body.envelopeSha256}, found ${sha256}`);
  return {
    row: {
      verdict_id: body.verdictId,
      task_id: body.taskId,
      phase: body.phase,
      outcome: body.outcome,
      ending: body.ending,
      envelope,
      envelope_sha256: sha256,
      ask_offset: body.ask.offset,
      issued_us: body.meta.occurredAt,
      partition,
      log_offset: event.offset,
    },
  };
};

/** Verdicts with their envelopes, byte for byte. */
export const verdictsProjection: Projection = {
  name: 'verdicts',
  topic: TOPICS.verdicts,
  foldVersion: 1,
  rows: VERDICTS,
  begins: () => true,
  finished: () => true,
  keyOf: ({ type, body }) =>
    type === 'VerdictIssued' ? { verdict_id: body['verdictId'] as string } : undefined,
  fold: foldVerdict,
};

import type { LogMeta, Trigger } from '../events/generated/events.js';
import type { Acceptance } from './acceptance.js';
import type { NewEvent } from './domain.js';

/** SHA-256 of nothing accepted yet. */
export const NO_HASH: Buffer = Buffer.alloc(32);

export const eventIdOf = (topic: string, partition: number, claim: number, seq: number): string =>
  `${topic}/${partition}/${claim}/${seq}`;

export interface HeadInput {
  readonly topic: string;
  readonly partition: number;
  readonly at: Acceptance;
  readonly cause: number;
  readonly trigger: Trigger;
  readonly inputId: string | null;
  readonly streamVersion: number;
  readonly prevHash: Buffer;
  /** µs since the epoch. */
  readonly now: number;
  readonly index: number;
  readonly size: number;
}

/** The head of one event. */
export const makeHead = (event: NewEvent, input: HeadInput): LogMeta => ({
  claim: input.at.claim,
  seq: input.at.seq,
  cause: input.cause,
  trigger: input.trigger,
  inputId: input.inputId,
  eventId: eventIdOf(input.topic, input.partition, input.at.claim, input.at.seq),
  streamId: event.streamId,
  streamVersion: input.streamVersion,
  prevHash: input.prevHash,
  occurredAt: input.now,
  dueAt: event.dueAt ?? null,
  timer: event.timer ?? null,
  decisionIndex: input.index,
  decisionSize: input.size,
  correlationId: event.correlationId,
  tenant: event.tenant,
  actor: event.actor,
  traceparent: event.traceparent,
});

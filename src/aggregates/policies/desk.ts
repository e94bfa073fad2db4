import type { DeskSettings, LogMeta, PoliciesEvents, SignedOrder } from '../../events/generated/events.js';
import type { DecideContext, LoggedEvent, NewEvent } from '../../log/domain.js';
import type { DeskIndex } from './desk-index.js';
import { evolveDesk } from './evolve.js';
import { DEFAULT_SETTINGS } from './settings.js';
import {
  dueOf,
  principalStream,
  SETTINGS_STREAM,
  waiverStream,
  type DemandState,
  type DeskValue,
  type PrincipalState,
  type WaiverState,
} from './state.js';

/** Bounds that no person sets (law 13). */
export interface DeskLimits {
  readonly principals: number;
  /** Waivers asked for or granted at once. */
  readonly waivers: number;
  /** Tasks that wait at once. */
  readonly demands: number;
  /** A demand is kept for this long at most, ms. */
  readonly demandMs: number;
  /** Waivers that together may cure one clause. */
  readonly combined: number;
}

export const DESK_LIMITS: DeskLimits = {
  principals: 10_000,
  waivers: 10_000,
  demands: 10_000,
  demandMs: 30 * 24 * 3_600_000,
  combined: 3,
};

/** On whose behalf an event is made, and with which proof. */
export interface Origin {
  readonly correlationId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly traceparent: string | null;
}

/** A decision of the desk in the making: what it has emitted so far is seen by the rest of it. */
export interface Desk {
  readonly context: Pick<DecideContext, 'now' | 'partition'>;
  readonly limits: DeskLimits;
  readonly index: DeskIndex;
  readonly stored: (streamId: string) => DeskValue | undefined;
  readonly changed: Map<string, DeskValue | undefined>;
  readonly events: NewEvent[];
  readonly origin: Origin;
  readonly commandId: string | null;
}

export type EventName = Exclude<keyof PoliciesEvents, 'Claimed'>;

export const lookUp = (desk: Desk, streamId: string): DeskValue | undefined =>
  desk.changed.has(streamId) ? desk.changed.get(streamId) : desk.stored(streamId);

/** Adds an event and folds it. The stream's timer follows from its value (law 7). */
export const emit = <Name extends EventName>(
  desk: Desk,
  streamId: string,
  type: Name,
  data: Omit<PoliciesEvents[Name], 'meta'>,
): void => {
  const meta = { streamId, occurredAt: desk.context.now, inputId: desk.commandId } as LogMeta;
  const event: LoggedEvent = { type, offset: Number.POSITIVE_INFINITY, body: { ...data, meta } };
  const value = evolveDesk(lookUp(desk, streamId), event);
  desk.changed.set(streamId, value);
  const dueAt = dueOf(value);
  desk.events.push({
    type,
    streamId,
    data,
    dueAt,
    timer: dueAt === null ? null : 'DEADLINE',
    ...desk.origin,
  });
};

export const settingsOf = (desk: Desk): DeskSettings => {
  const value = lookUp(desk, SETTINGS_STREAM);
  return value?.kind === 'settings' ? value.settings : DEFAULT_SETTINGS;
};

export const principalOf = (desk: Desk, principalId: string): PrincipalState | undefined => {
  const value = lookUp(desk, principalStream(principalId));
  return value?.kind === 'principal' ? value : undefined;
};

export const waiverOf = (desk: Desk, waiverId: string): WaiverState | undefined => {
  const value = lookUp(desk, waiverStream(waiverId));
  return value?.kind === 'waiver' ? value : undefined;
};

export const openDemand = (desk: Desk, streamId: string): DemandState | undefined => {
  const value = lookUp(desk, streamId);
  return value?.kind === 'demand' && value.end === null ? value : undefined;
};

/** An order as it is decided on: what it says, whose it is, and its proof. */
export interface Given<Form> {
  readonly form: Form;
  /** A principal that is not retired. */
  readonly signer: PrincipalState;
  readonly sha256: string;
  readonly order: SignedOrder;
}

/** Why an order changes nothing; undefined: it has been decided, and its events stand in the desk. */
export type Refusal = { readonly code: string; readonly message: string } | undefined;

export const refuse = (code: string, message: string): Refusal => ({ code, message });

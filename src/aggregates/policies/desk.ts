import type { DeskSettings, LogMeta, PoliciesEvents, SignedOrder } from '../../events/generated/events.js';
import type { DecideContext, LoggedEvent, NewEvent } from '../../log/domain.js';
import { isSameContent, type Content } from './content.js';
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
  /** Waivers in memory, those that are over and still recognised as well. */
  readonly keptWaivers: number;
  /** Waivers asked for or granted at once for one clause of one task or spec. */
  readonly waiversAtPlace: number;
  /** Tasks that one denial answers; others wait until their own end. */
  readonly answered: number;
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
  keptWaivers: 50_000,
  waiversAtPlace: 32,
  answered: 100,
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

/** The task's demands, open and closed, as long as they are known. */
export const demandsOf = (desk: Desk, taskId: string): readonly DemandState[] =>
  desk.index.demandsOf(taskId).flatMap((streamId) => {
    const value = lookUp(desk, streamId);
    return value?.kind === 'demand' ? [value] : [];
  });

/** The content of a task that waits or has waited; null: not known. */
export const contentOfTask = (desk: Desk, taskId: string): Content | null => {
  const [first, ...others] = demandsOf(desk, taskId).map(({ content }) => content);
  return first !== undefined && others.every((one) => isSameContent(first, one)) ? first : null;
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

import type { TasksEvents } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';

const MAX_REASON = 2000;

type Says = { readonly [Name in keyof TasksEvents]?: (body: TasksEvents[Name]) => string | null };

/** What a line of the timeline says besides the state, for events that carry no `reason`. */
const SAYS: Says = {
  AskRepeated: (body) => `${body.kind} asked again (${body.number})`,
  AskExpired: (body) => `${body.kind} was not answered`,
  CommandRefused: (body) => `${body.command} refused, ${body.code}: ${body.message}`,
  DeadlineExceeded: () => 'the deadline has passed',
  LeaseRenewed: (body) => body.message,
  ExecutionFailed: (body) => `${body.failureClass}: ${body.reason}`,
  VerificationFailed: (body) => `${body.failureClass}: ${body.reason}`,
  OfferEnded: (body) => (body.reason === '' ? body.end : `${body.end}: ${body.reason}`),
  RoutingStarted: (body) => `attempt ${body.attempt}`,
  VerdictRequested: (body) => (body.reason === '' ? body.ending : `${body.ending}: ${body.reason}`),
};

/** The reason of a line, at most 2000 characters: agents' words may be long. */
export const said = (event: LoggedEvent): string | null => {
  const say = SAYS[event.type as keyof TasksEvents] as ((body: object) => string | null) | undefined;
  const reason = say ? say(event.body) : ((event.body['reason'] as string | undefined) ?? null);
  return reason === null || reason === '' ? null : reason.slice(0, MAX_REASON);
};

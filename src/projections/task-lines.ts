import type { AppliedWaiver, ClauseResult, TasksEvents } from '../events/generated/events.js';
import type { LoggedEvent } from '../log/domain.js';

const MAX_REASON = 2000;

const gateWords = (clauses: readonly ClauseResult[]): string =>
  clauses.map(({ id, result }) => `${id} ${result}`).join(', ');

const waivedWords = ({ clause, waiverId, approvedBy, reason }: AppliedWaiver): string =>
  `${clause} by ${approvedBy.join(', ')} (${waiverId}): ${reason}`;

type Says = { readonly [Name in keyof TasksEvents]?: (body: TasksEvents[Name]) => string | null };

/** What a line of the timeline says besides the state, for events that carry no `reason`. */
const SAYS: Says = {
  AskRepeated: (body) => `${body.kind} asked again (${body.number})`,
  AskExpired: (body) => `${body.kind} was not answered`,
  CommandRefused: (body) => `${body.command} refused, ${body.code}: ${body.message}`,
  DeadlineExceeded: () => 'the deadline has passed',
  LeaseRenewed: ({ message, budgetPercent, budgetWarning }) =>
    budgetWarning === null
      ? message
      : [message, `${budgetPercent ?? budgetWarning} % of the budget`].filter(Boolean).join('; '),
  FactsChecked: (body) => `the diff is judged ${body.outcome}; ${body.gates.length} gates to run`,
  GateStarted: (body) => `gate ${body.order.gate}, ${body.index + 1} of ${body.of}`,
  GateFinished: (body) => `gate ${body.gate}: ${gateWords(body.clauses)}`,
  WaiverAwaited: (body) =>
    `${body.clauses.map(({ id }) => id).join(', ')}, until ${new Date(body.until / 1000).toISOString()}`,
  WaiverApplied: (body) => body.waivers.map(waivedWords).join('; '),
  ExecutionFailed: (body) => `${body.failureClass}: ${body.reason}`,
  VerificationFailed: (body) => `${body.failureClass}: ${body.reason}`,
  OfferEnded: (body) => (body.reason === '' ? body.end : `${body.end}: ${body.reason}`),
  RivalRouted: () => 'works on it beside the others',
  RivalPromoted: () => 'takes the place of the run before',
  RivalFinished: () => 'has a result; another one is being checked',
  RivalEnded: ({ failureClass, reason }) =>
    failureClass === 'OUTRUN' ? 'was outrun' : `${failureClass ?? 'BUSY'}: ${reason}`,
  RoutingStarted: (body) => `attempt ${body.attempt}`,
  VerdictRequested: (body) => (body.reason === '' ? body.ending : `${body.ending}: ${body.reason}`),
};

/** The reason of a line, at most 2000 characters: agents' words may be long. */
export const said = (event: LoggedEvent): string | null => {
  const say = SAYS[event.type as keyof TasksEvents] as ((body: object) => string | null) | undefined;
  const reason = say ? say(event.body) : ((event.body['reason'] as string | undefined) ?? null);
  return reason === null || reason === '' ? null : reason.slice(0, MAX_REASON);
};

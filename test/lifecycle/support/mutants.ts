import type { AskRepeated, Claimed, FactsEvents, LogMeta } from '../../../src/events/generated/events.js';
import { TOPICS, type TopicName } from '../../../src/events/topics.js';
import {
  createEdgeGate,
  openGate,
  type Domain,
  type OwnersOptions,
  type TimerGate,
} from '../../../src/log/index.js';
import { EDGE_TOPICS, INTAKE_GROUP } from '../../../src/consumers/intake/index.js';
import type { AroundOwners } from '../../../src/platform/component.js';
import type { SagaValue, TaskState } from '../../../src/aggregates/task/index.js';
import { clause } from '../../support/tasks.js';
import type { Doubles, SagaDomain } from './doubles.js';

export interface Mutant extends Doubles {
  /** The broker is away now and then. */
  readonly outages?: boolean;
  readonly name: string;
  /** The law it breaks, or the fault in a word. */
  readonly breaks: string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- mutants stand around owners of any domain
type AnyOptions = OwnersOptions<any, any, any>;

/** Changes what the owners of one log are given. */
const owners =
  (log: TopicName, change: (given: AnyOptions) => AnyOptions): AroundOwners =>
  (given) =>
    given.logTopic === log ? (change(given as AnyOptions) as typeof given) : given;

const sagaOf = (change: (domain: SagaDomain) => SagaDomain): Doubles => ({
  saga: change,
  aroundOwners: owners(TOPICS.tasks, (given) => ({ ...given, domain: change(given.domain as SagaDomain) })),
});

const domainOf = (
  log: TopicName,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  change: (domain: Domain<any, any, any>) => Domain<any, any, any>,
): Doubles => ({
  aroundOwners: owners(log, (given) => ({ ...given, domain: change(given.domain) })),
});

/** The saga with a look at the world in which `change` has happened to every value. */
const seeing = (domain: SagaDomain, change: (value: SagaValue) => SagaValue): SagaDomain => ({
  ...domain,
  decide: (view, input, context) => {
    const get = (streamId: string): SagaValue | undefined => {
      const value = view.get(streamId);
      return value && change(value);
    };
    return domain.decide({ get, index: view.index }, input, context);
  },
});

/** A task that is sealed as failed, as if it were still open. */
const unsealed = (value: SagaValue | undefined): SagaValue | undefined =>
  value?.kind === 'task' && value.state === 'sealed' && value.seal?.outcome === 'FAILED'
    ? { ...value, state: 'received', seal: null, ask: null }
    : value;

const EVERY_CLAUSE = ['caws.budget', 'caws.spec.semantics', ...[0, 1, 2].map((i) => `arbiter.gate.g${i}`)];

const isCancel = (record: unknown): boolean => (record as { command?: string }).command === 'CANCEL';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'takes the answer to the last repeat of an ask, not to the first',
    breaks: 'reask=new, law 6',
    ...sagaOf((domain) => ({
      ...domain,
      evolve: (value, event) => {
        const next = domain.evolve(value, event);
        if (event.type !== 'AskRepeated' || next?.kind !== 'task' || next.ask === null) return next;
        const { offset, body } = event;
        return { ...next, ask: { ...next.ask, offset, eventId: body.meta.eventId } };
      },
    })),
  },
  {
    name: 'seals PASSED only: a cancel opens a failed task again',
    breaks: 'seal, law 10',
    ...sagaOf((domain) => ({
      ...domain,
      decide: (view, input, context) => {
        if (input.kind !== 'record' || !isCancel(input.record)) return domain.decide(view, input, context);
        const get = (streamId: string): SagaValue | undefined => unsealed(view.get(streamId));
        return domain.decide({ get, index: view.index }, input, context);
      },
      evolve: (value, event) =>
        domain.evolve(event.type === 'CancellationAccepted' ? unsealed(value) : value, event),
    })),
  },
  {
    name: 'forgets which commands it has decided',
    breaks: 'dedupe, law 5',
    ...sagaOf((domain) =>
      seeing(domain, (value) => (value.kind === 'task' ? { ...value, commands: [] } : value)),
    ),
  },
  {
    name: 'wakes no waiting task in the decision that frees its slot',
    breaks: 'split, law 13',
    ...sagaOf((domain) => ({
      ...domain,
      decide: (view, input, context) => {
        const decision = domain.decide(view, input, context);
        if (decision.kind !== 'events') return decision;
        const own = decision.events[0]?.streamId;
        return { kind: 'events', events: decision.events.filter(({ streamId }) => streamId === own) };
      },
    })),
  },
  {
    name: 'takes a report with any token',
    breaks: 'fencing, part 4',
    ...sagaOf((domain) => ({
      ...domain,
      decide: (view, input, context) => {
        if (input.kind !== 'record' || input.type !== 'AgentReported')
          return domain.decide(view, input, context);
        const value = view.get(`task/${input.record.meta.taskId}`);
        const assignment = value?.kind === 'task' ? value.assignment : null;
        if (assignment === null) return domain.decide(view, input, context);
        const { token, agentId, workerInstance } = assignment;
        const record = { ...input.record, token, agentId, workerInstance } as typeof input.record;
        return domain.decide(view, { ...input, record }, context);
      },
    })),
  },
  {
    name: 'takes an answer to an ask that is no longer pending',
    breaks: 'law 6',
    ...sagaOf((domain) => ({
      ...domain,
      decide: (view, input, context) => {
        if (input.kind !== 'record' || input.record.meta.inReplyTo === null)
          return domain.decide(view, input, context);
        const value = view.get(`task/${input.record.meta.taskId}`);
        const ask = value?.kind === 'task' ? value.ask : null;
        if (ask === null) return domain.decide(view, input, context);
        const { offset, eventId } = ask;
        const meta = { ...input.record.meta, inReplyTo: { offset, eventId } };
        return domain.decide(
          view,
          { ...input, record: { ...input.record, meta } as typeof input.record },
          context,
        );
      },
    })),
  },
  {
    name: 'stamps timer events with the last accepted cause, not with the cursor',
    breaks: 'timerCause, law 5',
    ...timerCause(),
  },
  {
    name: 'fires timers without waiting for intake',
    breaks: 'lag, law 7',
    aroundOwners: owners(TOPICS.tasks, (given) => ({ ...given, gate: openGate })),
  },
  {
    name: 'fires timers as soon as the broker is back',
    breaks: 'outage, law 7',
    outages: true,
    aroundOwners: owners(TOPICS.tasks, (given) => ({ ...given, gate: blindGate(given) })),
  },
  {
    name: 'signs once per ask, not once per task',
    breaks: 'signer, law 10',
    ...signsAgain(),
  },
  {
    name: 'offers what the inbox shows to be over',
    breaks: 'owner2=readahead, law 5',
    aroundOwners: owners(TOPICS.assignments, (given) => ({ ...given, perPartition: () => ({}) })),
  },
  {
    name: 'counts an offer that came to nothing twice',
    breaks: 'one outcome per assignment',
    ...domainOf(TOPICS.outcomes, (domain) => ({
      ...domain,
      decide: (view, input, context) => {
        const decision = domain.decide(view, input, context);
        const twice = decision.kind === 'events' && input.kind === 'record' && input.type === 'OfferEnded';
        return twice ? { kind: 'events', events: [...decision.events, ...decision.events] } : decision;
      },
    })),
  },
  {
    name: 'counts no cancelled run',
    breaks: 'one outcome per assignment',
    ...domainOf(TOPICS.outcomes, (domain) => ({
      ...domain,
      decide: (view, input, context) =>
        input.kind === 'record' && input.type === 'VerdictRequested'
          ? { kind: 'events', events: [] }
          : domain.decide(view, input, context),
    })),
  },
  {
    name: 'takes any waiver for any clause',
    breaks: 'a waiver cures its own clause only, R-304',
    ...hearing('WaiverDecided', (fact, value) => ({
      ...fact,
      waivers: (value.rejection === null ? [] : EVERY_CLAUSE).flatMap((clause) =>
        fact.waivers.map((one) => ({ ...one, clause, amount: { files: 10 } })),
      ),
    })),
  },
  {
    name: 'believes a gate that says PASS, whatever its clause says',
    breaks: 'D-15',
    ...hearing('GateReported', (fact) => ({
      ...fact,
      clauses: fact.outcome === 'PASS' ? EVERY_CLAUSE.map((id) => clause(id)) : fact.clauses,
    })),
  },
  {
    name: 'concludes after the first gate',
    breaks: 'R-302',
    ...sagaOf((domain) =>
      seeing(domain, (value) =>
        value.kind === 'task' && value.gates !== null
          ? { ...value, gates: { ...value.gates, of: value.gates.index + 1 } }
          : value,
      ),
    ),
  },
  { name: 'names events by cause, not by claim and seq', breaks: 'eid, law 8', ...sameIds() },
];

/** A gate that looks at the edge only when a timer is due. */
function blindGate({ bus, clock }: AnyOptions): TimerGate {
  return createEdgeGate({
    admin: bus.admin,
    clock,
    edgeTopics: EDGE_TOPICS,
    intakeGroup: INTAKE_GROUP,
    inboxTopic: TOPICS.facts,
    pollMs: 100,
    graceMs: 1e9,
    onError: () => undefined,
  });
}

/** The saga with facts of one kind as somebody else would have said them. */
function hearing<Name extends keyof FactsEvents>(
  name: Name,
  change: (fact: FactsEvents[Name], value: TaskState) => FactsEvents[Name],
): Doubles {
  return sagaOf((domain) => ({
    ...domain,
    decide: (view, input, context) => {
      if (input.kind !== 'record' || input.type !== name) return domain.decide(view, input, context);
      const value = view.get(`task/${input.record.meta.taskId}`);
      if (value?.kind !== 'task') return domain.decide(view, input, context);
      const record = change(input.record as FactsEvents[Name], value);
      return domain.decide(view, { ...input, record }, context);
    },
  }));
}

function timerCause(): Doubles {
  return {
    aroundOwners: owners(TOPICS.tasks, (given) => {
      // As of what it has written itself: enough, as a timer is fired by who has decided before.
      let last: number | undefined;
      const codec = {
        ...given.codec,
        encode: (topic: string, name: string, record: object) => {
          const { meta } = record as { meta?: LogMeta };
          if (meta === undefined) last = undefined;
          else if (meta.trigger === 'INPUT') last = meta.cause;
          const cause = last ?? meta?.cause;
          const changed = meta?.trigger === 'TIMER' ? { ...record, meta: { ...meta, cause } } : record;
          return given.codec.encode(topic, name, changed);
        },
      };
      return { ...given, codec };
    }),
  };
}

/** A repeated ask is signed again, as if it were another. */
function signsAgain(): Doubles {
  return domainOf(TOPICS.verdicts, (domain) => ({
    ...domain,
    decide: (view, input, context) => {
      if (input.kind !== 'record' || input.type !== 'AskRepeated') return domain.decide(view, input, context);
      const { ask, kind } = input.record as AskRepeated;
      if (kind !== 'SIGN') return domain.decide(view, input, context);
      const streamId = `inbox/${input.offset}`;
      const [sealed] = context.loaded.get(streamId) ?? [];
      if (sealed === undefined) return { kind: 'load', from: 'inbox', streamId, offsets: [ask.offset] };
      const { type, offset, body } = sealed;
      return domain.decide(view, { kind: 'record', type, offset, record: body }, context);
    },
  }));
}

function sameIds(): Doubles {
  return {
    aroundOwners: owners(TOPICS.tasks, (given) => ({
      ...given,
      codec: {
        ...given.codec,
        encode: (topic, name, record) => {
          const { meta } = record as { meta?: LogMeta } & Partial<Claimed>;
          const eventId = `tasks/${meta?.cause ?? ''}/${meta?.decisionIndex ?? ''}`;
          return given.codec.encode(topic, name, meta ? { ...record, meta: { ...meta, eventId } } : record);
        },
      },
    })),
  };
}

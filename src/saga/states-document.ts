/** docs/states.md, from the table. */
import { DEFAULT_LIMITS, type TimedState } from './limits.js';
import { STATES, TABLE, type Budget, type Edge, type StateName } from './table.js';

type Step = readonly [type: string, edge: Edge];
const stepsOf = (state: StateName): Step[] => Object.entries(TABLE[state].on);

const time = (ms: number): string => {
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ];
  const [size, name] = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? [1, 'ms'];
  return `${ms / size} ${name}`;
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const kindOf = (state: StateName): string => {
  const row = TABLE[state];
  return row.final ? 'final' : row.transient ? 'passed through' : 'rests';
};

const limitOf = (state: StateName): string =>
  TABLE[state].timer === undefined ? '' : time(DEFAULT_LIMITS.timers[state as TimedState]);

const states = (): string =>
  table(
    ['state', 'means', 'kind', 'ask', 'timer', 'limit', 'when it fires', 'slot', 'commands'],
    STATES.map((state) => {
      const { means, ask, timer, timeout, slot, commands } = TABLE[state];
      const cells = [
        `\`${state}\``,
        means,
        kindOf(state),
        ask ?? '',
        timer ?? '',
        limitOf(state),
        timeout ?? '',
      ];
      return [...cells, slot ? 'yes' : '', commands.join(', ')];
    }),
  );

const transitions = (): string =>
  table(
    ['from', 'event', 'to', 'spends', 'followed in the same decision by'],
    STATES.flatMap((state) =>
      stepsOf(state).map(([type, { to, spends, then }]) => [
        `\`${state}\``,
        type,
        to === state ? 'stays' : `\`${to}\``,
        spends ?? '',
        (then ?? []).join(' or '),
      ]),
    ),
  );

const diagram = (): string => {
  const lines = ['stateDiagram-v2', '  [*] --> unseen'];
  for (const state of STATES) {
    for (const [type, { to }] of stepsOf(state)) {
      // Every open state can be sealed; the picture shows that once.
      const always =
        type === 'VerdictRequested' && TABLE[state].on.DeadlineExceeded && !TABLE[state].transient;
      if (to !== state && !always) lines.push(`  ${state} --> ${to} : ${type}`);
    }
    if (TABLE[state].final) lines.push(`  ${state} --> [*]`);
  }
  return lines.join('\n');
};

const BUDGETS: Readonly<Record<Budget, string>> = {
  attempts: `the request's maxAttempts, at most ${DEFAULT_LIMITS.maxAttempts}; besides ${DEFAULT_LIMITS.outages} outages a task that spend none`,
  rivals:
    'where a request asks for a race and it is allowed: 2 a task, each with a result, an end and two changes of place',
  offers: `${DEFAULT_LIMITS.offers} a task`,
  repeats: `${DEFAULT_LIMITS.askRepeats} an ask while the component answers others, ${time(DEFAULT_LIMITS.askOutageMs)} while it answers nobody; ${DEFAULT_LIMITS.verifyErrors} after errors of a verification or a gate; for a waiver as often as the wait allows, at last every ${time(DEFAULT_LIMITS.waiverAskMaxMs)} for ${time(DEFAULT_LIMITS.waiverMs)} at most`,
  gates: `${DEFAULT_LIMITS.gates} a result`,
  rounds: `${DEFAULT_LIMITS.queueHints} hints a task, besides the timer every ${time(DEFAULT_LIMITS.queueRetryMs)} for ${time(DEFAULT_LIMITS.timers.queued)}; without an able agent every ${time(DEFAULT_LIMITS.capableRetryMs)} for ${time(DEFAULT_LIMITS.capableGraceMs)}`,
  suspensions: `${DEFAULT_LIMITS.suspensions} a task`,
  commands: `${DEFAULT_LIMITS.commands} a task; then refusals stand on the partition's stream`,
  remembered: `${DEFAULT_LIMITS.rememberedPerTask} a task, ${DEFAULT_LIMITS.rememberedPerPartition} a partition`,
  time: `a run of ${time(DEFAULT_LIMITS.executionMs)}, one renewal per third of a lease`,
  unbounded: 'law 10: the ask for the verdict is repeated for as long as it takes',
};

/** The whole document. */
export const statesDocument = (): string => `# States of a task

<!-- Generated from src/saga/table.ts by scripts/generate-states.ts. Do not edit. -->

A state marked *passed through* is left again in the decision that entered it. The deadline of the task, where it is
earlier than the state's own timer, takes its place in every state that is not sealed.

## States

${states()}

## Diagram

From every state that rests and is not sealed, \`VerdictRequested\` leads to \`sealed\`: on cancel, on the deadline, and
when the time-out is final. The diagram leaves these arrows out.

\`\`\`mermaid
${diagram()}
\`\`\`

## Transitions

What is not in this table is illegal: the decider never writes it, and the fold refuses it.

${transitions()}

## Budgets

Every cycle of the table spends one of these; the model check proves it.

${table(
  ['budget', 'default'],
  Object.entries(BUDGETS).map(([name, text]) => [name, text]),
)}
`;

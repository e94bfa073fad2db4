import { expect } from 'chai';
import { explore, problemsOf, type Table } from '../../src/saga/model-check.js';
import {
  edgeOf,
  STATES,
  TABLE,
  TASK_EVENTS,
  type Budget,
  type Edge,
  type StateName,
  type StateRow,
} from '../../src/saga/table.js';

const BUDGETS = {
  attempts: 2,
  offers: 2,
  repeats: 2,
  gates: 1,
  rounds: 2,
  suspensions: 1,
  commands: 1,
  remembered: 1,
  time: 1,
};

const withRow = (state: StateName, change: (row: StateRow) => StateRow): Table => ({
  ...TABLE,
  [state]: change(TABLE[state]),
});
const withEdge = (state: StateName, type: string, edge: Edge | undefined): Table =>
  withRow(state, (row) => {
    const { [type as 'TaskQueued']: _gone, ...rest } = row.on;
    return { ...row, on: edge === undefined ? rest : { ...rest, [type]: edge } };
  });

describe('the table of states', () => {
  it('R-524, law 13: obeys every rule', () => {
    expect(problemsOf(TABLE)).to.deep.equal([]);
  });

  it('law 13: every life within its budgets ends, sealed once', () => {
    const found = explore(TABLE, BUDGETS);
    expect(found.endings).to.deep.equal(['cancelled', 'completed', 'failed', 'rejected']);
    expect(found.nodes).to.be.greaterThan(1000);
  });

  it('law 13: with no budget at all the straight road still ends', () => {
    expect(explore(TABLE, {}).longest).to.be.greaterThan(10);
  });

  const mutants: readonly [string, Table, RegExp][] = [
    [
      'a state without a time-out',
      withRow('queued', ({ timer: _t, timeout: _o, ...row }) => row),
      /without a time-out/,
    ],
    [
      'a final state with an exit',
      withEdge('failed', 'TaskQueued', { to: 'queued' }),
      /final, yet has exits/,
    ],
    ['a seal that can be opened', withEdge('sealed', 'RoutingStarted', { to: 'routing' }), /can be unsealed/],
    ['a second seal', withEdge('sealed', 'VerdictRequested', { to: 'sealed' }), /sealed twice/],
    ['a seal by another event', withEdge('routing', 'RouteFailed', { to: 'sealed' }), /something else/],
    [
      'an end without a seal',
      withEdge('verifying', 'TaskCompleted', { to: 'completed' }),
      /without having been sealed/,
    ],
    [
      'execution without approval',
      withEdge('received', 'RoutingStarted', { to: 'routing' }),
      /without SpecApproved/,
    ],
    [
      'a state that can not be cancelled',
      withRow('verifying', (r) => ({ ...r, commands: [] })),
      /not be cancelled/,
    ],
    ['an ask without end', withEdge('verifying', 'AskExpired', undefined), /asks without an end/],
    [
      'a cycle that spends nothing',
      withEdge('queued', 'RoutingStarted', { to: 'routing' }),
      /spends nothing/,
    ],
    ['an endless renewal', withEdge('executing', 'LeaseRenewed', { to: 'executing' }), /spends nothing/],
    [
      'an unbounded re-ask',
      withEdge('routing', 'AskRepeated', { to: 'routing', spends: 'unbounded' }),
      /without bound/,
    ],
    ['a state nobody reaches', withEdge('routing', 'RouteFailed', undefined), /never reached/],
    ['no way on', { ...withRow('spec_rejected', (row) => ({ ...row, on: {} })) }, /no way to an end/],
  ];
  for (const [what, table, problem] of mutants) {
    it(`R-702: the check finds ${what}`, () => {
      expect(problemsOf(table).join('\n')).to.match(problem);
    });
  }

  it('law 13: the search finds a life that never ends, and one that stops short', () => {
    expect(() => explore(withEdge('queued', 'RoutingStarted', { to: 'routing' }), BUDGETS)).to.throw(
      'never ends',
    );
    const stuck = withRow('spec_rejected', (row) => ({ ...row, on: {} }));
    expect(() => explore(stuck, BUDGETS)).to.throw('stops short');
  });
});

describe('the table of states, row by row', () => {
  const resting = STATES.filter((state) => !TABLE[state].transient && !TABLE[state].final);

  const asks: Partial<Record<StateName, string>> = {
    validating_spec: 'VALIDATE_SPEC',
    awaiting_spec_waiver: 'WAIVE',
    routing: 'ROUTE',
    routed: 'EXECUTE',
    verifying: 'VERIFY',
    running_gates: 'RUN_GATE',
    awaiting_waiver: 'WAIVE',
    sealed: 'SIGN',
  };
  for (const state of STATES) {
    it(`law 6: ${state} asks ${asks[state] ?? 'nobody'}`, () => {
      expect(TABLE[state].ask).to.equal(asks[state]);
    });
  }

  it('R-512: a task holds a slot from routing until its result is judged, and not while it waits for a person or an agent', () => {
    const held = ['routing', 'route_failed', 'routed', 'executing', 'execution_complete', 'execution_failed'];
    const judged = ['verifying', 'facts_checked', 'running_gates', 'gate_finished', 'verification_failed'];
    expect(STATES.filter((state) => TABLE[state].slot)).to.include.members([...held, ...judged, 'verified']);
    for (const state of ['queued', 'suspended', 'awaiting_spec_waiver', 'awaiting_waiver', 'sealed'] as const)
      expect(TABLE[state].slot, state).to.equal(undefined);
  });

  it('R-529: where a task rests it can be cancelled, and suspended only where it is not being judged', () => {
    const taking = (command: 'CANCEL' | 'SUSPEND' | 'RESUME'): StateName[] =>
      STATES.filter((state) => TABLE[state].commands.includes(command));
    expect(taking('CANCEL')).to.have.members([
      'received',
      ...resting.filter((state) => state !== 'unseen' && state !== 'sealed'),
    ]);
    expect(taking('SUSPEND')).to.have.members(['queued', 'routing', 'routed', 'executing']);
    expect(taking('RESUME')).to.deep.equal(['suspended']);
  });

  it('R-529: law 10: a state that is passed through, sealed or final takes no command', () => {
    for (const state of STATES) {
      if (resting.includes(state) && state !== 'unseen' && state !== 'sealed') continue;
      if (state !== 'received') expect(TABLE[state].commands, state).to.deep.equal([]);
    }
  });

  const budgets: readonly [StateName, string, Budget][] = [
    ['unseen', 'CommandRemembered', 'remembered'],
    ['queued', 'RoutingStarted', 'rounds'],
    ['queued', 'TaskQueued', 'rounds'],
    ['routed', 'OfferEnded', 'offers'],
    ['executing', 'LeaseRenewed', 'time'],
    ['executing', 'ExecutionFailed', 'attempts'],
    ['verifying', 'VerificationFailed', 'attempts'],
    ['gate_finished', 'VerificationFailed', 'attempts'],
    ['gate_finished', 'GateStarted', 'gates'],
    ['sealed', 'AskRepeated', 'unbounded'],
  ];
  for (const [state, type, budget] of budgets) {
    it(`law 13: ${state}: ${type} spends ${budget}`, () => {
      expect(edgeOf(state, type)?.spends).to.equal(budget);
    });
  }

  it('law 13: wherever they occur, a suspension, a refused command and a repeated ask spend their own budget', () => {
    for (const state of STATES) {
      const spent = (type: string): Budget | undefined => edgeOf(state, type)?.spends;
      expect(spent('TaskSuspended') ?? 'suspensions', state).to.equal('suspensions');
      expect(spent('CommandRefused') ?? 'commands', state).to.equal('commands');
      expect(spent('AskRepeated') ?? 'repeats', state).to.equal(state === 'sealed' ? 'unbounded' : 'repeats');
    }
  });

  it('R-706: every state, and every time-out, says in words of its own what it means', () => {
    const means = STATES.map((state) => TABLE[state].means);
    expect(new Set(means).size).to.equal(STATES.length);
    for (const words of [...means, ...STATES.map((state) => TABLE[state].timeout)])
      if (words !== undefined) expect(words).to.match(/^[a-z].{10,}/);
  });

  it('R-702: an event is legal where its row says so, and nowhere else', () => {
    expect(edgeOf('received', 'SpecValidationStarted')).to.deep.equal({ to: 'validating_spec' });
    expect(edgeOf('received', 'ExecutionStarted')).to.equal(undefined);
    expect(edgeOf('completed', 'TaskCancelled')).to.equal(undefined);
    for (const type of ['TaskReceived', 'ExecutionStarted', 'VerdictRequested', 'TaskCancelled'])
      expect(TASK_EVENTS.has(type), type).to.equal(true);
    for (const type of ['Claimed', 'RequestRefused', 'Unheard'])
      expect(TASK_EVENTS.has(type)).to.equal(false);
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { explore, problemsOf, type Table } from '../../src/saga/model-check.js';
import { statesDocument } from '../../src/saga/states-document.js';
import { TABLE, type Edge, type StateName, type StateRow } from '../../src/saga/table.js';

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

  it('docs/states.md is what the table says', () => {
    const text = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');
    expect(text).to.equal(statesDocument());
  });
});

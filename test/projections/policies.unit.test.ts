import { expect } from 'chai';
import type { Row } from '../../src/projections/engine/table.js';
import { policiesProjection } from '../../src/projections/policies.js';
import { DAY, DeskWorld, lines } from '../aggregates/policies/support.js';

/** The rows and lines that a desk's log folds to. */
const folded = (desk: DeskWorld): { rows: Map<string, Row>; uses: Row[] } => {
  const rows = new Map<string, Row>();
  const uses: Row[] = [];
  for (const event of desk.partition.log) {
    const key = policiesProjection.keyOf(event, 0)?.['stream_id'];
    if (key === undefined) continue;
    const before = rows.get(key as string);
    const change = policiesProjection.fold(before === undefined ? undefined : { ...before }, event, 0);
    if (change?.row !== undefined) rows.set(key as string, change.row);
    uses.push(...(change?.lines ?? []));
  }
  return { rows, uses };
};

describe('the views of the policies log', () => {
  it('R-314: who asked, who approved, what is left, who waits', () => {
    const desk = new DeskWorld();
    desk.demand('T-1');
    desk.request('W-1', { uses: 2, amount: { lines: 100 } });
    desk.approve('W-1', 'bob');
    const { rows, uses } = folded(desk);
    expect(rows.get('principal/req')).to.include({ state: 'active', team: 'red', registered_by: 'ada' });
    expect(rows.get('waiver/W-1')).to.deep.include({
      kind: 'waiver',
      state: 'granted',
      used: 1,
      uses: 2,
      drawn: { lines: 40 },
      approved_by: ['bob'],
    });
    expect(rows.get('demand/ask/T-1')).to.include({ state: 'cured', task_id: 'T-1' });
    expect(uses.map((use) => [use['waiver_id'], use['team'], use['clause'], use['use']])).to.deep.equal([
      ['W-1', 'red', 'caws.budget', 1],
    ]);
  });

  it('every end has its state, and what is over is let go', () => {
    const desk = new DeskWorld();
    for (const id of ['W-1', 'W-2', 'W-3']) desk.request(id);
    desk.deny('W-1', 'bob');
    desk.revoke('W-2', 'req');
    desk.override('O-1', 'oli', { taskId: 'T-2' });
    desk.demand('T-2', { needs: [lines(1)] });
    desk.partition.now += DAY;
    for (let i = 0; i < 4; i++) desk.partition.fire();
    desk.send('ada', 'RetirePrincipal', { principalId: 'bob', reason: 'left' });
    const { rows } = folded(desk);
    const states = ['waiver/W-1', 'waiver/W-2', 'waiver/W-3', 'waiver/O-1', 'principal/bob'].map((id) => {
      const row = rows.get(id);
      expect(row !== undefined && policiesProjection.finished(row), id).to.equal(true);
      return row?.['state'];
    });
    expect(states).to.deep.equal(['denied', 'revoked', 'expired', 'used', 'retired']);
    expect(rows.get('waiver/O-1')).to.deep.include({ kind: 'override', approved_by: ['oli'] });
  });

  it('every column that a fold writes is a column of the table', () => {
    const desk = new DeskWorld();
    desk.settings({ approvers: 2 });
    desk.demand('T-1');
    desk.request('W-1');
    const names = Object.keys(policiesProjection.rows.columns).sort();
    for (const [id, row] of folded(desk).rows) expect(Object.keys(row).sort(), id).to.deep.equal(names);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { agentsProjection } from '../../src/projections/agents.js';
import { foldBatch } from '../../src/projections/engine/fold-batch.js';
import type { Projection } from '../../src/projections/engine/projection.js';
import type { Row } from '../../src/projections/engine/table.js';
import { outcomesProjection } from '../../src/projections/outcomes.js';
import { Directory } from '../../src/aggregates/agent/find/index.js';
import { outcome, registeredAgent } from './lifecycle.js';
import { LogWriter, type Said } from './log-writer.js';

const logged = (topic: string, said: readonly Said[]) => {
  const writer = new LogWriter(topic, 0);
  writer.claim = 0;
  return said.map((one, i) => ({ type: one.type, offset: i + 1, body: writer.body(one) }));
};

const rowsOf = (projection: Projection, said: readonly Said[]): Row[] => {
  const folded = foldBatch(projection, 0, logged(projection.topic, said), () => undefined, new Set());
  expect(folded.parked).to.deep.equal([]);
  return [...folded.rows.values()];
};

const took = (i: number, durationUs: number, result = 'SUCCESS'): Said => {
  const said = outcome(`t-${i}`, i, 'a', result);
  return { ...said, data: { ...said.data, routedAt: 1000, finishedAt: 1000 + durationUs } };
};

describe('figures of agents', () => {
  it('R-103, D-13: sums of whole numbers give the running average exactly, whatever their order; VOID is no denominator', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 50 }), (durations) => {
        const said = durations.map((duration, i) => took(i, duration));
        const [row] = rowsOf(outcomesProjection, [...said, took(999, 77, 'VOID')]);
        const [backwards] = rowsOf(outcomesProjection, [...said].reverse());
        // new = old + (v - old) / (n + 1), as it is specified, drifts by rounding; the sums do not.
        const running = durations.reduce((old, value, n) => old + (value - old) / (n + 1), 0);
        const { duration_us: sum, measured } = row as { duration_us: number; measured: number };
        expect(measured).to.equal(durations.length);
        expect(sum).to.equal(durations.reduce((a, b) => a + b, 0));
        expect(sum / measured).to.be.closeTo(running, 1e-3);
        expect(backwards?.['duration_us']).to.equal(sum);
      }),
    );
  });

  it('R-106: outcomes change no profile: they are of another log, and folded into another table', () => {
    const said = [registeredAgent('a'), took(1, 5)];
    const [before] = rowsOf(agentsProjection, said.slice(0, 1));
    const [after] = rowsOf(agentsProjection, said);
    expect(after).to.deep.equal(before);
    expect(outcomesProjection.topic).not.to.equal(agentsProjection.topic);
  });

  it('D-02: a fold that fails is no silence: the stream is parked by name, and others go on', () => {
    const orphan = { type: 'TermsChanged', streamId: 'agent/x', data: { agentId: 'x', price: null } };
    const folded = foldBatch(
      agentsProjection,
      0,
      logged(agentsProjection.topic, [orphan, registeredAgent('a')]),
      () => undefined,
      new Set(),
    );
    expect(folded.parked.map(({ streamId }) => streamId)).to.deep.equal(['agent/x']);
    expect([...folded.rows.values()].map((row) => row['agent_id'])).to.deep.equal(['a']);
  });

  it('D-12: what is known of an agent is in the log, not in a process: a second reader knows the same', () => {
    const agents = logged(agentsProjection.topic, [registeredAgent('a'), registeredAgent('b')]);
    const results = logged(outcomesProjection.topic, [took(1, 5), took(2, 5, 'FAILURE'), took(3, 5)]);
    const [first, second] = [new Directory(), new Directory()];
    first.registered(agents);
    for (const one of results) first.observed([one]);
    // After a restart, and in another order of the logs.
    second.observed([...results].reverse());
    second.registered(agents);
    expect(second.find({})).to.deep.equal(first.find({}));
    expect(first.find({}).agents[0]).to.include({ successes: 2, failures: 1 });
  });
});

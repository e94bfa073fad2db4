import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { TOPICS } from '../../src/events/topics.js';
import { migrate, openQueries, startProjector } from '../../src/projections/index.js';
import { checksums } from './checksums.js';
import { completedTask, issuedVerdict, offered, outcome, registeredAgent, untilRouted } from './lifecycle.js';
import { openStage, type Stage } from './stage.js';

describe('projector', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await openStage();
    await migrate(stage.databaseUrl);
  });
  afterEach(() => stage.close());

  it('shows tasks, agents, verdicts and performance live, and waits for a position', async () => {
    const { bus, codec, databaseUrl } = stage;
    const projector = await startProjector({ bus, codec, databaseUrl });
    const queries = openQueries(databaseUrl);
    try {
      const position = await stage.append(TOPICS.tasks, 1, [...completedTask('t-1'), ...untilRouted('t-2')]);
      const wanted = [
        { topic: TOPICS.tasks, partition: 1, position },
        {
          topic: TOPICS.agents,
          partition: 0,
          position: await stage.append(TOPICS.agents, 0, [registeredAgent('agent-a')]),
        },
        {
          topic: TOPICS.verdicts,
          partition: 1,
          position: await stage.append(TOPICS.verdicts, 1, [issuedVerdict('t-1')]),
        },
        {
          topic: TOPICS.outcomes,
          partition: 1,
          position: await stage.append(TOPICS.outcomes, 1, [outcome('t-1', 7, 'agent-a', 'SUCCESS')]),
        },
        {
          topic: TOPICS.assignments,
          partition: 1,
          position: await stage.append(TOPICS.assignments, 1, [offered('t-1', 5), offered('t-2', 16)]),
        },
      ];
      expect(await queries.waitFor(wanted, 10_000)).to.deep.equal({ kind: 'reached' });

      const task = await queries.findTask('t-1');
      expect(task).to.deep.include({
        state: 'completed',
        outcome: 'PASSED',
        agentId: 'agent-a',
        attempts: 1,
      });
      expect(task?.result).to.deep.equal({ commit: 'c'.repeat(40), files: 2, insertions: 10, deletions: 3 });
      expect((await queries.timeline('t-1')).map(({ state }) => state)).to.deep.equal([
        'received',
        'validating_spec',
        'spec_approved',
        'routing',
        'routed',
        'executing',
        'execution_complete',
        'verifying',
        'verified',
        'sealed',
        'completed',
      ]);
      const [verdict] = await queries.verdictsOf('t-1');
      const envelope = await queries.verdictEnvelope('t-1');
      expect(
        createHash('sha256')
          .update(envelope ?? '')
          .digest('hex'),
      ).to.equal(verdict?.envelopeSha256);
      const { agents } = await queries.findInFleet({ capabilities: ['typescript'] });
      // t-2 is routed and not started: one of four.
      expect(agents[0]?.agent.agentId).to.equal('agent-a');
      expect(agents[0]).to.include({ activeTasks: 1, utilisation: 25, successes: 1 });
      expect(await stage.sql('SELECT task_id, open FROM assignments ORDER BY task_id')).to.deep.equal([
        { task_id: 't-1', open: false },
        { task_id: 't-2', open: true },
      ]);
      expect(
        await queries.waitFor([{ topic: TOPICS.tasks, partition: 1, position: position + 1 }], 50),
      ).to.deep.equal({
        kind: 'stale',
        missing: [{ topic: TOPICS.tasks, partition: 1, position: position + 1, at: position }],
      });
      expect(projector.lag()).to.have.length(14);
      expect(projector.ready).to.equal(true);
    } finally {
      await projector.stop();
      await queries.close();
    }
    expect(await checksums(databaseUrl)).to.have.length(9);
  });
});

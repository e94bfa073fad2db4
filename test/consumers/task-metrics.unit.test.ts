import { expect } from 'chai';
import { countTransitions, observeStates } from '../../src/consumers/saga/task-metrics.js';
import { KeyedState } from '../../src/log/index.js';
import { createMetrics, type Metrics } from '../../src/platform/metrics.js';
import { PHASES, sagaDomain, STATES, TABLE } from '../../src/saga/index.js';
import { readExposition, type Sample } from '../support/exposition.js';
import { reported, resultVerified, Scene, verdictSigned } from '../support/tasks.js';

const SECOND = 1_000_000;

const samplesOf = async (metrics: Metrics, family: string): Promise<readonly Sample[]> =>
  readExposition(await metrics.registry.metrics()).get(family)?.samples ?? [];

/** The scene's log, as an owner appends it. */
const append = (scene: Scene, metrics: Metrics): void => {
  const state = new KeyedState(sagaDomain());
  for (const event of scene.log) state.apply(event);
  countTransitions(metrics)(state.unsettled);
};

describe('metrics of tasks', () => {
  it('R-601: every transition is counted once, and each phase lasts as long as its events say', async () => {
    const scene = new Scene();
    const metrics = createMetrics();
    scene.bring('t', 'executing');
    scene.now += 40 * SECOND;
    scene.send(reported('t', 'RESULT', scene.token('t')));
    scene.now += 2 * SECOND;
    scene.send(resultVerified('t', scene.pending('t')));
    scene.now += SECOND;
    scene.send(verdictSigned('t', scene.pending('t')));
    append(scene, metrics);
    const transitions = await samplesOf(metrics, 'arbiter_task_transitions_total');
    const way = transitions.map(
      ({ labels, value }) => `${labels['from'] ?? ''} ${labels['to'] ?? ''} ${value}`,
    );
    expect(way).to.deep.equal([
      'unseen received 1',
      'received validating_spec 1',
      'validating_spec spec_approved 1',
      'spec_approved routing 1',
      'routing routed 1',
      'routed executing 1',
      'executing execution_complete 1',
      'execution_complete verifying 1',
      'verifying verified 1',
      'verified sealed 1',
      'sealed completed 1',
    ]);
    const sums = new Map(
      (await samplesOf(metrics, 'arbiter_task_duration_seconds'))
        .filter(({ name }) => name.endsWith('_sum'))
        .map(({ labels, value }) => [labels['phase'], value]),
    );
    expect(sums.get('execution')).to.be.closeTo(40, 0.1);
    expect(sums.get('verification')).to.be.closeTo(2, 0.1);
    expect(sums.get('signing')).to.be.closeTo(1, 0.1);
    expect(sums.get('total')).to.be.closeTo(43, 0.1);
    const overhead = await samplesOf(metrics, 'arbiter_orchestration_overhead_seconds');
    expect(overhead.find(({ name }) => name.endsWith('_sum'))?.value).to.be.closeTo(3, 0.1);
  });

  it('law 4: what is thrown away is not counted; the states are those of the tasks in memory, after a restore too', async () => {
    const scene = new Scene();
    const metrics = createMetrics();
    scene.bring('a', 'executing');
    scene.bring('b', 'executing');
    scene.bring('c', 'verifying');
    scene.bring('d', 'completed');
    const inState = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await samplesOf(metrics, 'arbiter_tasks_in_state'))
          .filter(({ value }) => value > 0)
          .map(({ labels, value }) => [labels['state'] ?? '', value]),
      );
    observeStates(metrics, [scene.index]);
    expect(await inState()).to.deep.equal({ executing: 2, verifying: 1 });
    const restored = sagaDomain().createIndex();
    for (const [id, value] of scene.values) restored.moved(id, undefined, value);
    observeStates(metrics, [restored]);
    expect(await inState()).to.deep.equal({ executing: 2, verifying: 1 });
    observeStates(metrics, []);
    expect(await inState(), 'its partitions went to another process').to.deep.equal({});
    const state = new KeyedState(sagaDomain());
    for (const event of scene.log.slice(0, 5)) state.apply(event);
    state.rollback();
    expect([...state.index.inState.values()].every((count) => count === 0)).to.equal(true);
    expect(state.unsettled).to.have.length(0);
  });

  it('R-601: the metrics of Node itself keep to the naming rules too', async () => {
    const families = readExposition(await createMetrics({ thread: 'main' }).registry.metrics());
    expect([...families.keys()]).to.include.members([
      'nodejs_eventloop_lag_seconds',
      'nodejs_active_handles',
    ]);
  });

  it('part 4: the states that a task rests in, and they alone, have a phase', () => {
    for (const state of STATES) {
      const rests = TABLE[state].transient !== true && TABLE[state].final !== true && state !== 'unseen';
      expect(PHASES[state] !== undefined, state).to.equal(rests);
    }
  });
});

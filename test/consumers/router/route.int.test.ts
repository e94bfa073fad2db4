import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AgentCommandsEvents } from '../../../src/events/generated/events.js';
import {
  readDecisions,
  readOutcomes,
  readPolicyInForce,
  readRouteLog,
} from '../../../src/consumers/router/route-log.js';
import { micros, systemClock } from '../../../src/log/index.js';
import { createEdgePublisher } from '../../../src/producers/index.js';
import { createPolicy } from '../../../src/routing/index.js';
import {
  decidedAgain,
  evaluated,
  explained,
  shadowed,
  timeline,
} from '../../../src/routing/recorded/index.js';
import type { Arbiter, Connection, Endpoints } from '../../../src/runtime/index.js';
import type { Fleet } from '../../runtime/support/fleet.js';
import { startRunning } from '../../runtime/support/running.js';

describe('routing on the real stack', function () {
  this.timeout(90_000);
  let endpoints: Endpoints;
  let connection: Connection;
  let arbiter: Arbiter;
  let fleet: Fleet;

  before(async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(path.join(tmpdir(), 'arbiter-routing-'));
    ({ endpoints, connection, arbiter, fleet } = await startRunning(folder, { explorationFloor: 0.3 }));
  });
  after(async function () {
    this.timeout(60_000);
    await setPolicy('');
    await fleet.close();
    await arbiter.stop();
    await connection.close();
    await rm(endpoints.folder, { recursive: true, force: true });
  });

  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const end = Date.now() + 30_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`not in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const source = () => ({ bus: connection.bus, codec: connection.logCodec });
  const setPolicy = async (policyId: string): Promise<void> => {
    const publisher = await connection.bus.openPublisher();
    const edge = await createEdgePublisher(publisher, connection.logCodec, connection.bus.admin);
    const order: AgentCommandsEvents['SetRoutingPolicy'] = {
      commandId: randomUUID(),
      policyId,
      parameters: '{}',
      explorationFloor: null,
      reason: 'of a test',
      ifVersion: null,
      tenant: 'default',
      actor: 'test',
      occurredAt: micros(systemClock),
      traceparent: null,
    };
    await edge.publish('arbiter.agent-commands', 'SetRoutingPolicy', '', order);
    await publisher.close();
  };
  const finish = async (capability: string): Promise<string> => {
    const taskId = `T-${randomUUID()}`;
    await fleet.submit(taskId, { requiredCapabilities: [capability] });
    await fleet.result(await fleet.offer(taskId));
    await fleet.verdict(taskId);
    return taskId;
  };

  it("R-210, R-212, D-10: decisions made again from the log to their vectors are the live ones, bit for bit; every outcome is its decision's", async () => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    for (let i = 0; i < 3; i += 1) await fleet.agent(capability);
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) ids.push(await finish(capability));
    const mine = await until('outcomes', async () => {
      const log = await readRouteLog(source());
      const decisions = log.decisions.filter(({ taskId }) => ids.includes(taskId));
      return decisions.every(({ reward }) => reward !== null) && decisions.length === 6
        ? { ...log, decisions }
        : undefined;
    });
    const known = timeline(mine.outcomes);
    for (const one of mine.decisions) {
      const { decision, agentId } = one.event;
      const again = decidedAgain(one.decision, known.at(decision.statisticsOffsets));
      expect(again.choice).to.equal(agentId);
      expect(again.propensity).to.equal(decision.propensity);
      expect(decision.candidates).to.have.length(3);
      expect(decision.alternatives).to.have.length(2);
      expect(decision.pool).to.be.oneOf(['trivial', 'standard', 'complex']);
      expect(decision.features.length).to.be.greaterThan(0);
      const outcome = mine.outcomes.find(({ decisionId }) => decisionId === `${one.partition}/${one.token}`);
      expect(outcome).to.include({
        agentId,
        taskType: 'code-editing',
        result: 'SUCCESS',
        kind: decision.pool,
      });
    }
    const found = evaluated(mine.decisions, createPolicy('uniform'), (vector) => known.at(vector));
    expect(found).to.include({ decisions: 6, judged: 6 });
    expect(found.report?.verdict).to.equal('REFUSED');
  });

  it('R-226: round-robin in one command, for the next decision; it is explained and shadowed from the log', async () => {
    const capability = `c${randomUUID().slice(0, 8)}`;
    for (let i = 0; i < 3; i += 1) await fleet.agent(capability);
    await setPolicy('round-robin');
    await until('policy', async () => {
      const { state } = await readPolicyInForce(source());
      return state?.policyId === 'round-robin' ? true : undefined;
    });
    // The router follows the same log a moment later.
    const taskId = await until('a decision by turns', async () => {
      const id = await finish(capability);
      const [one] = await readDecisions(source(), id);
      return one?.event.decision.policyId === 'round-robin' ? id : undefined;
    });
    const [one] = await readDecisions(source(), taskId);
    if (one === undefined) throw new Error('no decision');
    const { decision, agentId } = one.event;
    const experience = timeline(await readOutcomes(source(), decision.statisticsOffsets)).at(
      decision.statisticsOffsets,
    );
    const why = explained(one.decision, agentId, experience);
    expect(why.reproduced).to.equal(true);
    expect(why.counterfactuals.map((c) => c.if)).to.include('the policy were thompson');
    const shadow = shadowed(one.decision, agentId, createPolicy('thompson'), experience);
    expect(shadow?.ofLive).to.be.within(0, 1);
  });
});

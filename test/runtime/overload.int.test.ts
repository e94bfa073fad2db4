import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { partitionFor } from '../../src/bus/partition.js';
import { TOPICS } from '../../src/events/topics.js';
import { startRunning } from './support/running.js';

const IN_FLIGHT = 5;
const WAITING = 10;

describe('more tasks than one partition takes', function () {
  this.timeout(120_000);

  it('R-512, law 13: some work, some wait, the rest are refused OVERLOADED without using up their ids', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'arbiter-overload-'));
    const limits = { inFlight: IN_FLIGHT, waiting: WAITING };
    const { connection, arbiter, fleet } = await startRunning(folder, { limits });
    try {
      const { partitions } = await connection.bus.admin.describeTopic(TOPICS.facts);
      const capability = `c${randomUUID().slice(0, 8)}`;
      await fleet.agent(capability, 100);
      const ids = Array.from({ length: 400 }, () => `T-${randomUUID()}`)
        .filter((id) => partitionFor(id, partitions) === 0)
        .slice(0, IN_FLIGHT + WAITING + 5);
      for (const id of ids) await fleet.submit(id, { requiredCapabilities: [capability] });

      const types = (id: string): string[] => fleet.of(id).events.map(({ type }) => type);
      const settled = (id: string): true | undefined =>
        types(id).some((type) => type === 'RequestRefused' || type === 'TaskQueued' || type === 'TaskRouted')
          ? true
          : undefined;
      for (const id of ids)
        await fleet.until(`${id} to be routed, queued or refused`, () => settled(id), 30_000);
      const refused = ids.filter((id) => types(id).includes('RequestRefused'));
      const waiting = ids.filter((id) => types(id).includes('TaskQueued'));
      const working = ids.filter((id) => types(id).includes('TaskRouted'));
      expect(refused.length, 'refused').to.be.at.least(5);
      expect(waiting.length, 'waiting').to.be.within(1, WAITING);
      expect(working.length, 'working').to.be.at.most(IN_FLIGHT);
      for (const id of refused) {
        expect((await fleet.event(id, 'RequestRefused')).body['code']).to.equal('OVERLOADED');
        expect(types(id)).to.not.include('TaskReceived');
      }

      const accepted = ids.filter((id) => !refused.includes(id));
      await Promise.all(
        accepted.map(async (id) => {
          await fleet.result(await fleet.offer(id));
          await fleet.event(id, 'TaskCompleted');
        }),
      );
      // What was refused left nothing behind: the same id is a task like any other now.
      const again = refused[0] ?? '';
      await fleet.submit(again, { requestId: `again-${again}`, requiredCapabilities: [capability] });
      await fleet.result(await fleet.offer(again));
      await fleet.event(again, 'TaskCompleted');
    } finally {
      await fleet.close();
      await arbiter.stop();
      await connection.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

import { expect } from 'chai';
import type { AgentView } from '../../../src/routing/index.js';
import { agentsByCap } from '../../../src/consumers/router/wake-up.js';

describe('who a waiting task is woken for', () => {
  it("is who its own price cap allows, found once for each tenant and cap: another's cap would wake it for ever", () => {
    const asked: [string, number | null][] = [];
    const caps = new Map([
      ['T-1', 5],
      ['T-2', 5],
      ['T-3', 900],
    ]);
    const lists = new Map<number | null, readonly AgentView[]>();
    const agentsFor = agentsByCap(
      (tenant, cap) => {
        asked.push([tenant, cap]);
        const list: readonly AgentView[] = [];
        lists.set(cap, list);
        return list;
      },
      { capOf: (taskId) => caps.get(taskId) ?? null },
    );
    const first = agentsFor('acme', 'T-1');
    expect(agentsFor('acme', 'T-2')).to.equal(first);
    expect(agentsFor('acme', 'T-3')).to.equal(lists.get(900));
    agentsFor('acme', 'T-4');
    agentsFor('umbra', 'T-1');
    expect(asked).to.deep.equal([
      ['acme', 5],
      ['acme', 900],
      ['acme', null],
      ['umbra', 5],
    ]);
  });
});

import { expect } from 'chai';
import type { AgentView } from '../../../src/routing/index.js';
import { agentsByCap } from '../../../src/consumers/router/wake-up.js';

describe('who a waiting task is woken for', () => {
  it("is who its own price cap allows, found once for each tenant and cap: another's cap would wake it for ever", () => {
    const asked: [string, number | null][] = [];
    const lists = new Map<number | null, readonly AgentView[]>();
    const agentsFor = agentsByCap((tenant, cap) => {
      asked.push([tenant, cap]);
      const list: readonly AgentView[] = [];
      lists.set(cap, list);
      return list;
    });
    const first = agentsFor('acme', 5);
    expect(agentsFor('acme', 5)).to.equal(first);
    expect(agentsFor('acme', 900)).to.equal(lists.get(900));
    agentsFor('acme', null);
    agentsFor('umbra', 5);
    expect(asked).to.deep.equal([
      ['acme', 5],
      ['acme', 900],
      ['acme', null],
      ['umbra', 5],
    ]);
  });
});

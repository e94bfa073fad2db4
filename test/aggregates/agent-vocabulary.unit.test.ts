import { expect } from 'chai';
import { BASE_WORDS, nearestWord } from '../../src/aggregates/agent/index.js';
import { expectEvents } from '../support/decider.js';
import { refused, registry } from '../support/registry.js';

const messageOf = (events: readonly { body: object }[]): string =>
  (events[0]?.body as { message?: string }).message ?? '';

describe('the vocabularies of the registry', () => {
  it('an unknown language is refused with the nearest known one, and taken once it is added', () => {
    const r = registry();
    const first = r.register('a', { languages: ['typescirpt'] });
    expectEvents(first, refused('UNKNOWN_WORD'));
    expect(messageOf(first)).to.contain('"typescirpt"').and.contain('nearest known word is "typescript"');
    expectEvents(r.register('a', { languages: ['gleam'] }), refused('UNKNOWN_WORD'));
    expectEvents(r.words('LANGUAGE', 'gleam', 'typescript'), [
      ['WordsAdded', { kind: 'LANGUAGE', words: ['gleam'] }],
    ]);
    expectEvents(r.register('a', { languages: ['gleam', 'rust'] }), [
      ['AgentRegistered', { languages: ['gleam', 'rust'] }],
    ]);
  });

  it('specialisations are words as well; task types and capabilities are free until their first word', () => {
    const r = registry();
    expectEvents(r.register('a', { specialisations: ['securty'] }), refused('UNKNOWN_WORD'));
    expectEvents(r.register('a', { taskTypes: ['anything'], capabilities: ['free'] }), ['AgentRegistered']);
    r.words('TASK_TYPE', 'refactoring', 'review');
    expectEvents(r.register('b', { taskTypes: ['refactroing'] }), refused('UNKNOWN_WORD'));
    expectEvents(r.register('b', { taskTypes: ['refactoring'] }), ['AgentRegistered']);
    expectEvents(r.change('b', { capabilities: [], taskTypes: ['other'] }), refused('UNKNOWN_WORD'));
  });

  it('words an agent has keep their place when a vocabulary comes after it', () => {
    const r = registry();
    r.register('a', { taskTypes: ['anything'] });
    r.words('TASK_TYPE', 'review');
    expectEvents(r.change('a', { taskTypes: ['anything', 'review'] }), ['CapabilitiesChanged']);
  });

  it('known words add nothing; no words, too many and unknown kinds are refused', () => {
    const r = registry({ words: 3 });
    expectEvents(r.words('LANGUAGE', 'rust'), refused('UNCHANGED'));
    expectEvents(r.words('LANGUAGE'), refused('INVALID'));
    expectEvents(r.words('LANGUAGE', 'two words'), refused('INVALID'));
    expectEvents(r.words('UNKNOWN', 'x'), refused('INVALID'));
    r.words('LANGUAGE', 'x1', 'x2');
    expectEvents(r.words('LANGUAGE', 'x3', 'x4'), refused('INVALID'));
  });

  it('law 5: words are added once per command', () => {
    const r = registry();
    const command = { kind: 'LANGUAGE', words: ['gleam'], reason: '' } as const;
    const first = { ...command, commandId: 'once', ifVersion: null, tenant: 'default', actor: 'ann' };
    const record = { ...first, occurredAt: 0, traceparent: null };
    expectEvents(r.send('AddWords', record), ['WordsAdded']);
    expectEvents(r.send('AddWords', record), []);
  });

  it('the nearest word counts swaps of neighbours once, and is none when nothing is near', () => {
    const known = BASE_WORDS.LANGUAGE;
    expect(nearestWord('javasript', known)).to.equal('javascript');
    expect(nearestWord('pyhton', known)).to.equal('python');
    expect(nearestWord('RUST', known)).to.equal('rust');
    expect(nearestWord('brainfuck', known)).to.equal(undefined);
  });
});

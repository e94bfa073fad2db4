import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { statesDocument } from '../../src/saga/states-document.js';

describe('the document of the states', () => {
  it('docs/states.md is what the table says', () => {
    const text = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');
    expect(text).to.equal(statesDocument());
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const root = new URL('../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** `laws 2 to 5` names the first of them; the others have tests of their own. */
const idsIn = (text: string): string[] =>
  [...text.matchAll(/\b(?:[RDK]-\d+|laws? \d+)\b/g)].map(([id]) => id.replace('laws', 'law'));

describe('docs/requirements.md', () => {
  const listed = [...textOf('docs/requirements.md').matchAll(/^\| ([RDK]-\d+|law \d+) +\|/gm)].map(
    ([, id]) => id ?? '',
  );
  const named = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => idsIn(textOf(`test/${path}`)));

  it('says of each id that a test names what it means, once', () => {
    expect(listed).to.have.length(new Set(listed).size);
    expect([...new Set(named)].filter((id) => !listed.includes(id))).to.deep.equal([]);
  });

  it('lists no id that no test names', () => {
    expect(listed.filter((id) => !named.includes(id))).to.deep.equal([]);
  });
});

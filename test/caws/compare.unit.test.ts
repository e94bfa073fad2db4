import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');
const COMMAND = /^\$ npx mocha (\S+) -g '([^']+)'$/gmu;

describe('docs/compare-caws.md', () => {
  const text = textOf('docs/compare-caws.md');
  const holes = text.split(/^## (?=\d+\. )/mu).slice(1);

  it('says of ten holes what a command shows, each with one that is there', () => {
    expect(holes).to.have.length(10);
    for (const hole of holes) expect(hole, hole.slice(0, 40)).to.match(/^\$ (?:arbiter|npx mocha) /mu);
    const commands = [...text.matchAll(COMMAND)];
    expect(commands.length).to.be.at.least(8);
    for (const [, file = '', title = ''] of commands) {
      expect(existsSync(new URL(file, ROOT)), file).to.equal(true);
      expect(textOf(file), `${file}: ${title}`).to.include(title);
    }
  });
});

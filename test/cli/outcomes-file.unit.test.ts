import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutcomes, type OutcomesFile } from '../../src/cli/routing/outcomes-file.js';

describe('a file of outcomes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outcomes-'));
  after(() => rmSync(folder, { recursive: true }));
  const read = (text: string): Promise<OutcomesFile> => {
    const file = join(folder, 'file.csv');
    writeFileSync(file, text);
    return readOutcomes(file);
  };
  const refusal = async (text: string): Promise<string> =>
    read(text).then(
      () => 'read',
      (error: unknown) => (error as Error).message,
    );

  it('quoted fields with commas, quotes and line breaks; a byte order mark; empty lines; the line of each row', async () => {
    const found = await read('\uFEFFid,"a,b",c\r\n"x ""y""\nz",1,0\r\n\r\n2,,1\r\n');
    expect(found.head).to.deep.equal(['id', 'a,b', 'c']);
    expect(found.rows).to.deep.equal([
      ['x "y"\nz', '1', '0'],
      ['2', '', '1'],
    ]);
    expect(found.lines).to.have.length(2);
  });

  it('what is wrong is said with its line', async () => {
    expect(await refusal('id,a\n1,0\n2\n')).to.match(/CSV_RECORD_INCONSISTENT.*line 3/);
    expect(await refusal('id,a\n1,"0\n')).to.contain('CSV_QUOTE_NOT_CLOSED');
    expect(await refusal('')).to.contain('an empty file');
    const missing = await readOutcomes(join(folder, 'none.csv')).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    expect(missing).to.contain('NO_SUCH_FILE');
  });
});

import { expect } from 'chai';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readQuota } from '../../src/runners/quota-file.js';

describe('what a program says of its quota', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arbiter-quota-'));
    path = join(folder, 'quota.json');
  });
  after(() => rm(folder, { recursive: true }));

  const read = async (text: string): ReturnType<typeof readQuota> => {
    await writeFile(path, text);
    return readQuota(path);
  };
  const at = (resetsAt: string): string => JSON.stringify({ resetsAt });

  it('a moment, in µs; without one the quota is used up all the same', async () => {
    expect(await read(at('2030-01-01T01:00:00+01:00'))).to.deep.equal({
      quotaResetsAt: Date.UTC(2030, 0, 1) * 1000,
    });
    for (const text of ['', ' \n', '{}']) expect(await read(text)).to.deep.equal({});
  });

  it('hazard: a moment that no report could hold says nothing, or the failure could never be told', async () => {
    for (const when of ['9999-12-31T23:59:59Z', '2256-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])
      expect(await read(at(when)), when).to.deep.equal({});
  });

  it('hazard: what is not well-formed, too long or a link is nothing said', async () => {
    for (const text of ['soon', 'null', at('2030-02-30T00:00:00Z'), '{"resetsAt":1}', ' '.repeat(4097)])
      expect(await read(text), text.slice(0, 40)).to.equal(undefined);
    const link = join(folder, 'link.json');
    await writeFile(path, '');
    await symlink(path, link);
    expect(await readQuota(link)).to.equal(undefined);
    expect(await readQuota(join(folder, 'none'))).to.equal(undefined);
  });
});

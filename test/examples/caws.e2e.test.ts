import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/caws.md'), 'utf8');
const SHELL = `arbiter() { "${process.execPath}" --import tsx src/cli/main.ts "$@"; }`;

interface Example {
  readonly command: string;
  readonly output: string;
}

/** The console blocks: one command after `$ `, then all that it prints. */
const EXAMPLES: readonly Example[] = [...DOCUMENT.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', output = '']) => ({ command, output: output.trimEnd() }),
);

describe('docs/caws.md', function () {
  this.timeout(60_000);

  it('has its examples', () => expect(EXAMPLES).to.have.length(6));

  for (const { command, output } of EXAMPLES) {
    it(`$ ${command}`, async () => {
      const { all } = await execa('bash', ['-uc', `${SHELL}\n${command}`], {
        cwd: ROOT,
        all: true,
        reject: false,
        env: { NO_COLOR: '1' },
      });
      expect(all.trimEnd()).to.equal(output);
    });
  }
});

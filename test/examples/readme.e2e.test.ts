import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { detectSandbox } from '../../src/runners/index.js';
import { testStack } from '../support/stack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const MARK = '<!-- run: test/examples/readme.e2e.test.ts -->';

/** The fenced blocks of the README that carry the mark, in order. */
const blocks = (): readonly string[] =>
  README.split(MARK)
    .slice(1)
    .map((after) => /^\s*```sh\n([\s\S]*?)```/.exec(after)?.[1] ?? '');

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script as somebody who pastes it would, and ends what it left in the background. */
const runScript = (script: string, env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: ROOT,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    const group = -(child.pid ?? 0);
    child.once('exit', () => {
      try {
        process.kill(group, 'SIGTERM');
      } catch {
        // Nothing was left in the background.
      }
    });
    // Only now has everything ended that holds its output open: arbiter run and the worker as well.
    child.once('close', (code) => resolve({ code, output }));
  });

describe('README', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'arbiter-readme-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('R-706: the tour runs as it is written, to a verdict that openssl verifies', async function () {
    if (!existsSync(path.join(ROOT, 'dist'))) {
      process.stderr.write('skipped: the tour needs the build (npm run build)\n');
      this.skip();
    }
    const sandbox = await detectSandbox();
    const { brokers, schemaRegistryUrl, databaseUrl } = await testStack();
    const env = {
      ...process.env,
      ARBITER_HOME: path.join(folder, 'home'),
      KAFKA_BROKERS: brokers,
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      DATABASE_URL: databaseUrl,
      ARBITER_LOG_LEVEL: 'warn',
    };
    const parts = blocks();
    expect(parts).to.have.length(3);
    // An interactive shell knows aliases; a script has to ask for them.
    const script = ['shopt -s expand_aliases', ...parts]
      .join('\n')
      // The stack of the tests is shared: an agent of our own name, or a run before us would leave its traces.
      .replaceAll('scribe', `scribe-${Date.now()}`)
      .replace(
        ' -- examples/agents',
        sandbox.available ? ' -- examples/agents' : ' --no-sandbox -- examples/agents',
      );
    const { code, output } = await runScript(script, env);
    expect(code, output).to.equal(0);
    expect(output)
      .to.contain('Verified OK')
      .and.match(/state\s+completed/);
    expect(output).to.match(/commit\trefs\/arbiter\/usage-\d+\/1-\d+/);
  });

  it('every file that README and docs link to exists', () => {
    for (const file of ['README.md', 'docs/architecture.md', 'docs/scaling.md', 'docs/trust-and-limits.md']) {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        const linked = path.join(ROOT, path.dirname(file), target ?? '');
        expect(existsSync(linked), `${file} links to ${target ?? ''}`).to.equal(true);
      }
    }
  });

  it('the commands that the README shows exist in package.json, and its test command is the one CI calls', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name] of README.matchAll(/npm (?:run )?(demo|test|bench)\b/g))
      expect(scripts).to.have.property(name ?? '');
    expect(README).to.contain('npm ci && npm run demo').and.contain('npm ci && npm test');
  });
});
